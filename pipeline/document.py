"""Document: a text that never changes, the views used to match in it, and what is known of its layout."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from functools import cached_property


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


# Digits, words (with combining marks, for decomposed text), or one sign: a linear scan, each character read once.
_TOKEN = re.compile(r"\d+|(?:[^\W\d_][\u0300-\u036f]*)+|[^\w\s]|_")


@dataclass(frozen=True)
class Tokens(Sequence[str]):
    """Tokens as parallel lists of equal length: offsets in the text, surface, folded key, gap before, block number."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)  # index into Document.blocks, -1 outside all of them

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
    """Cut a view into tokens; linear in its length."""
    tokens = Tokens()
    folded: dict[str, str] = {}
    previous_end, block, previous_block = 0, -1, -1
    edges = [(b.start, i) for i, b in enumerate(blocks)]
    next_edge = 0
    for match in _TOKEN.finditer(view):
        start, end = match.span()
        word = match.group()
        while next_edge < len(edges) and edges[next_edge][0] <= start:
            block = edges[next_edge][1]
            next_edge += 1
        key = folded.get(word)
        if key is None:
            key = folded[word] = fold(word)
        if block != previous_block or not tokens.words:
            gap = Gap.BLOCK
        elif start == previous_end:
            gap = Gap.NONE
        else:
            between = view[previous_end:start]
            gap = Gap.LINE if "\n" in between else Gap.BLANK
        tokens.starts.append(start)
        tokens.ends.append(end)
        tokens.words.append(word)
        tokens.keys.append(key)
        tokens.gaps.append(int(gap))
        tokens.blocks.append(block)
        previous_end, previous_block = end, block
    return tokens
