"""The elements of a page → pieces: headings, paragraphs, items, rows, captions, as their tags say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.document import BlockKind
from pipeline.readers.pieces import CELLS, Piece, row, superscript
from pipeline.readers.xml import Element, local

BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "hl1",
        "hl2",
        "block",
        "media-caption",
        "body.content",
        "body.head",
    ]
)  # the last ones are NITF's
HEADINGS = {"h1": 0, "h2": 1, "h3": 2, "h4": 3, "h5": 4, "h6": 5, "hl1": 0, "hl2": 1}
CAPTIONS = frozenset(("figcaption", "caption", "media-caption"))
_BREAK = "\v"  # a <br>; line ends of the source are only blanks
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_PARAGRAPHS = re.compile(r"\v\s*\v[\v\s]*")
_CELL = 600  # characters: a cell with more is a part of the page and not of a table
_INLINE = frozenset(("span", "strong", "b", "em", "i", "div", "small", "a"))


def pieces_of(root: Element) -> list[Piece]:
    """The pieces of an element and all in it, in order."""
    walk = _Walk()
    walk.element(root)
    walk.flush()
    return walk.pieces


class _Walk:
    """Goes through elements once; recursion is bounded by the parser's own depth."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._inline: list[str] = []
        self._kind: BlockKind | None = None
        self._level = 0
        self._mark = ""  # of the item that has just begun
        self._lists: list[list[int | None]] = []  # the number of the next item, or None
        self._in_item = False  # what follows belongs to the item that has begun

    def element(self, element: Element) -> None:
        name = local(element)
        if name == "br":
            self._inline.append(_BREAK)
        elif name in ("sup", "sub"):
            self._raised(element, name)
        elif name == "table":
            self._table(element)
        elif name == "dl":
            self._definitions(element)
        elif name in ("ul", "ol", "menu", "dir"):
            self._list(element, name)
        elif name == "li":
            self._item(element)
        elif name == "pre":
            self.flush()
            self.pieces.append(Piece("".join(element.itertext()).replace("\r\n", "\n"), self._kind, self._level))
        elif name in HEADINGS:
            kind = BlockKind.HEADING if HEADINGS[name] else BlockKind.TITLE
            self._block(element, kind, HEADINGS[name])
        elif name in CAPTIONS:
            self._block(element, BlockKind.CAPTION)
        elif name in BLOCKS:
            self._block(element, self._kind, self._level)
        else:
            self._part(element)
            self._children(element)

    def _children(self, element: Element) -> None:
        self._inline.append(element.text or "")
        for child in element:
            if local(child):
                self.element(child)
            self._inline.append(child.tail or "")

    def _part(self, element: Element) -> None:
        """A blank between a figure and its unit that only style sheets part: <span>150</span><span>emplois</span>."""
        before = element.getprevious()
        if before is None or before.tail or local(before) not in _INLINE or local(element) not in _INLINE:
            return
        last = next((part for part in reversed(self._inline) if part), "")
        if last[-1:].isdecimal() and (element.text or "")[:2].isalpha() and len((element.text or "").strip()) > 1:
            self._inline.append(" ")

    def _block(self, element: Element, kind: BlockKind | None, level: int = 0) -> None:
        self.flush()
        with self._as(kind, level):
            self._children(element)
            self.flush()

    @contextmanager
    def _as(self, kind: BlockKind | None, level: int) -> Iterator[None]:
        before = self._kind, self._level
        self._kind, self._level = kind, level
        yield
        self._kind, self._level = before

    def _raised(self, element: Element, name: str) -> None:
        text = _BLANKS.sub(" ", "".join(element.itertext()))
        before = next((part for part in reversed(self._inline) if part), "")
        self._inline.append(superscript(before, text) if name == "sup" else text)

    def _list(self, element: Element, name: str) -> None:
        self.flush()
        first = element.get("start") or "1"
        self._lists.append([int(first) if first.isdecimal() and len(first) < 5 else 1] if name == "ol" else [None])
        self._block(element, None)
        self._lists.pop()
        self._in_item = False

    def _item(self, element: Element) -> None:
        self.flush()
        depth = max(1, len(self._lists))
        number = self._lists[-1][0] if self._lists else None
        if number is not None:
            self._lists[-1][0] = number + 1
        self._mark = f"{number}. " if number is not None else ""
        self._in_item = False
        with self._as(BlockKind.BULLET, depth):
            self._children(element)
            self.flush()
        self._in_item, self._mark = False, ""

    def _definitions(self, element: Element) -> None:
        """Terms and what is said of them: a short pair is a row, a longer one a heading with its text."""
        self.flush()
        term: list[str] = []
        for child in element.iter("dt", "dd"):
            said = inline_text(child)
            if local(child) == "dt":
                if term:
                    self.pieces.append(Piece(term.pop(), self._kind))
                term = [said] if said else []
            elif term and len(said) <= _CELL:
                self.pieces.append(row([term.pop(), said], tight=self._after_row()))
            else:
                if term:
                    self.pieces.append(Piece(term.pop(), BlockKind.HEADING, 3))
                self._block(child, self._kind)

    def _after_row(self) -> bool:
        return bool(self.pieces) and self.pieces[-1].kind is BlockKind.ROW

    def _table(self, element: Element) -> None:
        """A table of data as rows; one that only lays out the page as what its cells hold."""
        self.flush()
        rows = [(line, [c for c in line if local(c) in ("td", "th")]) for line in element.iter("tr")]
        cells = [c for _, line in rows for c in line]
        nested = next(element.iterdescendants("table"), None) is not None
        if nested or not any(len(line) > 1 for _, line in rows) or any(_page_like(c) for c in cells):
            for child in element:
                if local(child):
                    self._block(child, self._kind, self._level)
            return
        for caption in element.iter("caption"):
            self._block(caption, BlockKind.HEADING, 3)
        first = True
        for _, line in rows:
            piece = row((inline_text(c) for c in line), tight=not first)
            if piece.text:
                self.pieces.append(piece)
                first = False

    def flush(self) -> None:
        """What has been gathered becomes a piece, or several where empty lines part it."""
        text = _BLANKS.sub(" ", "".join(self._inline))
        self._inline.clear()
        for part in _PARAGRAPHS.split(text):
            lines = [line.strip(" ") for line in part.split(_BREAK)]
            said = "\n".join(line for line in lines if line.strip())
            if said:
                self._add(said)

    def _add(self, text: str) -> None:
        last = self.pieces[-1] if self.pieces else None
        if self._kind is BlockKind.BULLET and self._in_item and last and last.kind is BlockKind.BULLET:
            self.pieces[-1] = Piece(f"{last.text}\n{text}", last.kind, last.level, tight=last.tight)
            return
        tight = self._kind is BlockKind.BULLET and last is not None and last.kind is BlockKind.BULLET
        self.pieces.append(Piece(self._mark + text, self._kind, self._level, tight=tight))
        self._mark, self._in_item = "", self._kind is BlockKind.BULLET


def inline_text(element: Element) -> str:
    """What an element says, on one line, its parts set apart."""
    walk = _Walk()
    walk._children(element)
    walk.flush()
    return " ".join(CELLS.join(p.text.split(CELLS)).replace("\n", " ") for p in walk.pieces)


def _page_like(cell: Element) -> bool:
    """A cell that holds a part of the page: headings, several paragraphs, or more words than a table has room for."""
    paragraphs = 0
    size = 0
    for inner in cell.iter():
        name = local(inner)
        if name in ("h1", "h2", "h3", "article", "section"):
            return True
        paragraphs += name == "p"
    for text in cell.itertext():
        size += len(text.strip())
    return size > _CELL or (paragraphs > 3 and size > _CELL // 2)
