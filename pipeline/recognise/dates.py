"""Dates: matches of the calendar's grammar resolved to intervals of days on the publication date.

What a form of `rules/calendar.toml` means is worked out in `pipeline.recognise.periods`, which of the matches are dates
at all ("2000 emplois" and "chaque lundi" are not) in `pipeline.recognise.standing`; here is decided what is said twice or
shared.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.choose import Scorer
from pipeline.document import Gap, Tokens
from pipeline.grammar import Match
from pipeline.recognise import Context, Found
from pipeline.recognise.occurrence import Occurrences, Pick, picked_by
from pipeline.recognise.periods import Period, Resolver, Undated
from pipeline.recognise.points import number_of
from pipeline.recognise.ranges import Ranges
from pipeline.recognise.spelled import Spelled
from pipeline.recognise.standing import CHECKED, Standing, year_of
from pipeline.recognise.tense import Tenses
from rules import Rules

DAY_NEAR: Final = 60  # tokens back at which a day lends its month
CLOSING: Final = frozenset(".,;:)!?»")


@dataclass(frozen=True)
class DateReading:
    """The dates of a text, and how many were left out because they hang on a publication date that is not known."""

    found: list[Found]
    unresolved: int


class DateRecogniser:
    """Finds dates. Holds no state of any text but a cache of odd spellings already read."""

    def __init__(self, rules: Rules, scorer: Scorer | None = None) -> None:
        """Without a scorer of `occurrence` the rules alone tell which time a date without its year means."""
        if "calendar" not in rules.files:
            raise ValueError("rules/calendar.toml is missing")
        self._spelled = Spelled()
        self._pick = picked_by(scorer)

    def find(self, context: Context) -> list[Found]:
        """The dates of a text, in order."""
        return self.read(context).found

    def read(self, context: Context, pick: Pick | None = None) -> DateReading:
        """The dates of a text, in order, with the count of those that only a publication date could resolve; `pick`
        chooses instead of the scorer."""
        return _Reader(context, self._spelled, pick or self._pick).read()


class _Reader:
    """One text: its neighbours by token, and the resolver that remembers the dates already named."""

    def __init__(self, context: Context, spelled: Spelled, pick: Pick | None) -> None:
        self._context = context
        self._tokens: Tokens = context.tokens
        self._standing = Standing(context.tokens, context.matches, context.published)
        tenses = Tenses(self._tokens, context.matches)
        occurrences = Occurrences(context.document, tenses, context.matches, pick)
        self._resolver = Resolver(context.document, context.published, tenses, spelled, occurrences)
        self._ranges = Ranges(self._resolver)

    def read(self) -> DateReading:
        found: list[Found] = []
        unresolved = 0
        for match in self._context.matches.get("date", ()):
            for first, last, period, rule in self._periods(match):
                if period is None:
                    unresolved += 1
                    continue
                self._resolver.remember(period, last)
                start, end = self._tokens.starts[first], self._tokens.ends[last - 1]
                values = {"first": period.first, "last": period.last}
                found.append(Found("dates", start, end, values, rule, period.score))
        found += self._alone(found)
        return DateReading(sorted(found, key=lambda f: f.start), unresolved)

    def _alone(self, found: Sequence[Found]) -> list[Found]:
        """ "jusqu'au 16": days without their month, which is that of the day named before, or of the publication."""
        matches = self._context.matches.get("day_alone", ())
        if not matches:
            return []
        tokens, out = self._tokens, []
        starts = [f.start for f in found]
        for match in matches:
            days = match.all("day")
            first, last = days[0].first, days[-1].last
            at = bisect.bisect_left(starts, tokens.starts[match.first])
            taken = at < len(found) and found[at].start < tokens.ends[last - 1]
            if (
                taken
                or not tokens.words[first].isdecimal()
                or not self._closes(last)
                or self._standing.glued(first, last)
            ):
                continue
            named = found[at - 1] if at else None
            before = (
                tokens.at_start.get(named.start) if named and named.values["first"] == named.values["last"] else None
            )
            near = before is not None and first - before <= DAY_NEAR
            ahead = self._standing.is_ahead(first)
            if near or ahead or match.value == "span":
                day = named.values["last"] if near and named else None
                period = self._resolver.alone([number_of(d) for d in days], day, ahead)
                if period is not None:
                    values = {"first": period.first, "last": period.last}
                    out.append(Found("dates", tokens.starts[first], tokens.ends[last - 1], values, match.rule, 0.7))
        return out

    def _closes(self, last: int) -> bool:
        """Whether a clause ends at a token."""
        tokens = self._tokens
        return last >= len(tokens) or tokens.gaps[last] >= Gap.LINE or tokens.words[last] in CLOSING

    def _periods(self, match: Match) -> list[tuple[int, int, Period | None, str]]:
        """(first token, last token, period, rule) for each date in a match; a period of None is one left out."""
        if match.value == "none":
            return []
        try:
            spans = self._spans(match)
        except Undated:
            return [(match.first, match.last, None, match.rule)]
        except (ValueError, OverflowError):  # no such day: "31 février", "45 mars"
            return self._apart(_points(match)) if match.value != "single" else []
        return [(first, last, period, match.rule) for first, last, period in spans]

    def _spans(self, match: Match) -> list[tuple[int, int, Period]]:
        resolver, ranges = self._resolver, self._ranges
        points = _points(match)
        first, last = match.first, match.last
        match match.value:
            case "single":
                return self._single(points[0])
            case "span" | "pair":
                return self._span(match, points)
            case "days":
                if self._standing.glued_left(first) or self._standing.bad_lead(points[0]):
                    return self._single(points[-1])
                period = ranges.listed(points)
                return [(first, last, period)] if period else self._single(points[-1])
            case "years":
                years = match.all("year"), match.all("year_short")
                period = ranges.school_years(years[0][0], years[1][0])
                if period is None:  # "2020 - 44 M€"
                    year = years[0][0]
                    return self._single(Match("point_year", match.rule, year.first, year.last, "year", (year,)))
                return [(first, last, period)] if self._standing.is_year(years[0][0], first, last) else []
            case "week_of":
                return [(first, last, resolver.week_of(points[0]))]
            case "week_from_to":
                return [(first, last, ranges.between(points[0], points[1]))]
            case "named_twice":
                period = resolver.resolve(points[-1])
                return [(first, last, period)] if period else []
        raise ValueError(f"{match.rule}: {match.value!r} is no way to read a date")

    def _single(self, point: Match) -> list[tuple[int, int, Period]]:
        point, first, last = self._standing.trimmed(point)
        if point.cls == "left_day" or not self._standing.stands(point, first, last):
            return []
        period = self._resolver.resolve(point)
        return [(first, last, period)] if period else []

    def _span(self, match: Match, points: list[Match]) -> list[tuple[int, int, Period]]:
        left, right = points
        if left.cls == "left_day" and right.cls != "point_day":
            return self._single(right)
        if right.cls == "point_year" and left.cls == "point_year":
            led = match.value == "span" and match.first < left.first and year_of(left) < year_of(right)
            if not led and not self._standing.is_year(left, left.first, right.last):
                return []
        elif left.cls == right.cls == "point_relative" and match.value == "pair":
            shared = self._ranges.pair(left, right)  # "aujourd'hui et demain"
            if shared is None:
                return self._both(left, right)
        elif left.cls == "point_weekday_number" and right.cls == "point_day" and match.value == "pair":
            days = [Match("left_day", left.rule, left.first, left.last, None, left.parts), right]
            return (
                [(left.first, right.last, listed)] if (listed := self._ranges.listed(days)) else self._both(left, right)
            )
        elif left.cls == right.cls == "point_month" and self._dashed(left, right):
            if self._standing.glued(left.first, right.last):
                return []  # else "Juillet-Août" stands as a whole, whatever its capitals
        elif right.cls in CHECKED and not self._standing.stands(right, right.first, right.last):
            return self._single(left)
        elif left.cls in CHECKED and not self._standing.stands(left, left.first, left.last):
            return self._single(right)
        if self._dashed(left, right) and left.cls == "point_day" and left.part("year"):
            return self._both(left, right)
        if match.value == "pair":
            shared = self._ranges.pair(left, right)
            return [(left.first, right.last, shared)] if shared else self._both(left, right)
        return [(left.first, right.last, self._ranges.between(left, right))]

    def _both(self, left: Match, right: Match) -> list[tuple[int, int, Period]]:
        """Two dates side by side; a month alone takes the year of the one that follows."""
        period = self._resolver.resolve(right)
        out = []
        if left.cls == right.cls == "point_month" and right.part("year") and not left.part("year") and period:
            out.append((left.first, left.last, self._ranges.before(left, period)))
        elif left.cls == right.cls == "point_weekday" and period and (first := self._single(left)):
            later = self._ranges.weekday_after(right, first[0][2])
            return [*first, (right.first, right.last, later)]
        else:
            out += self._single(left)
        return out + self._single(right)

    def _apart(self, points: Sequence[Match]) -> list[tuple[int, int, Period | None, str]]:
        """What is left of an expression that makes no sense as a whole."""
        out: list[tuple[int, int, Period | None, str]] = []
        for point in points:
            try:
                out += [(first, last, period, point.rule) for first, last, period in self._single(point)]
            except Undated:
                out.append((point.first, point.last, None, point.rule))
            except (ValueError, OverflowError):
                continue
        return out

    def _dashed(self, left: Match, right: Match) -> bool:
        return right.first == left.last + 1 and not self._tokens.keys[left.last].isalpha()


def _points(match: Match) -> list[Match]:
    """The points of the calendar that a match is made of, in order, freed of the classes that only group them."""
    out = []
    for part in match.parts:
        while part.cls in ("point", "left"):
            part = part.parts[0]
        if part.cls.startswith("point_") or part.cls == "left_day":
            out.append(part)
    return out
