"""HTML: saved pages, exports of a CMS, the bodies of mails and feeds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from pipeline.document import BlockKind, Document, matching_view
from pipeline.readers.encoding import BinaryError, decode
from pipeline.readers.html_meta import Head, head_of
from pipeline.readers.html_page import PageCleaner, settle_title
from pipeline.readers.html_walk import pieces_of
from pipeline.readers.layout import Layout
from pipeline.readers.nest import Nest, Read
from pipeline.readers.pieces import About, Piece, make
from pipeline.readers.refusal import Refusal
from pipeline.readers.words import SourceWords
from pipeline.readers.xml import Element, parse_html

_FIGURE = re.compile(r"[+-]?\d[\d.,\s]{0,14}(?:\s?[%€$]|\s?[kKMG][^\W\d]?[€$]?)?")
_UNIT: Final = 60  # characters of what a figure above it counts


class HtmlReader:
    """Reads the article of a page; what surrounds it is left out."""

    def __init__(self, layout: Layout, words: SourceWords) -> None:
        self._layout = layout
        self._cleaner = PageCleaner(words, self._openings)

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "html"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """One document. Its uri is the canonical address that the page gives, unless it stands in a container."""
        try:
            text = decode(data)
        except BinaryError:
            raise Refusal(uri, "binary") from None
        root = parse_html(text, uri)
        head = head_of(root)
        pieces = self.pieces(root, head)
        about = About(
            head.address if head.address and nest.outermost else uri,
            "text/html",
            None if _title(pieces) else head.title,
            head.published,
            head.updated,
        )
        try:
            document = make(pieces, about, data, self._layout)
            yield document if document.title else replace(document, title=head.title or head.window)
        except Refusal as refusal:
            raise Refusal(uri, refusal.code, refusal.detail) from None  # named as the file that was given

    def pieces(self, root: Element, head: Head) -> list[Piece]:
        """The pieces of a page's article; those of the text that JSON-LD carries where the page shows much less."""
        settle_title(root, (head.title, head.window))
        self._cleaner.clean(root)
        found = _one_title(_with_units(pieces_of(self._cleaner.main(root))))
        if 2 * sum(len(p.text) for p in found) < len(head.body):
            said = Piece(head.title, BlockKind.TITLE) if head.title else None
            return [*([said] if said else []), *fragment_pieces(head.body)]
        return found

    def fragment(self, text: str, about: About, data: bytes) -> Document:
        """The document of a piece of HTML that is no page: an entry of a feed, the body of a mail."""
        root = parse_html(f"<div>{text}</div>", about.uri)
        self._cleaner.clean(root)
        pieces = [replace(p, kind=BlockKind.HEADING) if p.kind is BlockKind.TITLE else p for p in pieces_of(root)]
        return make(pieces, about, data, self._layout)

    def _openings(self, texts: Sequence[str]) -> list[tuple[str, bool]]:
        """For each text what its first words say it is, and whether they are all of it."""
        view = "\n".join(matching_view(" ".join(t.split())) for t in texts)
        lines = self._layout.lines(view)
        if len(lines) != len(texts):
            return [("", False)] * len(texts)
        return [(line.opening, line.whole) for line in lines]


def fragment_pieces(text: str) -> list[Piece]:
    """A text in which there may be tags, or only line breaks."""
    if "<p" in text or "<br" in text or "<div" in text:
        return pieces_of(parse_html(f"<div>{text}</div>", ""))
    return [Piece(part) for part in text.split("\n") if part.strip()]


def _with_units(pieces: Sequence[Piece]) -> list[Piece]:
    """A figure set in large type above what it counts ("150", "emplois") is one statement with it."""
    out: list[Piece] = []
    for piece in pieces:
        above = out[-1] if out else None
        if (
            above is not None
            and above.kind is piece.kind is None
            and _FIGURE.fullmatch(above.text)
            and len(piece.text) <= _UNIT
            and not any(c.isdecimal() or c == "\n" for c in piece.text)
        ):
            out[-1] = replace(above, text=f"{above.text} {piece.text}")
        else:
            out.append(piece)
    return out


def _title(pieces: Sequence[Piece]) -> str | None:
    return next((" ".join(p.text.split()) for p in pieces if p.kind is BlockKind.TITLE), None)


def _one_title(pieces: Sequence[Piece]) -> list[Piece]:
    """Only the first of several titles is the release's."""
    out: list[Piece] = []
    titled = False
    for piece in pieces:
        out.append(replace(piece, kind=BlockKind.HEADING) if titled and piece.kind is BlockKind.TITLE else piece)
        titled = titled or piece.kind is BlockKind.TITLE
    return out
