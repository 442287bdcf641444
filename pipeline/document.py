"""Document: a text that never changes, the views used to match in it, and what is known of its layout."""

from __future__ import annotations

import bisect
import datetime
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any


class _ViewTable(dict[int, int]):
    """Code point → code point, filled as characters are met: blanks, apostrophes, dashes made one."""

    def __missing__(self, code: int) -> int:
        char = chr(code)
        if char in "’‘ʼ′´`":
            out = ord("'")
        elif unicodedata.category(char) == "Zs":
            out = ord(" ")
        elif char in "‐‑‒–—―−":
            out = ord("-")
        else:
            out = code
        self[code] = out
        return out


_VIEW = _ViewTable()


def matching_view(text: str) -> str:
    """The text with one apostrophe, one dash and one blank, code point for code point: offsets hold in both."""
    return text.translate(_VIEW)


def fold(word: str) -> str:
    """A word as compared in rules: no case, accents, ligatures or compatibility forms. Not of equal length, never empty."""
    if word.isascii():
        return word.lower()
    word = word.casefold().replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)) or word


class Gap(IntEnum):
    """What separates a token from the one before it."""

    NONE = 0
    BLANK = 1
    LINE = 2  # a line break inside one block
    BLOCK = 3  # the edge of a block: nothing is matched across it


class BlockKind(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    BULLET = "bullet"
    ROW = "row"  # a row of a table, or of a list of key figures
    CAPTION = "caption"  # captions and credits of pictures
    BYLINE = "byline"  # author, dateline, publication stamp
    ABOUT = "about"  # the box that presents the firm
    FOOTER = "footer"  # contacts, legal lines, navigation, links to other articles


LISTED = (BlockKind.BULLET, BlockKind.ROW)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text that makes one statement or more, none of which reaches over its edge."""

    start: int
    end: int
    kind: BlockKind
    level: int = 0  # depth of a bullet or of a heading
    page: int | None = None


@dataclass(frozen=True)
class Document:
    """A text as read, and what its reader knew of it. `blocks` are in order, disjoint, and cover all but blanks."""

    text: str
    blocks: tuple[Block, ...] = ()
    uri: str | None = None
    media_type: str = "text/plain"
    sha256: str | None = None  # of the bytes read
    title: str | None = None
    published: datetime.date | None = None  # given by the caller or by the source's metadata, not by the text
    updated: datetime.date | None = None
    warnings: tuple[str, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()  # (offset, page number) where each page begins, where there are pages

    @cached_property
    def view(self) -> str:
        """The equal-length text in which patterns and the model match."""
        return matching_view(self.text)

    @cached_property
    def tokens(self) -> Tokens:
        return tokenise(self.view, self.blocks)


# What opens an item, and what it is read as: lists say the same whatever sign they use.
ITEM_SIGNS = "•‣◦▪▫■□●○◆◇►▶▸▹➔➜➤➢➡✓✔✗★☆⁃∙·→⇒\uf0b7\uf0a7\uf0d8\uf076\uf02d"
OPENS_ITEM, ITEM = frozenset(ITEM_SIGNS + "-*>+"), "-"
# Between the cells of a row: a bar, a tab, or wide blanks, all read as one bar.
CELL_GAP = re.compile(r"\t| {3}")
BAR = "|"

# Digits, words (with combining marks, for decomposed text), or one sign: a linear scan, each character read once.
_TOKEN = re.compile(r"(\d+|(?:[^\W\d_][\u0300-\u036f]*)+|[^\w\s]|_)")
MAX_KNOWN = 200_000  # words whose folded form is remembered


class _Folded(dict[str, str]):
    """Word → folded key, filled as words are met."""

    def __missing__(self, word: str) -> str:
        if len(self) >= MAX_KNOWN:
            self.clear()
        key = self[word] = fold(word)
        return key


_FOLDED = _Folded()


@dataclass(frozen=True)
class Tokens(Sequence[str]):
    """Tokens as parallel lists of equal length: offsets in the text, surface, folded key, gap before, block number."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)  # index into Document.blocks, -1 outside all of them

    def add(self, start: int, end: int, word: str, key: str, gap: Gap, block: int) -> None:
        for column, value in zip(self.columns(), (start, end, word, key, int(gap), block), strict=True):
            column.append(value)

    def copy(self, other: Tokens, first: int, last: int) -> None:
        """Add other[first:last]."""
        for column, values in zip(self.columns(), other.columns(), strict=True):
            column += values[first:last]

    def columns(self) -> tuple[list[Any], ...]:
        return self.starts, self.ends, self.words, self.keys, self.gaps, self.blocks

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.words[index]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    @cached_property
    def at_start(self) -> dict[int, int]:
        """Text offset → index of the token that starts there."""
        return {start: i for i, start in enumerate(self.starts)}

    @cached_property
    def at_end(self) -> dict[int, int]:
        """Text offset → index of the token that ends there."""
        return {end: i for i, end in enumerate(self.ends)}


def tokenise(view: str, blocks: Sequence[Block] = ()) -> Tokens:
    """Cut a view into tokens; linear in its length.

    The sign that opens an item has the key of a dash. Between two cells of a row there is one token, a bar; where the
    text has wide blanks instead, it covers them.
    """
    pieces = _TOKEN.split(view)  # blanks and tokens by turns
    ends = list(accumulate(map(len, pieces)))
    words, starts = pieces[1::2], ends[0:-1:2]
    gaps = [_GAPS.get(blank, -1) for blank in pieces[0:-1:2]]
    for n, gap in enumerate(gaps):
        if gap < 0:
            gaps[n] = int(Gap.LINE if "\n" in pieces[2 * n] else Gap.BLANK)
    of = [-1] * len(words)
    edges = [bisect.bisect_left(starts, block.start) for block in blocks]
    for n, (first, last) in enumerate(pairwise([*edges, len(words)])):
        of[first:last] = [n] * (last - first)
    for first in (0, *edges):
        if first < len(words):
            gaps[first] = int(Gap.BLOCK)
    keys = list(map(_FOLDED.__getitem__, words))
    for block, first in zip(blocks, edges, strict=True):
        if block.kind is BlockKind.BULLET and first < len(words) and words[first] in OPENS_ITEM:
            keys[first] = ITEM
    tokens = Tokens(starts, ends[1::2], words, keys, gaps, of)
    rows = [n for n, block in enumerate(blocks) if block.kind is BlockKind.ROW]
    return _with_bars(tokens, view, blocks, [*edges, len(words)], rows) if rows else tokens


_GAPS = {"": int(Gap.NONE), " ": int(Gap.BLANK), "\n": int(Gap.LINE)}


def _with_bars(tokens: Tokens, view: str, blocks: Sequence[Block], edges: Sequence[int], rows: Sequence[int]) -> Tokens:
    """The tokens with one bar between two cells in each of some rows, and none around them."""
    out = Tokens()
    at = 0
    for row in rows:
        out.copy(tokens, at, edges[row])
        at = edges[row + 1]
        cells = [n for n in range(edges[row], at) if tokens.words[n] != BAR]
        for n in range(cells[0], cells[-1] + 1) if cells else ():
            opens = n == cells[0]
            parted = not opens and out.words[-1] == BAR
            if tokens.words[n] == BAR and parted:
                continue  # an empty cell
            gap = Gap.BLOCK if opens else Gap(tokens.gaps[n])
            between = view[tokens.ends[n - 1] : tokens.starts[n]]
            if tokens.words[n] != BAR and not opens and not parted and CELL_GAP.search(between):
                out.add(tokens.ends[n - 1], tokens.starts[n], BAR, BAR, Gap.BLANK, row)
            out.add(tokens.starts[n], tokens.ends[n], tokens.words[n], tokens.keys[n], gap, row)
    out.copy(tokens, at, len(tokens.words))
    return out
