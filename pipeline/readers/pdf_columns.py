"""Lines of a page → regions in the order in which they are read: columns cut at their gutter, tables left whole."""

from __future__ import annotations

import bisect
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from pipeline.readers.pdf_words import CELL, Line, Word, cells_of

Span: TypeAlias = tuple[float, float]

GUTTER: Final = 0.8  # of the usual height of a line: no gutter is narrower
MIN_LINES: Final = 3  # lines on each side of a gutter
PART: Final = 2.5  # of the usual height of a line: what stands so far below is another part of the page
MAX_LINES: Final = 800  # of a page: one with more is a listing, which has no columns of prose
MAX_RUN: Final = 200  # lines side by side that are looked at: a newspaper's column has a hundred
MAX_DEPTH: Final = 4  # columns in columns
_FULL: Final = 0.7  # of a column's width: a line of prose reaches it, but for the last of a paragraph


def regions(lines: Sequence[Line], depth: int = 0) -> list[list[Line]]:
    """Runs of lines, each to be read from top to bottom."""
    if not lines:
        return []
    if len(lines) > MAX_LINES or depth >= MAX_DEPTH:
        return [list(lines)]
    height = statistics.median(line.height for line in lines)
    edges = [(line.x0, line.x1) for line in lines]
    low, high = min(x0 for x0, _ in edges), max(x1 for _, x1 in edges)
    free = [_free(line, low, high, GUTTER * height) for line in lines]
    out: list[list[Line]] = [[]]
    n = 0
    while n < len(lines):
        cut = _columns_from(lines, n, free, edges, height)
        if cut is None:
            out[-1].append(lines[n])
            n += 1
            continue
        for side in (cut.left, cut.right):
            out += regions(side, depth + 1)
        out.append([])
        n = cut.end
    return [region for region in out if region]


@dataclass(frozen=True, slots=True)
class _Cut:
    end: int
    left: list[Line]
    right: list[Line]


def _columns_from(
    lines: Sequence[Line], first: int, free: Sequence[list[Span]], edges: Sequence[Span], height: float
) -> _Cut | None:
    """The columns that begin at a line; None where it belongs to none."""
    spans = free[first]
    end = first
    while spans and end < min(len(lines), first + MAX_RUN):
        if end > first and lines[end - 1].y0 - lines[end].y1 > PART * height and _gutter(spans, edges[first:end]):
            break
        found = _intersect(spans, free[end], GUTTER * height)
        if not found:
            break
        spans, end = found, end + 1
    span = _gutter(spans, edges[first:end])
    if span is None:
        return None
    left, right = _split(lines[first:end], span)
    # A line above the columns, or below them, that only happens to be short is none of theirs.
    if not (_starts_here(lines[first], span, left, right) and _are_columns(left, right)):
        return None
    return _Cut(end, left, right)


def _free(line: Line, low: float, high: float, least: float) -> list[Span]:
    """The stretches between two edges in which a line has no words."""
    out: list[Span] = []
    at = low - least
    for word in line.words:
        if word.x0 - at >= least:
            out.append((at, word.x0))
        at = max(at, word.x1)
    if high + least - at >= least:
        out.append((at, high + least))
    return out


def _intersect(first: Sequence[Span], second: Sequence[Span], least: float) -> list[Span]:
    out = []
    for a in first:
        for b in second:
            span = (max(a[0], b[0]), min(a[1], b[1]))
            if span[1] - span[0] >= least:
                out.append(span)
    return out


def _gutter(spans: Sequence[Span], edges: Sequence[Span]) -> Span | None:
    """The last of some strips on both sides of which there are lines enough; None when there is none."""
    for low, high in reversed(spans):
        left = sum(1 for x0, _ in edges if x0 < low)
        right = sum(1 for _, x1 in edges if x1 > high)
        if left >= MIN_LINES and right >= MIN_LINES:
            return low, high
    return None


def _split(lines: Sequence[Line], span: Span) -> tuple[list[Line], list[Line]]:
    middle = (span[0] + span[1]) / 2
    sides: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        parts: tuple[list[Word], list[Word]] = ([], [])
        for word in line.words:
            parts[word.x0 > middle].append(word)
        for side, words in zip(sides, parts, strict=True):
            if words:
                side.append(Line(words))
    return sides


def _starts_here(line: Line, span: Span, left: Sequence[Line], right: Sequence[Line]) -> bool:
    """The first line has words on both sides, or the other side begins within a few lines."""
    if line.x0 < span[0] and line.x1 > span[1]:
        return True
    other = right if line.x0 < span[0] else left
    return bool(other) and line.y0 - other[0].y1 < 2.5 * line.height


def _are_columns(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Prose on one side, or two sides whose lines do not stand side by side; else it is a table."""
    if len(left) < MIN_LINES or len(right) < MIN_LINES:
        return False
    if _prose(left) and _prose(right):
        return True
    feet = sorted(line.y0 for line in right)
    aligned = sum(1 for line in left if _stands_on(line, feet))
    share = aligned / min(len(left), len(right))
    if _prose(left, 5) or _prose(right, 5):
        return share < 0.9 or min(len(left), len(right)) >= 5
    return share < 0.5 and len(left) > 4 and len(right) > 4


def _stands_on(line: Line, feet: Sequence[float]) -> bool:
    """Whether a line's foot is level with one of some others, which are sorted."""
    slack = 0.2 * line.height
    at = bisect.bisect_left(feet, line.y0 - slack)
    return at < len(feet) and feet[at] < line.y0 + slack


def _prose(lines: Sequence[Line], least: int = MIN_LINES) -> bool:
    """Lines of several words most of which reach the edge of their column; the cells of a table are too short."""
    if len(lines) < least:
        return False
    low, high = min(line.x0 for line in lines), max(line.x1 for line in lines)
    full = sum(1 for line in lines if line.x1 - low >= _FULL * (high - low))
    cells = [cell for line in lines for cell in cells_of(line, CELL * line.height)]
    words = sum(len(cell) for cell in cells) / len(cells)
    letters = sum(c.isalpha() for cell in cells for w in cell for c in w.text) / len(cells)
    return full >= 0.55 * len(lines) and words >= 3 and letters >= 14
