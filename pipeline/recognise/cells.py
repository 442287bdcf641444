"""Cells of tables that leave their unit to the heading: of the table ("en M€"), of their column, or of their row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.grammar import Grammar
from pipeline.recognise import Context
from pipeline.recognise.figures import JOBS, KINDS, MONEY, Figure, Kind, is_year, unit_of, worth
from pipeline.recognise.grid import Cell, Grid, tables

# What a heading may say its cells are in, the surest first.
UNITS = (("money_unit", MONEY), *((k.unit, k) for k in KINDS[1:4]), ("jobs_column", JOBS))


@dataclass(frozen=True, slots=True)
class Unit:
    kind: Kind
    factor: float
    currency: str | None
    rule: str


def table_figures(context: Context, grammar: Grammar) -> list[Figure]:
    """The figures of a text's tables whose own cells name no unit."""
    return [f for first, end in tables(context) for f in _Table(context, grammar, first, end).figures()]


class _Table:
    """Rows blocks[first:end], with the units that their headings or their caption tell."""

    def __init__(self, context: Context, grammar: Grammar, first: int, end: int) -> None:
        self._context, self._grammar = context, grammar
        self._grid = grid = Grid(context, first, end, lambda cell: self._value(cell) is not None)
        columns = [self._unit(cell) for cell in grid.heads]
        lines = (line for line in (grid.caption, grid.further) if line)
        self._whole = next((unit for line in lines if (unit := self._unit(line[0], header=True))), None)
        if grid.heads and grid.heads[0].column <= grid.labels:
            self._whole = self._whole or columns[0]
            columns[0] = None
        body = [row for row in grid.rows if row is not grid.heads]
        if body and self._whole is None and not any(columns):
            self._whole = self._unit(body[0][0], header=True)  # "CA (en M€) | 112,6" says it for the rows below, too
        self._columns = columns

    def figures(self) -> Iterator[Figure]:
        """The cells with a unit, row by row."""
        if not (self._whole or any(self._columns) or self._grid.rows):
            return
        for row in self._grid.rows:
            if row is self._grid.heads:
                continue
            own = self._unit(row[0]) if len(row) > 1 else None
            if own is None and self._other(row[0]):
                continue
            for cell in row[1:]:
                value = self._value(cell)
                if value is None:
                    continue
                first, last, size = value
                head = self._grid.head(cell)
                of_column = None if head is None else self._columns[head]
                unit = next(
                    (u for u in (own, of_column, self._whole) if u and (u.kind is not JOBS or size % 1 == 0)), None
                )
                if unit is not None:
                    low, rule = size * unit.factor, unit.rule
                    yield Figure(unit.kind, first, last, low, None, "exact", unit.currency, rule, unit.factor)

    def _value(self, cell: Cell) -> tuple[int, int, float] | None:
        """(first token, end, number) of a cell that is a number and at most a remark; losses lose their sign or brackets."""
        tokens, first = self._context.tokens, cell.first
        if tokens.words[first] in "-(" and first + 1 < cell.last:
            first += 1
        match = self._grammar.match_at(tokens, "number_cell", first)
        if match is None or match.last > cell.last or is_year(self._context, match):
            return None
        rest = tokens.words[match.last : cell.last]
        return (first, match.last, worth(match)) if not rest or rest[0] in "(*)" else None

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
