"""The grid of a table: its rows parted into cells, the row of its headings, and the heading over a cell."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.document import BlockKind
from pipeline.recognise import Context

OVER = 3  # lines above a table, lines of dashes among them, that may tell its unit

# Each run of blanks is tried once, at its beginning: linear.
_PARTING = re.compile(r"(?:(?<!\s)\s+)?\|\s*|(?<!\s)[^\S\t]*\t\s*|(?<! ) {2,}|(?<!\.) ?\.{3,} ?")


@dataclass(frozen=True, slots=True)
class Cell:
    """text[start:end] of a row, at a horizontal place; `first` and `last` are its tokens, `column` counts empty cells too."""

    start: int
    end: int
    left: int
    right: int
    first: int
    last: int
    column: int


def tables(context: Context) -> Iterator[tuple[int, int]]:
    """The blocks (first, end) of each run of rows; lines of dashes between rows are part of it.

    Rows with bars and rows without, an empty line between them, are of two tables.
    """
    blocks = context.document.blocks
    at = 0
    while at < len(blocks):
        if blocks[at].kind is not BlockKind.ROW:
            at += 1
            continue
        end = at
        while end < len(blocks) and (blocks[end].kind is BlockKind.ROW or _rule_off(context, end)):
            if end > at and _parted(context, end):
                break
            end += 1
        yield at, end
        at = end


def _parted(context: Context, number: int) -> bool:
    """Whether an empty line parts a block from one before it that has bars where it has none, or none where it has some."""
    view, (before, after) = context.document.view, context.document.blocks[number - 1 : number + 1]
    if view.count("\n", before.end, after.start) < 2:
        return False
    return ("|" in view[before.start : before.end]) != ("|" in view[after.start : after.end])


def _rule_off(context: Context, number: int) -> bool:
    """A line of dashes."""
    block = context.document.blocks[number]
    return not any(c.isalnum() for c in context.document.view[block.start : block.end])


class Grid:
    """Rows blocks[first:end]; the line above them may be their caption, or the row of their headings."""

    def __init__(self, context: Context, first: int, end: int, is_value: Callable[[Cell], bool]) -> None:
        self._context = context
        self.rows = [cells for n in range(first, end) if (cells := self._cells(n))]
        self._barred = any("|" in context.document.view[b.start : b.end] for b in context.document.blocks[first:end])
        over = [n for n in range(first - 1, max(-1, first - 1 - OVER), -1) if not _rule_off(context, n)]
        self.caption = self._cells(over[0]) if over else []
        # The line above it, where the caption is one of years; a row there is another table's.
        above = [n for n in over[1:2] if context.document.blocks[n].kind is not BlockKind.ROW]
        self.further = self._cells(above[0]) if above else []
        # The column that names the rows.
        self.labels = min((row[0].column for row in self.rows[1:] or self.rows), default=0)
        self.heads: Sequence[Cell] = next((r for r in (self.caption, *self.rows[:1]) if self._heads(r, is_value)), ())

    def _heads(self, row: Sequence[Cell], is_value: Callable[[Cell], bool]) -> bool:
        """Whether a row stands over the columns."""
        over = [cell for cell in row if cell.column > self.labels]
        return bool(over) and not any(map(is_value, over))

    def _cells(self, number: int) -> list[Cell]:
        """The pieces of a line between bars, tabs, wide blanks or leading dots."""
        block, tokens = self._context.document.blocks[number], self._context.tokens
        view = self._context.document.view
        line = view.rfind("\n", 0, block.start) + 1
        out, at, column = [], block.start, 0
        partings = [(m.start(), m.end()) for m in _PARTING.finditer(view, block.start, block.end)]
        for start, end in [*partings, (block.end, block.end)]:
            if start > at:
                first, last = bisect.bisect_left(tokens.starts, at), bisect.bisect_left(tokens.starts, start)
                if last > first:
                    out.append(Cell(at, start, at - line, start - line, first, last, column))
            if start > at or "|" in view[start:end]:
                column += 1
            at = end
        return out

    def head(self, cell: Cell) -> int | None:
        """Which heading stands over a cell of a row: by its column between bars, else by where it stands."""
        if not self.heads:
            return None
        if self._barred:
            return next((n for n, head in enumerate(self.heads) if head.column == cell.column), None)

        def gap(n: int) -> tuple[int, int]:
            head = self.heads[n]
            return max(0, head.left - cell.right, cell.left - head.right), abs(head.right - cell.right)

        return min(range(len(self.heads)), key=gap)
