"""Cells of tables that leave their unit to the heading: of the table ("en M€"), of their column, or of their row."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.document import BlockKind
from pipeline.grammar import Grammar
from pipeline.recognise import Context
from pipeline.recognise.figures import JOBS, KINDS, MONEY, Figure, Kind, is_year, unit_of, worth

# Each run of blanks is tried once, at its beginning: linear.
_PARTING = re.compile(r"(?:(?<!\s)\s+)?\|\s*|(?<!\s)[^\S\t]*\t\s*|(?<! ) {2,}|(?<!\.) ?\.{3,} ?")
# What a heading may say its cells are in, the surest first.
UNITS = (("money_unit", MONEY), *((k.unit, k) for k in KINDS[1:4]), ("jobs_column", JOBS))


@dataclass(frozen=True, slots=True)
class Unit:
    kind: Kind
    factor: float
    currency: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Cell:
    """text[start:end] of a row, at a horizontal place; `first` and `last` are its tokens."""

    start: int
    end: int
    left: int
    right: int
    first: int
    last: int


def table_figures(context: Context, grammar: Grammar) -> list[Figure]:
    """The figures of a text's tables whose own cells name no unit."""
    blocks = context.document.blocks
    out: list[Figure] = []
    at = 0
    while at < len(blocks):
        if blocks[at].kind is not BlockKind.ROW:
            at += 1
            continue
        end = at
        while end < len(blocks) and (blocks[end].kind is BlockKind.ROW or _rule_off(context, end)):
            end += 1
        table = _Table(context, grammar, at, end)
        out += table.figures()
        at = end
    return out


def _rule_off(context: Context, number: int) -> bool:
    """A line of dashes."""
    block = context.document.blocks[number]
    return not any(c.isalnum() for c in context.document.view[block.start : block.end])


class _Table:
    """Rows blocks[first:last]; the line above them may be their caption, or the row of their headings."""

    def __init__(self, context: Context, grammar: Grammar, first: int, last: int) -> None:
        self._context, self._grammar = context, grammar
        self._rows = [cells for n in range(first, last) if (cells := self._cells(n))]
        self._barred = any("|" in context.document.view[b.start : b.end] for b in context.document.blocks[first:last])
        above = first - 1
        while above >= 0 and _rule_off(context, above):
            above -= 1
        caption = self._cells(above) if above >= 0 else []
        heads = next(([r] for r in (caption, *self._rows[:1]) if len(r) > 1 and not self._values(r)), [])
        self._heads = heads[0] if heads else []
        columns = [self._unit(cell) for cell in self._heads]
        self._whole = self._unit(caption[0], header=True) if caption else None
        if self._heads:
            self._whole = self._whole or columns[0]
            columns[0] = None
        body = [row for row in self._rows if row is not self._heads]
        if body and self._whole is None and not any(columns):
            self._whole = self._unit(body[0][0], header=True)  # "CA (en M€) | 112,6" says it for the rows below, too
        self._columns = columns

    def figures(self) -> Iterator[Figure]:
        """The cells with a unit, row by row."""
        if not (self._whole or any(self._columns) or self._rows):
            return
        for row in self._rows:
            if row is self._heads:
                continue
            own = self._unit(row[0]) if len(row) > 1 else None
            if own is None and self._other(row[0]):
                continue
            for number, cell in enumerate(row[1:], 1):
                value = self._value(cell)
                if value is None:
                    continue
                first, last, size = value
                of_column = self._column(number, cell)
                unit = next(
                    (u for u in (own, of_column, self._whole) if u and (u.kind is not JOBS or size % 1 == 0)), None
                )
                if unit is not None:
                    low, rule = size * unit.factor, unit.rule
                    yield Figure(unit.kind, first, last, low, None, "exact", unit.currency, rule, unit.factor)

    def _cells(self, number: int) -> list[Cell]:
        """The pieces of a line between bars, tabs, wide blanks or leading dots."""
        block, tokens = self._context.document.blocks[number], self._context.tokens
        view = self._context.document.view
        line = view.rfind("\n", 0, block.start) + 1
        out, at = [], block.start
        partings = [(m.start(), m.end()) for m in _PARTING.finditer(view, block.start, block.end)]
        for start, end in [*partings, (block.end, block.end)]:
            if start > at:
                first, last = bisect.bisect_left(tokens.starts, at), bisect.bisect_left(tokens.starts, start)
                out.append(Cell(at, start, at - line, start - line, first, last))
            at = end
        return [c for c in out if c.last > c.first]

    def _values(self, row: Sequence[Cell]) -> list[Cell]:
        return [c for c in row[1:] if self._value(c) is not None]

    def _value(self, cell: Cell) -> tuple[int, int, float] | None:
        """(first token, end, number) of a cell that is a number and at most a remark; losses lose their sign."""
        tokens, first = self._context.tokens, cell.first
        if tokens.words[first] == "-" and first + 1 < cell.last:
            first += 1
        match = self._grammar.match_at(tokens, "number_cell", first)
        if match is None or match.last > cell.last or is_year(self._context, match):
            return None
        rest = tokens.words[match.last : cell.last]
        return (first, match.last, worth(match)) if not rest or rest[0] in "(*" else None

    def _column(self, number: int, cell: Cell) -> Unit | None:
        """The unit of the heading over a cell: by its number between bars, else by where it stands."""
        if not self._heads:
            return None
        if self._barred:
            return self._columns[number] if number < len(self._columns) else None

        def gap(n: int) -> tuple[int, int]:
            head = self._heads[n]
            return max(0, head.left - cell.right, cell.left - head.right), abs(head.right - cell.right)

        return self._columns[min(range(len(self._heads)), key=gap)]

    def _unit(self, cell: Cell, header: bool = False) -> Unit | None:
        """What a heading says its figures are in; `header`: only as a heading of tables says it ("en M€", "(k€)")."""
        tokens = self._context.tokens
        if tokens.words[cell.first].isdecimal():
            return None  # a figure with its own unit
        for cls, kind in UNITS[:1] if header else UNITS:
            for at in range(cell.first, cell.last):
                match = self._grammar.match_at(tokens, cls, at)
                if match is None or match.last > cell.last:
                    continue
                if header and tokens.words[at - 1] != "(" and not match.part("unit_lead"):
                    continue
                if at > cell.first and (tokens.words[at - 1] == "/" or tokens.words[at - 1].isdecimal()):
                    continue
                factor, currency = unit_of(kind, match) if kind is not JOBS else (1.0, None)
                return Unit(kind, factor, currency, match.rule)
        return None

    def _other(self, cell: Cell) -> bool:
        """Whether a row counts something else than its table."""
        tokens = self._context.tokens
        return any(self._grammar.match_at(tokens, "other_row", at) for at in range(cell.first, cell.last))
