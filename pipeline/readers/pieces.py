"""Pieces of a laid out source → Document: its text, and blocks where the source says what they are.

A reader cuts its source into pieces (a paragraph, an item, a row) and says of each what the source itself says. They
are written down as a release in plain text is, the layout analysis reads that, and what it could only guess is
overruled by what the source knows.
"""

from __future__ import annotations

import bisect
import datetime
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pipeline.document import Block, BlockKind, Document
from pipeline.readers.encoding import tidy
from pipeline.readers.layout import Layout
from pipeline.readers.lines import opens_item
from pipeline.readers.refusal import Refusal

BULLET: Final = "• "
CELLS: Final = " | "  # between the cells of a row: a sign, so that no number reaches over it
# What the words of a block say of it counts for more than its tag; what it looks like, for less.
_BY_WORDS = {BlockKind.FOOTER, BlockKind.ABOUT, BlockKind.BYLINE, BlockKind.CAPTION}
_SIGNS_UP = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNIT = re.compile(r"(?:^|[\s\d/])[kdcm]?m$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a source. `kind` is None where the source does not say; `tight`: no blank line before it."""

    text: str
    kind: BlockKind | None = None
    level: int = 0
    page: int | None = None
    tight: bool = False
    page_breaks: tuple[tuple[int, int], ...] = ()  # (offset in the text, page) where it goes on on another page


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a source beside its text."""

    uri: str
    media_type: str
    title: str | None = None
    published: datetime.date | None = None
    updated: datetime.date | None = None
    warnings: tuple[str, ...] = ()


def make(pieces: Iterable[Piece], about: About, data: bytes, layout: Layout) -> Document:
    """The document of some pieces; `data` are the bytes read. Refusal when they hold no text, or no word."""
    kept = [p for p in (_tidied(piece) for piece in pieces) if p.text]
    parts: list[str] = []
    starts: list[int] = []
    at = 0
    for n, piece in enumerate(kept):
        if n:
            gap = "\n" if piece.tight else "\n\n"
            parts.append(gap)
            at += len(gap)
        starts.append(at)
        parts.append(piece.text)
        at += len(piece.text)
    text = "".join(parts)
    if not text:
        raise Refusal(about.uri, "empty")
    if not any(c.isalpha() for c in text):
        raise Refusal(about.uri, "no_words")
    document = layout.document(
        Document(
            text,
            uri=about.uri,
            media_type=about.media_type,
            sha256=hashlib.sha256(data).hexdigest(),
            title=about.title,
            published=about.published,
            updated=about.updated,
            warnings=about.warnings,
            pages=_pages(kept, starts),
        )
    )
    blocks = _overruled(document.blocks, kept, starts)
    title = next((" ".join(text[b.start : b.end].split()) for b in blocks if b.kind is BlockKind.TITLE), None)
    return replace(document, blocks=blocks, title=about.title or title)


def _pages(pieces: Sequence[Piece], starts: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """(offset, page) wherever a page begins."""
    out: list[tuple[int, int]] = []
    for piece, start in zip(pieces, starts, strict=True):
        for offset, page in ((0, piece.page), *piece.page_breaks):
            if page is not None and (not out or out[-1][1] != page):
                out.append((start + offset, page))
    return tuple(out)


def _tidied(piece: Piece) -> Piece:
    text = tidy(piece.text).strip("\n \t\xa0")
    if piece.kind is BlockKind.BULLET:
        text = "  " * max(0, piece.level - 1) + (text if not text or opens_item(text) else BULLET + text)
    return replace(piece, text=text)


def _overruled(blocks: Sequence[Block], pieces: Sequence[Piece], starts: Sequence[int]) -> tuple[Block, ...]:
    """The blocks cut at the edges of pieces, with the kinds that the source gives."""
    titled = any(_names(block, pieces[bisect.bisect_right(starts, block.start) - 1]) for block in blocks)
    out: list[Block] = []
    for block in blocks:
        first = bisect.bisect_right(starts, block.start) - 1
        last = bisect.bisect_left(starts, block.end) - 1
        if first < last and all(p.kind is None for p in pieces[first : last + 1]):
            out.append(replace(block, page=pieces[first].page))  # the layout's reason to join them is as good
            continue
        for n in range(first, last + 1):
            piece, end = pieces[n], starts[n] + len(pieces[n].text)
            start = max(block.start, starts[n])
            start += len(piece.text[start - starts[n] :]) - len(piece.text[start - starts[n] :].lstrip())
            kind = _kind(block.kind, piece, titled)
            level = piece.level if piece.kind is kind and piece.level else block.level
            if start < min(block.end, end):
                out.append(Block(start, min(block.end, end), kind, level, piece.page))
    if not titled and any(p.kind is BlockKind.TITLE for p in pieces):  # "Press release" in the title's place
        heading = next((n for n, b in enumerate(out) if b.kind is BlockKind.HEADING), None)
        if heading is not None:
            out[heading] = replace(out[heading], kind=BlockKind.TITLE, level=0)
    return tuple(out)


def _names(block: Block, piece: Piece) -> bool:
    """Whether a block is the title that its source gives, and not only the words "press release" in its place."""
    return piece.kind is BlockKind.TITLE and block.kind is not BlockKind.BYLINE


def _kind(guessed: BlockKind, piece: Piece, titled: bool) -> BlockKind:
    if piece.kind is not None and (guessed not in _BY_WORDS or (piece.kind is BlockKind.TITLE and titled)):
        return guessed if piece.kind is BlockKind.TITLE and guessed is BlockKind.BYLINE else piece.kind
    return BlockKind.HEADING if titled and guessed is BlockKind.TITLE else guessed


def row(cells: Iterable[str], *, tight: bool, page: int | None = None) -> Piece:
    """A row of a table. Cells without text are left out."""
    said = [text for text in (" ".join(cell.split("\n")).strip() for cell in cells) if text]
    return Piece(CELLS.join(said), BlockKind.ROW, tight=tight, page=page)


def superscript(before: str, text: str) -> str:
    """Raised characters as they are written in a line: m² stays an area, the 1 of a note is no digit of a figure."""
    said = text.strip()
    if said in ("2", "3") and _UNIT.search(before[-8:]):
        return said.translate(_SIGNS_UP)
    if said.isascii() and said.isdecimal() and before.strip():
        return f" {said.translate(_SIGNS_UP)}"  # a digit, even in brackets, might be read as one more figure
    return text
