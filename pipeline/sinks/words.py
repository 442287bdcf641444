"""Values as people read them: figures, days, places, how sure; and text with its invisible signs made visible."""

from __future__ import annotations

import calendar
import datetime
import re
from typing import TYPE_CHECKING, Final

from pipeline.records import Amount, Area, Energy, Jobs, Notice, Place, Power, Quantity

if TYPE_CHECKING:
    from rules.messages import Messages

SLOTS: Final = ("amount", "power", "energy", "jobs", "area", "revenue")
LISTS: Final = ("companies", "organisations", "amounts", "powers", "energies", "jobs", "areas", "places", "dates")
LEVELS: Final = (("high", 0.75), ("medium", 0.5), ("low", 0.25), ("very_low", 0.0))  # confidence from which it is so
_SIGNS: Final = {"EUR": "€", "USD": "$", "GBP": "£"}
_UNITS: Final[dict[type[Quantity], str]] = {Power: "power", Energy: "energy", Jobs: "jobs", Area: "area"}
# Signs that steer a terminal or turn the direction of the words behind them: shown by their number, never obeyed.
# Lone surrogates are among them, which no file can hold.
STEERING: Final = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def code_point(char: str) -> str:
    return f"U+{ord(char):04X}"


def plain(text: str) -> str:
    """One line for a terminal: blanks are one blank each, steering signs are told by their number."""
    return STEERING.sub(lambda m: f"[{code_point(m.group())}]", " ".join(text.split()))


def number_words(value: float, say: Messages) -> str:
    """Digits grouped and with the decimal sign of the language."""
    text = f"{value:,.10g}" if value != int(value) else f"{int(value):,}"
    return text.replace(",", "\0").replace(".", say("number.decimal")).replace("\0", say("number.group"))


def period_words(first: str, last: str, say: Messages) -> str:
    return first if first == last else say("unit.period", first=first, last=last)


def day_words(day: datetime.date, say: Messages) -> str:
    """ "10 février 2025"."""
    key = "day.first" if day.day == 1 else "day.day"
    return say(key, day=day.day, month=say(f"month.{day.month}"), year=day.year)


def days_words(first: datetime.date, last: datetime.date, say: Messages) -> str:
    """A whole year or month by its name, one day as a day, any other days from first to last."""
    if first == last:
        return day_words(first, say)
    if (first.year, first.day, last.day) == (last.year, 1, calendar.monthrange(last.year, last.month)[1]):
        if (first.month, last.month) == (1, 12):
            return str(first.year)
        if first.month == last.month:
            return say("day.month", month=say(f"month.{first.month}"), year=first.year)
    return say("day.period", first=day_words(first, say), last=day_words(last, say))


def figure_words(slot: str, figure: Quantity, say: Messages) -> str:
    """A figure with its bound and unit, rounded to what is read at a glance: "jusqu’à 4 Md€"."""

    def one(value: float) -> str:
        if isinstance(figure, Amount):
            scale, factor = ("", 1.0)
            for key, size in (("billion", 1e9), ("million", 1e6)):
                if value >= size:
                    scale, factor = say(f"number.{key}"), size
                    break
            return _money(number_words(round(value / factor, 6), say), scale, figure.currency, say)
        return _counted(value, figure, say)

    high = one(figure.max) if figure.max is not None else ""
    words = say(f"bound.{figure.bound}", x=one(figure.figure), max=high)
    return say("show.revenue", x=words) if slot == "revenue" else words


def value_words(figure: Quantity, say: Messages) -> str:
    """A figure in full, in its base unit, with the sign of its bound: "≤ 4 000 000 000 €"."""

    def one(value: float) -> str:
        number = number_words(value, say)
        return _money(number, "", figure.currency, say) if isinstance(figure, Amount) else _counted(value, figure, say)

    high = one(figure.max) if figure.max is not None else ""
    return say(f"bound_sign.{figure.bound}", x=one(figure.figure), max=high)


def _money(number: str, scale: str, currency: str, say: Messages) -> str:
    sign = _SIGNS.get(currency) or (f" {currency}" if scale else currency)
    return say("unit.money", x=number, scale=scale, currency=sign)


def _counted(value: float, figure: Quantity, say: Messages) -> str:
    number = number_words(value, say)
    return say(f"unit.{_UNITS[type(figure)]}", x=number, n=number)


def place_words(place: Place, say: Messages) -> str:
    """What a place is, with its code: "commune, INSEE 06085"."""
    if place.code and place.kind in ("commune", "department", "region"):
        return say("place_code.insee", kind=say(f"place.{place.kind}"), code=place.code)
    if place.country:
        return say("place_code.iso", kind=say(f"place.{place.kind}"), code=place.country)
    return say(f"place.{place.kind}")


def warning_words(notice: Notice, say: Messages) -> str:
    told = say.get(f"warning.{notice.code}")
    return say(f"warning.{notice.code}", n=notice.count) if told else notice.code


def level(confidence: float) -> str:
    """The name of a confidence, from LEVELS; it goes with the confidence as `percent` rounds it."""
    return next(name for name, least in LEVELS if round(confidence, 2) >= least)


def percent(share: float, say: Messages) -> str:
    return say("number.percent", x=round(100 * share))
