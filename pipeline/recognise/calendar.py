"""Arithmetic of closed intervals of days: what "fin octobre" or "T3 2023" covers, by the conventions of the contract."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterable
from typing import NamedTuple

Day = datetime.date
_ONE_DAY = datetime.timedelta(days=1)
_SEASONS = {"spring": (3, 6), "summer": (6, 9), "autumn": (9, 12), "winter": (12, 3)}  # from the 21st to the 20th


class Interval(NamedTuple):
    """From `first` to `last`, both included."""

    first: Day
    last: Day


def day(year: int, month: int, number: int) -> Interval:
    """One day; ValueError when the calendar has none such."""
    one = Day(year, month, number)
    return Interval(one, one)


def days_from(one: Day, count: int) -> Interval:
    """The single day that lies `count` days after another (before it, when negative)."""
    there = one + datetime.timedelta(days=count)
    return Interval(there, there)


def month(year: int, number: int, count: int = 1) -> Interval:
    """`count` months from the first of one; months beyond 12 run into the next years, those below 1 into the last."""
    first, end = year * 12 + number - 1, year * 12 + number - 1 + count
    return Interval(Day(first // 12, first % 12 + 1, 1), Day(end // 12, end % 12 + 1, 1) - _ONE_DAY)


def year(number: int, count: int = 1) -> Interval:
    return month(number, 1, 12 * count)


def part(year_number: int, months: int, number: int) -> Interval:
    """The n-th stretch of `months` months of a year; -1 is the last. ValueError when the year has fewer."""
    number = 12 // months if number == -1 else number
    if not 1 <= number <= 12 // months:
        raise ValueError(f"no part {number} of {months} months")
    return month(year_number, (number - 1) * months + 1, months)


def season(year_number: int, name: str) -> Interval:
    """A season by the year in which it begins."""
    begins, ends = _SEASONS[name]
    return Interval(Day(year_number, begins, 21), Day(year_number + (ends < begins), ends, 20))


def week(one: Day) -> Interval:
    """Monday to Sunday."""
    monday = one - datetime.timedelta(days=one.weekday())
    return Interval(monday, monday + datetime.timedelta(days=6))


def century(number: int) -> Interval:
    return Interval(Day(100 * number - 99, 1, 1), Day(100 * number, 12, 31))


def easter(year_number: int) -> Day:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher)."""
    a, (b, c) = year_number % 19, divmod(year_number, 100)
    (d, e), g = divmod(b, 4), (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    (i, k), m = divmod(c, 4), (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    number = (h - m + r + 90) // 25
    return Day(year_number, number, (h - m + r + number + 19) % 32)


def edge(whole: Interval, side: str) -> Interval:
    """The "start", "middle" or "end" of a period.

    Of a month, days 1-10, 11-20 and 21 to its end; of a year, January-March, May-August and October-December; of any
    other period, its first, second and last third.
    """
    first, last = whole
    size = (last - first).days + 1
    if 28 <= size <= 31 and first.day == 1:
        low, high = {"start": (1, 10), "middle": (11, 20), "end": (21, last.day)}[side]
        return Interval(first.replace(day=low), first.replace(day=high))
    if size in (365, 366) and (first.day, first.month) == (1, 1):
        begins, count = {"start": (1, 3), "middle": (5, 4), "end": (10, 3)}[side]
        return month(first.year, begins, count)
    months = (last.year - first.year) * 12 + last.month - first.month + (last.day > first.day)
    if size > 31 and months % 3 == 0:
        share = months // 3
        skipped = {"start": 0, "middle": share, "end": 2 * share}[side]
        begins_on = _months_later(first, skipped)
        return Interval(begins_on, _months_later(begins_on, share) - _ONE_DAY)
    share = size // 3
    skipped = {"start": 0, "middle": share, "end": size - share}[side]
    begins_on = first + datetime.timedelta(days=skipped)
    return Interval(begins_on, begins_on + datetime.timedelta(days=max(share, 1) - 1))


def _months_later(one: Day, count: int) -> Day:
    months = one.year * 12 + one.month - 1 + count
    last = calendar.monthrange(months // 12, months % 12 + 1)[1]
    return Day(months // 12, months % 12 + 1, min(one.day, last))


def latest(candidates: Iterable[Interval], until: Day) -> Interval | None:
    """The last of the intervals that has begun by a day."""
    return max((c for c in candidates if c.first <= until), default=None)


def earliest(candidates: Iterable[Interval], since: Day) -> Interval | None:
    """The first of the intervals that is not over before a day."""
    return min((c for c in candidates if c.last >= since), default=None)
