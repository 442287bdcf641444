"""A figure as it is read: its kind, its value in base units, its bound, and the mention it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.document import Gap
from pipeline.grammar import Match
from pipeline.recognise import Context, Found

ROUGH = ("rough", "several")  # rules whose numbers are round by themselves


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of figure: its list in the record, the field of its value, its class in the rules and that of its unit."""

    name: str
    field: str
    cls: str
    unit: str


MONEY = Kind("amounts", "value", "money", "")
JOBS = Kind("jobs", "value", "jobs", "")
KINDS = (
    MONEY,
    Kind("powers", "megawatts", "power", "power_unit"),
    Kind("energies", "megawatt_hours", "energy", "energy_unit"),
    Kind("areas", "square_metres", "area", "area_unit"),
    JOBS,
)


@dataclass(slots=True)
class Figure:
    """A figure being read: tokens[first:last], its value in base units, its bound."""

    kind: Kind
    first: int
    last: int
    low: float
    high: float | None
    bound: str
    currency: str | None
    rule: str
    factor: float  # of its unit and magnitude, for figures that borrow them


def worth(count: Match) -> float:
    """The number of a count."""
    number = count.part("number")
    return float(number.value if number is not None else count.value)


def in_name(context: Context, match: Match) -> bool:
    """Whether a match goes on with the word before it, as in "CO2"."""
    tokens, first = context.tokens, match.first
    return first > 0 and tokens.gaps[first] == Gap.NONE and tokens.words[first - 1].isalnum()


def is_rough(count: Match) -> bool:
    return count.rule.endswith(ROUGH) and worth(count) >= 1


def is_year(context: Context, count: Match) -> bool:
    return count.last == count.first + 1 and is_year_word(context.tokens.words[count.first])


def is_year_word(word: str) -> bool:
    return len(word) == 4 and word.isdecimal() and 1900 <= int(word) <= 2100


def unit_of(kind: Kind, match: Match, currency: str | None = None) -> tuple[float, str | None]:
    """The factor of a figure's magnitude and unit, and its currency."""
    factor = 1.0
    for cls in ("magnitude", "lone_abbreviation", "single_magnitude", "abbreviation"):
        part = match.part(cls)
        if part is not None:
            factor *= float(part.value)
    if kind.name == "amounts":
        if scaled := match.part("scaled"):
            size, named = str(scaled.value).split()
            return float(size), named
        if match.rule.endswith("thousand"):
            factor *= float(match.value)
        said = match.part("currency") or match.part("currency_sign")
        return factor, str(said.value) if said else currency or "EUR"
    if kind.unit and (part := match.part(kind.unit)):
        factor *= float(part.value)
    return factor, None


def found_of(context: Context, figure: Figure, role: str | None) -> Found:
    """A figure as a mention."""
    tokens = context.tokens

    def number(value: float | None) -> int | float | None:
        if value is None:
            return None
        value = float(f"{value:.12g}")  # 32.2 * 1e9 is 32200000000.000004
        return int(value) if value == int(value) else value

    values: dict[str, Any] = {
        figure.kind.field: number(figure.low),
        "max": number(figure.high),
        "bound": figure.bound,
    }
    if figure.currency is not None:
        values["currency"] = figure.currency
    if role is not None:
        values["role"] = role
    return Found(figure.kind.name, tokens.starts[figure.first], tokens.ends[figure.last - 1], values, figure.rule, 1.0)
