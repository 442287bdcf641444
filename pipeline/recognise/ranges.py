"""Two points of the calendar and more as one period: "du 3 au 7 mai", "entre mars et juin 2024", "3, 4 et 5 mai"."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterable
from typing import Final

from pipeline.grammar import Match
from pipeline.recognise import calendar as cal
from pipeline.recognise.calendar import Interval
from pipeline.recognise.periods import Period, Resolver
from pipeline.recognise.points import around, has_year, in_years, number_of, unit_of, value_of

_ONE_DAY: Final = datetime.timedelta(days=1)


class Ranges:
    """Built for one text on what resolves its points."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def between(self, left: Match, right: Match) -> Period:
        """From the beginning of one point to the end of another; they lend each other the year or month they lack."""
        if left.cls == right.cls == "point_weekday" and not right.part("after"):
            start = self._resolver.must(left)
            end = self.weekday_after(right, start)
        elif left.cls != "left_day" and has_year(left) and not has_year(right) and right.cls != "left_day":
            start = self._resolver.must(left)
            end = self._after(right, start)
        else:
            end = self._resolver.must(right)
            start = self.before(left, end)
        if start.first > end.last:
            raise ValueError("a period that ends before it begins")
        return Period(start.first, end.last, end.unit, min(start.score, end.score))

    def before(self, left: Match, right: Period) -> Period:
        """A point in front of another that has already been resolved."""
        if left.cls == "left_day":
            number = number_of(left.part("day"))
            if number <= right.first.day:
                one = right.first.replace(day=number)
            else:
                one = (right.first.replace(day=1) - _ONE_DAY).replace(day=number)
            return Period(one, one, "day")
        if has_year(left):
            return self._resolver.must(left)
        return self._shifted(left, lambda c: cal.latest(c, right.first), right.first)

    def _after(self, right: Match, left: Period) -> Period:
        return self._shifted(right, lambda c: cal.earliest(c, left.first), left.first)

    def _shifted(
        self, point: Match, choose: Callable[[Iterable[Interval]], Interval | None], near: datetime.date
    ) -> Period:
        """The occurrence of a point that is chosen among those of the years around a day."""
        candidates = in_years(point, around(near.year))
        chosen = choose(candidates) if candidates else None
        return Period(*chosen, unit_of(point)) if chosen else self._resolver.must(point)

    def listed(self, points: list[Match]) -> Period | None:
        """ "3, 4 et 5 mai": from the first to the last; None when they don't rise."""
        last = self._resolver.must(points[-1])
        numbers = [number_of(p.part("day")) for p in points[:-1]] + [last.first.day]
        if any(a >= b for a, b in itertools.pairwise(numbers)) or not numbers[0] >= 1:
            return None
        return self.before(points[0], last)._replace(last=last.last)

    def pair(self, left: Match, right: Match) -> Period | None:
        """Two points as one when the second begins where the first ends: "mars et avril 2024"; otherwise None."""
        if left.cls != right.cls:
            return None
        if left.cls == "point_weekday" and not right.part("after"):
            start = self._resolver.must(left)
            end = self.weekday_after(right, start)
            return Period(start.first, end.last, "day", end.score) if end.first - start.first == _ONE_DAY else None
        whole = self.between(left, right)
        first, second = self.before(left, self._resolver.must(right)), self._resolver.must(right)
        return whole if first.last + _ONE_DAY == second.first else None

    def weekday_after(self, point: Match, earlier: Period) -> Period:
        """The first such weekday behind a day."""
        weekday = point.part("weekday")
        assert weekday is not None
        offset = (int(weekday.value) - earlier.last.weekday() - 1) % 7 + 1
        return Period(*cal.days_from(earlier.last, offset), "day", 0.95)

    def school_years(self, year: Match, short: Match) -> Period | None:
        """ "2023-24": from the first year to the end of the second."""
        first = value_of(year)
        second = first // 100 * 100 + value_of(short)
        return Period(cal.year(first).first, cal.year(second).last, "year") if 0 < second - first <= 15 else None
