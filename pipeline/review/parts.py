"""A long release in parts that a browser lays out at once: a stretch of text, and the facts told in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, TypeAlias

Bounds: TypeAlias = tuple[int, int]

TEXT: Final = 16_000  # code points of a part
MARKS: Final = 300
FACTS: Final = 40
_BACK: Final = 2_000  # code points within which a better place to cut is looked for


def parts(text: str, marks: Sequence[int], facts: Sequence[int]) -> list[Bounds]:
    """Where to cut a text: bounds in order, without a gap; one pair for a text of usual length.

    `marks` and `facts` are the offsets at which mentions and the facts' evidence begin, in order. A cut is made at the
    end of a line where there is one near, else between words, else anywhere.
    """
    out: list[Bounds] = []
    start = 0
    while True:
        end = min(len(text), start + TEXT, _after(marks, start, MARKS), _after(facts, start, FACTS))
        if end >= len(text):
            return [*out, (start, len(text))]
        least = max(start + 1, end - _BACK)
        for sign in ("\n", " "):
            if (at := text.rfind(sign, least, end)) >= 0:
                end = at + 1
                break
        out.append((start, end))
        start = end


def part_of(bounds: Sequence[Bounds], offset: int) -> int:
    """The number, from 0, of the part in which an offset lies."""
    return next((n for n, (_, end) in enumerate(bounds) if offset < end), len(bounds) - 1)


def _after(offsets: Sequence[int], start: int, most: int) -> int:
    """Where the text must be cut so that no more than `most` of them begin in it; several at one offset stay together."""
    at = bisect_left(offsets, start) + most
    while at < len(offsets) and offsets[at] <= start:
        at += 1
    return offsets[at] if at < len(offsets) else 1 << 62
