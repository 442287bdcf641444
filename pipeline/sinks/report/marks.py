"""Where a text is to be marked: cut at the edges of what lies over it. Pure, and knows nothing of HTML or of facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

Bounds: TypeAlias = tuple[int, int]  # start and end in code points, end excluded


class Piece(NamedTuple):
    """A stretch of text that nothing cuts; `over` are the positions, in the list given, of the spans over it."""

    start: int
    end: int
    over: tuple[int, ...]


class Passage(NamedTuple):
    """A piece as the facts' evidence cuts the text (`facts` lie over all of it), and how the mentions cut it again."""

    start: int
    end: int
    facts: tuple[int, ...]
    pieces: tuple[Piece, ...]


def pieces(length: int, spans: Sequence[Bounds], cuts: Iterable[int] = ()) -> Iterator[Piece]:
    """A text of `length` code points as pieces, in order and without a gap; it is also cut at each of `cuts`.

    Spans may nest, cross and repeat. n log n in their number, and linear in what comes out. ValueError for a span that
    is empty or reaches out of the text.
    """
    opened: dict[int, list[int]] = {}
    closed: dict[int, list[int]] = {}
    for number, (start, end) in enumerate(spans):
        if not 0 <= start < end <= length:
            raise ValueError(f"span {start}:{end} in a text of {length}")
        opened.setdefault(start, []).append(number)
        closed.setdefault(end, []).append(number)
    edges = sorted({0, length, *opened, *closed, *(cut for cut in cuts if 0 < cut < length)})
    over: dict[int, None] = {}  # an ordered set
    for start, end in pairwise(edges):
        for number in closed.get(start, ()):
            del over[number]
        over.update(dict.fromkeys(opened.get(start, ())))
        yield Piece(start, end, tuple(over))


def passages(length: int, mentions: Sequence[Bounds], facts: Sequence[Bounds]) -> list[Passage]:
    """The text cut first by the facts' evidence, then by the mentions: two levels that nest, as HTML wants them.

    A mention that reaches over the edge of some evidence is cut in two. Errors as of `pieces`.
    """
    outer = list(pieces(length, facts))
    inner = pieces(length, mentions, cuts=[piece.start for piece in outer])
    cut: list[Passage] = []
    for start, end, over in outer:
        parts = []
        for piece in inner:
            parts.append(piece)
            if piece.end == end:
                break
        cut.append(Passage(start, end, over, tuple(parts)))
    return cut
