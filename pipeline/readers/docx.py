"""DOCX: paragraphs, items and tables in their order, also those in text boxes, fields and tracked insertions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from pipeline.document import BlockKind
from pipeline.readers.layout import Layout
from pipeline.readers.nest import Nest, Read
from pipeline.readers.office import Parts, said
from pipeline.readers.pieces import About, Piece, make, row, superscript
from pipeline.readers.xml import Element, local

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CELL: Final = 600  # characters: a cell with more lays out the page
_PASSED = frozenset(("del", "moveFrom", "Fallback", "instrText", "delText", "pPr", "rPr", "sectPr", "txbxContent"))
_NOT_SAID = frozenset(name.lower() for name in _PASSED)
_NUMBERED = ("decimal", "lowerletter", "upperletter", "lowerroman", "upperroman")


class DocxReader:
    """Reads the body of a Word document; its head and foot lines and its comments are left out."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "docx"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """One document. The file's own dates are those of its editing, so none is taken for the publication's."""
        parts = Parts(data, uri)
        body = parts.needed("word/document.xml")
        styles = _Styles(parts.xml("word/styles.xml"), parts.xml("word/numbering.xml"))
        pieces = [*_blocks(body, styles), *_notes(parts.xml("word/footnotes.xml"), styles)]
        title = next((" ".join(p.text.split()) for p in pieces if p.kind is BlockKind.TITLE), None)
        named = said(parts.xml("docProps/core.xml"), "title")
        if title is None and named and any(named in p.text for p in pieces[:10]):
            title = named  # templates leave titles of other documents behind
        yield make(pieces, About(uri, MEDIA_TYPE, title), data, self._layout)


class _Styles:
    """What the styles and lists of a document are called."""

    def __init__(self, styles: Element | None, numbering: Element | None) -> None:
        self._names: dict[str, str] = {}
        self._listed: dict[str, tuple[str, int]] = {}
        self._formats: dict[str, dict[str, str]] = {}
        self._counts: dict[tuple[str, int], int] = {}
        for style in styles.iter(f"{_W}style") if styles is not None else ():
            key = style.get(f"{_W}styleId") or ""
            name = style.find(f"{_W}name")
            self._names[key] = (name.get(f"{_W}val") or "").lower() if name is not None else ""
            if (number := style.find(f".//{_W}numId")) is not None:
                self._listed[key] = (number.get(f"{_W}val") or "", _level(style))
        if numbering is not None:
            self._read_formats(numbering)

    def _read_formats(self, numbering: Element) -> None:
        abstract: dict[str, dict[str, str]] = {}
        for one in numbering.iter(f"{_W}abstractNum"):
            levels = {
                level.get(f"{_W}ilvl") or "0": (fmt.get(f"{_W}val") or "").lower()
                for level in one.iter(f"{_W}lvl")
                if (fmt := level.find(f"{_W}numFmt")) is not None
            }
            abstract[one.get(f"{_W}abstractNumId") or ""] = levels
        for number in numbering.iter(f"{_W}num"):
            link = number.find(f"{_W}abstractNumId")
            if link is not None:
                self._formats[number.get(f"{_W}numId") or ""] = abstract.get(link.get(f"{_W}val") or "", {})

    def of(self, paragraph: Element) -> tuple[BlockKind | None, int, str]:
        """(kind, level, what opens it) of a paragraph."""
        properties = paragraph.find(f"{_W}pPr")
        style, name = "", ""
        number: tuple[str, int] | None = None
        if properties is not None:
            used = properties.find(f"{_W}pStyle")
            style = (used.get(f"{_W}val") or "") if used is not None else ""
            name = self._names.get(style, style.lower())
            found = properties.find(f"{_W}numPr/{_W}numId")
            number = (
                (found.get(f"{_W}val") or "0", _level(properties)) if found is not None else self._listed.get(style)
            )
        if name == "title":
            return BlockKind.TITLE, 0, ""
        if name.startswith("heading"):
            return BlockKind.HEADING, int(name[-1]) if name[-1].isdecimal() else 1, ""
        if name == "caption":
            return BlockKind.CAPTION, 0, ""
        if number is not None and number[0] != "0":
            return BlockKind.BULLET, number[1] + 1, self._mark(*number)
        if name.startswith("list bullet"):
            return BlockKind.BULLET, int(name[-1]) if name[-1].isdecimal() else 1, ""
        if name.startswith("list number"):
            return BlockKind.BULLET, 1, self._mark(name, 0, "decimal")
        return None, 0, ""

    def _mark(self, number: str, level: int, form: str = "") -> str:
        form = form or self._formats.get(number, {}).get(str(level), "bullet")
        if form not in _NUMBERED:
            return ""
        self._counts[number, level] = self._counts.get((number, level), 0) + 1
        return f"{self._counts[number, level]}. "


def _level(properties: Element) -> int:
    found = properties.find(f".//{_W}ilvl")
    said = (found.get(f"{_W}val") or "0") if found is not None else "0"
    return int(said) if said.isdecimal() and len(said) < 3 else 0


def _blocks(parent: Element, styles: _Styles) -> Iterator[Piece]:
    """The pieces of a body or of a cell, whatever wraps them."""
    after_item = False
    for child in parent:
        name = local(child)
        if name == "p":
            piece = _paragraph(child, styles)
            if piece is not None:
                is_item = piece.kind is BlockKind.BULLET
                yield replace(piece, tight=is_item and after_item)
                after_item = is_item
            for box in _boxes(child):
                yield from _blocks(box, styles)
        elif name == "tbl":
            after_item = False
            yield from _table(child, styles)
        elif name not in _NOT_SAID:
            yield from _blocks(child, styles)


def _paragraph(paragraph: Element, styles: _Styles) -> Piece | None:
    text = _text(paragraph).strip("\n ")
    if not text.strip():
        return None
    kind, level, mark = styles.of(paragraph)
    return Piece(mark + text, kind, level)


def _boxes(paragraph: Element) -> Iterator[Element]:
    """Text boxes that hang on a paragraph, each once: Word writes them twice, for old readers and for new ones."""
    for box in paragraph.iter(f"{_W}txbxContent"):
        if not any(local(a) == "fallback" for a in box.iterancestors()):
            yield box


def _text(element: Element) -> str:
    """What a paragraph says, without what was struck out; boxes in it are read by themselves."""
    out: list[str] = []
    _gather(element, out)
    return "".join(out)


def _gather(element: Element, out: list[str]) -> None:
    for child in element:
        name = local(child)
        if name in _NOT_SAID:
            continue
        if name == "t":
            out.append(child.text or "")
        elif name == "tab":
            out.append("\t")
        elif name in ("br", "cr"):
            out.append("\n")
        elif name == "nobreakhyphen":
            out.append("-")
        elif name == "r":
            _gather_run(child, out)
        else:
            _gather(child, out)


def _gather_run(run: Element, out: list[str]) -> None:
    inner: list[str] = []
    _gather(run, inner)
    text = "".join(inner)
    raised = run.find(f"{_W}rPr/{_W}vertAlign")
    if raised is not None and raised.get(f"{_W}val") == "superscript":
        text = superscript(next((part for part in reversed(out) if part), ""), text)
    if text:
        out.append(text)


def _table(table: Element, styles: _Styles) -> Iterator[Piece]:
    """A table of data as rows; one that lays out the page as what its cells hold."""
    rows = [list(_inner(line, "tc")) for line in _inner(table, "tr")]
    cells = [cell for line in rows for cell in line]
    nested = any(next(cell.iter(f"{_W}tbl"), None) is not None for cell in cells)
    if nested or not any(len(line) > 1 for line in rows) or any(len(_cell_text(c)) > _CELL for c in cells):
        for cell in cells:
            yield from _blocks(cell, styles)
        return
    first = True
    for line in rows:
        piece = row((_cell_text(cell) for cell in line), tight=not first)
        if piece.text:
            yield piece
            first = False


def _inner(parent: Element, name: str) -> Sequence[Element]:
    """The rows of a table or the cells of a row, also those in content controls."""
    out: list[Element] = []
    for child in parent:
        if local(child) == name:
            out.append(child)
        elif local(child) in ("sdt", "sdtcontent", "ins", "customxml"):
            out += _inner(child, name)
    return out


def _cell_text(cell: Element) -> str:
    return " ".join(" ".join(_text(p).split("\n")).strip() for p in cell.iter(f"{_W}p")).strip()


def _notes(notes: Element | None, styles: _Styles) -> Iterator[Piece]:
    """Footnotes, at the end; the lines that only part them from the text are no notes."""
    for note in notes if notes is not None else ():
        if local(note) == "footnote" and note.get(f"{_W}type") is None:
            yield from _blocks(note, styles)
