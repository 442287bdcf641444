"""ODT: the texts of LibreOffice and of many town halls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipeline.document import BlockKind
from pipeline.readers.layout import Layout
from pipeline.readers.nest import Nest, Read
from pipeline.readers.office import Parts, said
from pipeline.readers.pieces import About, Piece, make, row, superscript
from pipeline.readers.refusal import Refusal
from pipeline.readers.xml import Element, local

MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.text"
_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CELL: Final = 600  # characters: a cell with more lays out the page
_MAX_BLANKS: Final = 100
_PASSED = frozenset(("tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms", "note-citation"))


class OdtReader:
    """Reads the body of an OpenDocument text; head and foot lines and comments are left out."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "odt"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """One document; Refusal "encrypted" when it has a password."""
        parts = Parts(data, uri)
        manifest = parts.xml("META-INF/manifest.xml")
        if manifest is not None and any(local(e) == "encryption-data" for e in manifest.iter()):
            raise Refusal(uri, "encrypted")
        root = parts.needed("content.xml")
        body = next((e for e in root.iter() if local(e) == "text" and local(e.getparent()) == "body"), None)
        if body is None:
            raise Refusal(uri, "empty")
        reader = _Body(root)
        pieces = [*reader.blocks(body), *reader.notes]
        title = next((" ".join(p.text.split()) for p in pieces if p.kind is BlockKind.TITLE), None)
        named = said(parts.xml("meta.xml"), "title")
        if title is None and named and any(named in p.text for p in pieces[:10]):
            title = named
        yield make(pieces, About(uri, MEDIA_TYPE, title), data, self._layout)


class _Body:
    def __init__(self, root: Element) -> None:
        self.notes: list[Piece] = []
        self._parents: dict[str, str] = {}  # automatic style → the style that it varies
        self._raised: set[str] = set()
        for style in root.iter(f"{_STYLE}style"):
            name = style.get(f"{_STYLE}name") or ""
            self._parents[name] = style.get(f"{_STYLE}parent-style-name") or ""
            for properties in style.iter(f"{_STYLE}text-properties"):
                if (properties.get(f"{_STYLE}text-position") or "").startswith(("super", "33%", "58%")):
                    self._raised.add(name)

    def blocks(self, parent: Element, depth: int = 0) -> Iterator[Piece]:
        """The pieces of a body, a section, an item or a cell."""
        for child in parent:
            name = local(child)
            if name == "h":
                said = child.get(f"{_TEXT}outline-level") or "1"
                yield Piece(self.text(child), BlockKind.HEADING, int(said) if said.isdecimal() and len(said) < 3 else 1)
                yield from self._boxes(child)
            elif name == "p":
                yield Piece(self.text(child), self._kind(child))
                yield from self._boxes(child)
            elif name == "list":
                yield from self._list(child, depth + 1)
            elif name == "table":
                yield from self._table(child)
            elif name and name not in _PASSED:
                yield from self.blocks(child, depth)

    def _kind(self, paragraph: Element) -> BlockKind | None:
        style = paragraph.get(f"{_TEXT}style-name") or ""
        base = (self._parents.get(style) or style).lower()
        return BlockKind.TITLE if base == "title" else BlockKind.CAPTION if base == "caption" else None

    def _list(self, items: Element, depth: int) -> Iterator[Piece]:
        first = depth == 1
        for item in items:
            if local(item) not in ("list-item", "list-header"):
                continue
            opened = False
            for piece in self.blocks(item, depth):
                if piece.kind is None and not opened:
                    yield Piece(piece.text, BlockKind.BULLET, depth, tight=not first)
                    opened = True
                else:
                    yield piece
                first = False

    def _table(self, table: Element) -> Iterator[Piece]:
        rows = [[c for c in line if local(c) == "table-cell"] for line in table.iter(f"{_TABLE}table-row")]
        cells = [cell for line in rows for cell in line]
        nested = next(table.iterdescendants(f"{_TABLE}table"), None) is not None
        if nested or not any(len(line) > 1 for line in rows) or any(len(self._cell(c)) > _CELL for c in cells):
            for cell in cells:
                yield from self.blocks(cell)
            return
        first = True
        for line in rows:
            piece = row((self._cell(cell) for cell in line), tight=not first)
            if piece.text:
                yield piece
                first = False

    def _cell(self, cell: Element) -> str:
        return " ".join(piece.text for piece in self.blocks(cell)).strip()

    def _boxes(self, paragraph: Element) -> Iterator[Piece]:
        """Text boxes that hang on a paragraph."""
        for box in paragraph.iter():
            if local(box) == "text-box":
                yield from self.blocks(box)

    def text(self, paragraph: Element) -> str:
        out: list[str] = []
        self._gather(paragraph, out)
        return "".join(out).strip("\n ")

    def _gather(self, element: Element, out: list[str]) -> None:
        out.append(" ".join((element.text or "").split("\n")))
        for child in element:
            name = local(child)
            if name == "note":
                self.notes += [p for body in child if local(body) == "note-body" for p in self.blocks(body)]
            elif name == "s":
                count = child.get(f"{_TEXT}c") or "1"
                out.append(" " * min(int(count) if count.isdecimal() else 1, _MAX_BLANKS))
            elif name == "tab":
                out.append("\t")
            elif name == "line-break":
                out.append("\n")
            elif name == "span" and (child.get(f"{_TEXT}style-name") or "") in self._raised:
                inner: list[str] = []
                self._gather(child, inner)
                out.append(superscript(next((part for part in reversed(out) if part), ""), "".join(inner)))
            elif name and name not in _PASSED and name not in ("frame", "text-box", "object"):
                self._gather(child, out)
            out.append(" ".join((child.tail or "").split("\n")))
