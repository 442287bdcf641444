"""Cells of tables and items of lists that leave their unit to the heading: of the whole ("en M€"), of a column, of a row."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.document import ITEM_SIGNS, Block
from pipeline.grammar import Grammar
from pipeline.recognise import Context
from pipeline.recognise.figures import JOBS, KINDS, MONEY, Figure, Kind, is_year, unit_of, worth
from pipeline.recognise.grid import Cell, Grid, tables

# What a heading may say its cells are in, the surest first.
UNITS = (("money_unit", MONEY), *((k.unit, k) for k in KINDS[1:4]), ("jobs_column", JOBS))
HEADING_END = 8  # tokens of a list's heading, the last, that may tell its unit
_BULLET = re.compile(rf"[{re.escape(ITEM_SIGNS)}\-–—*>¤]\s?(?=[^\W\d])")


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
        self._grid = grid = Grid(context, first, end, lambda cell: value_of(context, grammar, cell) is not None)
        columns = [unit_told(context, grammar, cell) for cell in grid.heads]
        lines = (line for line in (grid.caption, grid.further) if line)
        told = (unit_told(context, grammar, line[0], header=True) for line in lines)
        self._whole = next((unit for unit in told if unit), None)
        if grid.heads and grid.heads[0].column <= grid.labels:
            self._whole = self._whole or columns[0]
            columns[0] = None
        body = [row for row in grid.rows if row is not grid.heads]
        if body and self._whole is None and not any(columns):  # "CA (en M€) | 112,6" says it for the rows below, too
            self._whole = unit_told(context, grammar, body[0][0], header=True)
        self._columns = columns
        self._others = {n for n, cell in enumerate(grid.heads) if holds(context, grammar, cell, "other_column")}

    def figures(self) -> Iterator[Figure]:
        """The cells with a unit, row by row."""
        if not (self._whole or any(self._columns) or self._grid.rows):
            return
        for row in self._grid.rows:
            if row is self._grid.heads:
                continue
            own = unit_told(self._context, self._grammar, row[0]) if len(row) > 1 else None
            if own is None and holds(self._context, self._grammar, row[0], "other_row"):
                continue
            for cell in row[1:]:
                value = value_of(self._context, self._grammar, cell)
                if value is None:
                    continue
                first, last, size = value
                head = self._grid.head(cell)
                of_column = None if head is None else self._columns[head]
                whole = None if head in self._others else self._whole
                unit = next((u for u in (own, of_column, whole) if u and (u.kind is not JOBS or size % 1 == 0)), None)
                if unit is not None:
                    low, rule = size * unit.factor, unit.rule
                    yield Figure(unit.kind, first, last, low, None, "exact", unit.currency, rule, unit.factor)


def listed_figures(context: Context, grammar: Grammar) -> list[Figure]:
    """The figures of lists whose heading ends with their unit: "Bilan, en M€" over "- trésorerie : 380,6"."""
    found: list[Figure] = []
    unit: Unit | None = None
    heading: Block | None = None
    for block in context.document.blocks:
        if not _BULLET.match(context.document.view, block.start, block.end):
            heading, unit = block, None
            continue
        if heading is not None:  # the first item of a list
            end = _cell(context, heading.start, heading.end, HEADING_END)
            unit = unit_told(context, grammar, end, header=True, ends=True) if end else None
            heading = None
        if unit and (figure := _of_item(context, grammar, block, unit)):
            found.append(figure)
    return found


def _of_item(context: Context, grammar: Grammar, block: Block, unit: Unit) -> Figure | None:
    """The number behind the colon of an item, in the unit of its list."""
    colon = context.document.view.find(":", block.start, block.end)
    label, cell = _cell(context, block.start, colon), _cell(context, colon + 1, block.end)
    if colon < 0 or label is None or cell is None or holds(context, grammar, label, "other_row"):
        return None
    value = value_of(context, grammar, cell)
    if value is None:
        return None
    first, last, size = value
    return Figure(unit.kind, first, last, size * unit.factor, None, "exact", unit.currency, unit.rule, unit.factor)


def _cell(context: Context, start: int, end: int, most: int | None = None) -> Cell | None:
    """The tokens of text[start:end], the last `most` of them; None where there are none."""
    tokens = context.tokens
    first, last = bisect.bisect_left(tokens.starts, start), bisect.bisect_left(tokens.starts, end)
    if most is not None:
        first = max(first, last - most)
    return Cell(start, end, 0, 0, first, last, 0) if first < last else None


def holds(context: Context, grammar: Grammar, cell: Cell, cls: str) -> bool:
    """Whether a heading has a word of a class: of what its row, or its column, counts instead of what the table does."""
    return any(grammar.match_at(context.tokens, cls, at) for at in range(cell.first, cell.last))


def value_of(context: Context, grammar: Grammar, cell: Cell) -> tuple[int, int, float] | None:
    """(first token, end, number) of a cell that is a number and at most a remark; losses lose their sign or brackets."""
    tokens, first = context.tokens, cell.first
    if tokens.words[first] in "-(" and first + 1 < cell.last:
        first += 1
    match = grammar.match_at(tokens, "number_cell", first)
    if match is None or match.last > cell.last or is_year(context, match):
        return None
    rest = tokens.words[match.last : cell.last]
    return (first, match.last, worth(match)) if not rest or rest[0] in "(*);.," else None


def unit_told(context: Context, grammar: Grammar, cell: Cell, header: bool = False, ends: bool = False) -> Unit | None:
    """What a heading says its figures are in; `header`: only as a heading of tables says it ("en M€", "(k€)", ", M€" at its
    end); `ends`: only at its end."""
    tokens = context.tokens
    if tokens.words[cell.first].isdecimal() and not ends:
        return None  # a figure with its own unit
    for cls, kind in UNITS[:1] if header else UNITS:
        for at in range(cell.first, cell.last):
            match = grammar.match_at(tokens, cls, at)
            if match is None or match.last > cell.last:
                continue
            before = tokens.words[at - 1] if at > cell.first else ""
            last = all(word in "):" for word in tokens.words[match.last : cell.last])
            if header and before != "(" and not match.part("unit_lead") and not (before == "," and last):
                continue
            if before == "/" or before.isdecimal() or (ends and not last):
                continue
            factor, currency = unit_of(kind, match) if kind is not JOBS else (1.0, None)
            return Unit(kind, factor, currency, match.rule)
    return None
