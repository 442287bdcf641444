"""What the words of a point of the calendar say by themselves: its day, month, year, and when it falls in a given year."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from pipeline.document import Gap, Tokens
from pipeline.grammar import Match
from pipeline.recognise import calendar as cal
from pipeline.recognise.calendar import Interval

SEPTEMBER: Final = 9
BULLETS: Final = frozenset("-–—•*>|")
REACH: Final = 3  # years before and after one in which a point that comes back is looked for


def heads_line(tokens: Tokens, at: int) -> bool:
    """Whether a line, an item or a row of a table begins with a token."""
    if tokens.gaps[at] >= Gap.LINE:
        return True
    return at > 0 and tokens.gaps[at - 1] >= Gap.LINE and tokens.words[at - 1] in BULLETS


def around(year: int) -> range:
    """The years in which a point that comes back may be meant."""
    return range(year - REACH, year + REACH + 1)


def part_in(point: Match, year: int) -> Interval:
    """A quarter, a half: "deuxième trimestre", "S1"."""
    sized, ordinal = point.part("year_part") or point.part("year_part_sign"), point.part("ordinal")
    assert sized is not None
    number = int(ordinal.value) if ordinal else int(point.part("digits").value)  # type: ignore[union-attr]
    return cal.part(year, int(sized.value), number)


def feast_in(point: Match, year: int) -> Interval:
    """The day of a feast; those that move are told by their distance from Easter."""
    named = str(point.part("feast").value)  # type: ignore[union-attr]
    if named.startswith("easter:"):
        return cal.days_from(cal.easter(year), int(named.removeprefix("easter:")))
    month, _, number = named.partition("-")
    return cal.day(year, int(month), int(number))


def in_years(point: Match, years: Iterable[int]) -> list[Interval]:
    """The same point in each of some years; empty for points that don't come back every year."""
    match point.value:
        case "day":
            return in_each(cal.day, years, month_of(point), number_of(point.part("day")))
        case "month" | "this_month":
            return in_each(cal.month, years, month_of(point))
        case "season":
            return in_each(cal.season, years, str(point.part("season").value))  # type: ignore[union-attr]
        case "part":
            return [part_in(point, year) for year in years]
        case "feast":
            return [feast_in(point, year) for year in years]
        case "return":
            return in_each(cal.month, years, SEPTEMBER)
        case "edge":
            edged, side = point.part("edged"), point.part("edge")
            if edged and side and edged.value == "of":
                return [cal.edge(c, str(side.value)) for c in in_years(edged.parts[0], years)]
    return []


def in_each(make: Callable[..., Interval], years: Iterable[int], *rest: object) -> list[Interval]:
    """What `make` gives for each year in which there is such a day."""
    out = []
    for year in years:
        try:
            out.append(make(year, *rest))
        except ValueError:
            continue
    return out


def value_of(part: Match) -> int:
    """The number of a class that wraps digits."""
    return int(part.parts[-1].value)


def number_of(part: Match | None) -> int:
    """The day of the month, in digits or as "premier"."""
    assert part is not None
    return int(part.parts[0].value if part.parts else part.value)


def month_of(point: Match) -> int:
    """The month of a point, 1 to 12; ValueError for another number."""
    classes = ("month", "month_any", "month_short", "month_number", "month_english")
    part = next(p for c in classes if (p := point.part(c)))
    if part.cls == "month_number":
        number = value_of(part)
        if not 1 <= number <= 12:
            raise ValueError(f"no month {number}")
        return number
    return int(part.parts[0].value if part.cls == "month_any" else part.value)


def has_year(point: Match) -> bool:
    """Whether a point says its year, in figures or by its distance from the publication."""
    if point.cls == "point_edge":
        edged = point.part("edged")
        return edged is None or bool(edged.part("year")) or (edged.value == "of" and has_year(edged.parts[0]))
    if point.cls in ("point_day", "point_month", "point_season", "point_part", "point_feast", "point_return"):
        return any(point.part(c) for c in ("year", "year_short", "after", "relative"))
    return True


def unit_of(point: Match) -> str:
    """What a point is named in."""
    return {"point_day": "day", "point_month": "month", "point_season": "season"}.get(point.cls, "part")
