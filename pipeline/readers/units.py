"""Lines → units: joined where one goes on in the next, and the rows of tables told apart."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.document import BlockKind
from pipeline.readers.lines import Line

SHORT: Final = 120  # characters: no heading is longer
BODY: Final = 150  # from here on a line is prose even where it has no full stop
_LONG = 130  # no hard-wrapped text has longer lines
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(slots=True)
class Unit:
    """Lines that are one statement, or one paragraph."""

    lines: list[Line]
    row: bool = False
    kind: BlockKind | None = None

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def size(self) -> int:
        return self.last.end - self.first.start

    @property
    def plain(self) -> bool:
        """Nothing but its words tells what it is."""
        return not (self.row or self.first.mark or self.first.opening or self.first.bare)

    @property
    def prose(self) -> bool:
        """So long, or ended like a sentence, that it must belong to the body."""
        return not (self.row or self.first.opening) and (self.size >= BODY or (self.size >= 60 and self.stops))

    @property
    def stops(self) -> bool:
        """It ends with a full stop, which titles and headings don't."""
        return self.last.tail == "."

    @property
    def words(self) -> list[str]:
        return _WORD.findall(self.first.head)


def units_of(lines: Sequence[Line]) -> list[Unit]:
    """Lines joined where one goes on in the next."""
    wrap = _wrap_width(lines)
    rows = _rows(lines, wrap)
    units: list[Unit] = []
    for n, line in enumerate(lines):
        if n and not (rows[n] or rows[n - 1]) and _goes_on(units[-1], line, wrap):
            units[-1].lines.append(line)
        else:
            units.append(Unit([line], row=rows[n]))
    return units


def _wrap_width(lines: Sequence[Line]) -> int | None:
    """Where the lines of a hard-wrapped text were broken; None for a text that has one line to a paragraph."""
    total = sum(line.size for line in lines)
    if len(lines) < 5 or sum(line.size for line in lines if line.size > _LONG) > total // 5:
        return None
    broken = sum(1 for a, b in itertools.pairwise(lines) if _mid_sentence(a, b))
    if broken < max(2, len(lines) // 8):
        return None
    widths = sorted(line.indent + line.size for line in lines)
    return widths[len(widths) * 95 // 100]


def _mid_sentence(a: Line, b: Line) -> bool:
    return not (b.after_blank or b.mark or a.ends) and b.head[0].islower() and a.size >= 30 and a.head[-1:] not in ":;"


def _goes_on(unit: Unit, line: Line, wrap: int | None) -> bool:
    """Whether a line continues the unit before it."""
    last = unit.last
    if line.after_blank or line.mark or line.bare or last.bare:
        return False
    if line.opening and not line.head[0].islower():
        return False
    if last.head[-1:] == "-" and last.head[-2:-1].isalpha() and line.head[0].isalpha() and last.size >= 20:
        return True  # a word cut in two
    if unit.first.mark and not unit.first.opening:
        if line.indent > unit.first.indent:
            return True
        if len(unit.lines) == 1 and not last.ends and last.size <= SHORT and line.size > last.size:
            return True  # the item's heading, and what it says
    if wrap is None:
        return _mid_sentence(last, line)
    room = wrap - (last.indent + last.size) - 1
    slack = wrap // 4 if _mid_sentence(last, line) else 3
    return len(line.head.split(None, 1)[0]) > room - slack


def _rows(lines: Sequence[Line], wrap: int | None) -> list[bool]:
    """Which lines are rows of a table, or of a list of key figures."""
    rows = [line.led for line in lines]
    figures = False  # under a heading that announces figures
    for n, line in enumerate(lines):
        figures = not line.after_blank and figures and line.size <= 2 * SHORT
        if figures and not line.mark and not line.opening:
            rows[n] = True
        figures = figures or line.opening == "figures"
        value = line.labelled
        if value and n and _lone_figure(line, value) and not _full(line, wrap):
            below = lines[n + 1] if n + 1 < len(lines) and not lines[n + 1].after_blank else None
            rows[n] = below is None or below.size <= SHORT
        if not n or line.after_blank or line.opening or lines[n - 1].opening:
            continue
        above = lines[n - 1]
        said = above.labelled
        if (
            (line.celled and above.celled)
            or (line.piped and above.piped)
            or (value and said and not (line.mark or above.mark or _full(line, wrap)) and has_digit(value + said))
        ):
            rows[n - 1] = rows[n] = True
    return rows


def _lone_figure(line: Line, value: str) -> bool:
    """ "Effectif : 300", with no other figure around."""
    short = line.size <= 60 and len(value.split()) <= 4 and not line.ends
    return short and value[0].isdecimal() and not (line.opening or line.mark)


def _full(line: Line, wrap: int | None) -> bool:
    """It reaches the margin of a hard-wrapped text."""
    return wrap is not None and line.indent + line.size > wrap * 4 // 5 and not line.ends


def has_digit(text: str) -> bool:
    return any(c.isdecimal() for c in text)
