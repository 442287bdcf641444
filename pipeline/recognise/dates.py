"""Dates: matches of the calendar's grammar resolved to intervals of days on the publication date.

What a form of `rules/calendar.toml` means is worked out in `pipeline.recognise.periods`; here is decided which of the
matches are dates at all ("2000 emplois" and "chaque lundi" are not), and what is said twice or shared.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.document import Gap, Tokens
from pipeline.grammar import Match
from pipeline.recognise import Context, Found
from pipeline.recognise.periods import Period, Resolver, Spelled, Undated, number_of
from pipeline.recognise.tense import Tenses
from rules import Rules

_NEIGHBOURS: Final = (
    "lead_year",
    "lead_not_year",
    "lead_habit",
    "lead_season",
    "lead_return",
    "lead_of",
    "event_verb",
    "lead_article_season",
    "lead_feast",
    "day_alone_ahead",
)
_FOLLOWERS: Final = ("follow_counted", "follow_hour", "follow_of")
DAY_NEAR: Final = 60  # tokens back at which a day lends its month
SOON, LIFETIME = 6, 30  # years ahead and back that two digits may stand for
CLOSING: Final = frozenset(".,;:)!?»")
_YEARS: Final = range(1000, 2100)
_RECENT: Final = range(1900, 2100)  # years that need no preposition


@dataclass(frozen=True)
class DateReading:
    """The dates of a text, and how many were left out because they hang on a publication date that is not known."""

    found: list[Found]
    unresolved: int


class DateRecogniser:
    """Finds dates. Holds no state of any text but a cache of odd spellings already read."""

    def __init__(self, rules: Rules) -> None:
        if "calendar" not in rules.files:
            raise ValueError("rules/calendar.toml is missing")
        self._spelled = Spelled()

    def find(self, context: Context) -> list[Found]:
        """The dates of a text, in order."""
        return self.read(context).found

    def read(self, context: Context) -> DateReading:
        """The dates of a text, in order, with the count of those that only a publication date could resolve."""
        return _Reader(context, self._spelled).read()


class _Reader:
    """One text: its neighbours by token, and the resolver that remembers the dates already named."""

    def __init__(self, context: Context, spelled: Spelled) -> None:
        self._context = context
        self._tokens: Tokens = context.tokens
        self._before = {cls: _by(context.matches, cls, last=True) for cls in _NEIGHBOURS}
        self._after = {cls: _by(context.matches, cls, last=False) for cls in _FOLLOWERS}
        tenses = Tenses(self._tokens, context.matches)
        self._resolver = Resolver(context.document, context.published, tenses, spelled)

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
            if taken or not tokens.words[first].isdecimal() or not self._closes(last) or self._glued(first, last):
                continue
            named = found[at - 1] if at else None
            before = (
                tokens.at_start.get(named.start) if named and named.values["first"] == named.values["last"] else None
            )
            near = before is not None and first - before <= DAY_NEAR
            ahead = first in self._before["day_alone_ahead"]
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
        resolver = self._resolver
        points = _points(match)
        first, last = match.first, match.last
        match match.value:
            case "single":
                return self._single(points[0])
            case "span" | "pair":
                return self._span(match, points)
            case "days":
                if self._glued_left(first) or self._bad_lead(points[0]):
                    return self._single(points[-1])
                period = resolver.listed(points)
                return [(first, last, period)] if period else self._single(points[-1])
            case "years":
                years = match.all("year"), match.all("year_short")
                period = resolver.school_years(years[0][0], years[1][0])
                if period is None:  # "2020 - 44 M€"
                    year = years[0][0]
                    return self._single(Match("point_year", match.rule, year.first, year.last, "year", (year,)))
                return [(first, last, period)] if self._is_year(years[0][0], first, last) else []
            case "week_of":
                return [(first, last, resolver.week_of(points[0]))]
            case "week_from_to":
                return [(first, last, resolver.between(points[0], points[1]))]
            case "named_twice":
                period = resolver.resolve(points[-1])
                return [(first, last, period)] if period else []
        raise ValueError(f"{match.rule}: {match.value!r} is no way to read a date")

    def _single(self, point: Match) -> list[tuple[int, int, Period]]:
        point, first, last = self._trimmed(point)
        if point.cls == "left_day" or not self._stands(point, first, last):
            return []
        period = self._resolver.resolve(point)
        return [(first, last, period)] if period else []

    def _span(self, match: Match, points: list[Match]) -> list[tuple[int, int, Period]]:
        left, right = points
        if left.cls == "left_day" and right.cls != "point_day":
            return self._single(right)
        if right.cls == "point_year" and left.cls == "point_year":
            led = match.value == "span" and match.first < left.first and _year_of(left) < _year_of(right)
            if not led and not self._is_year(left, left.first, right.last):
                return []
        elif left.cls == right.cls == "point_relative" and match.value == "pair":
            shared = self._resolver.pair(left, right)  # "aujourd'hui et demain"
            if shared is None:
                return self._both(left, right)
        elif left.cls == "point_weekday_number" and right.cls == "point_day" and match.value == "pair":
            days = [Match("left_day", left.rule, left.first, left.last, None, left.parts), right]
            return (
                [(left.first, right.last, listed)]
                if (listed := self._resolver.listed(days))
                else self._both(left, right)
            )
        elif right.cls in _CHECKED and not self._stands(right, right.first, right.last):
            return self._single(left)
        elif left.cls in _CHECKED and not self._stands(left, left.first, left.last):
            return self._single(right)
        if self._dashed(left, right) and left.cls == "point_day" and left.part("year"):
            return self._both(left, right)
        if match.value == "pair":
            shared = self._resolver.pair(left, right)
            return [(left.first, right.last, shared)] if shared else self._both(left, right)
        return [(left.first, right.last, self._resolver.between(left, right))]

    def _both(self, left: Match, right: Match) -> list[tuple[int, int, Period]]:
        """Two dates side by side; a month alone takes the year of the one that follows."""
        period = self._resolver.resolve(right)
        out = []
        if left.cls == right.cls == "point_month" and right.part("year") and not left.part("year") and period:
            out.append((left.first, left.last, self._resolver.before(left, period)))
        elif left.cls == right.cls == "point_weekday" and period and (first := self._single(left)):
            later = self._resolver.weekday_after(right, first[0][2])
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

    # --- is it a date? ---

    def _trimmed(self, point: Match) -> tuple[Match, int, int]:
        """A point without the "year" behind it that counts something: "dès janvier 1500 emplois"."""
        year, short = point.part("year"), point.part("year_short")
        if point.value == "spelled" and short and short.last == point.last and self._no_year(point, short):
            kept = tuple(p for p in point.parts if p is not short)
            last = max(p.last for p in kept)
            return Match(point.cls, point.rule, point.first, last, "day", kept), point.first, last
        if point.cls in ("point_month", "point_day") and year and year.last == point.last and len(point.parts) > 1:
            counts = point.last in self._after["follow_counted"] and self._near(point.last)
            if counts or not _plausible(self._tokens, year):
                kept = tuple(p for p in point.parts if p is not year)
                last = max(p.last for p in kept)
                return Match(point.cls, point.rule, point.first, last, point.value, kept), point.first, last
        return point, point.first, point.last

    def _no_year(self, point: Match, short: Match) -> bool:
        """Whether two digits behind a day count something: "17 octobre 62 lots", or the hour of the next line."""
        published = self._context.published
        if not (point.part("month_any") and point.part("day")) or self._tokens.words[short.first] == "'":
            return False
        far = (
            published is not None
            and not -LIFETIME <= 2000 + int(self._tokens.words[short.first]) - published.year <= SOON
        )
        return far or self._tokens.gaps[short.first] >= Gap.LINE or short.last in self._after["follow_counted"]

    def _stands(self, point: Match, first: int, last: int) -> bool:
        """Whether a point is a date in its place, beyond having the form of one."""
        check = _CHECKED.get(point.cls)
        return check(self, point, first, last) if check else not self._glued(first, last)

    def _year_stands(self, point: Match, first: int, last: int) -> bool:
        return self._is_year(point, first, last)

    def _is_year(self, point: Match, first: int, last: int) -> bool:
        tokens = self._tokens
        year = _year_of(point)
        if year not in _YEARS or self._glued(first, last):
            return False
        if first in self._before["lead_not_year"] and self._near(first):
            return False
        if first and tokens.words[first - 1].isdecimal() and self._one_blank(first):
            return False
        if self._after["follow_counted"].get(last) and self._near(last) and tokens.gaps[last] < Gap.LINE:
            return first in self._before["lead_year"] and tokens.gaps[last] != Gap.NONE and tokens.words[last].isalpha()
        if first in self._before["lead_year"]:
            return True
        if year not in _RECENT:
            return self._bracketed(first, last) or tokens.gaps[first] >= Gap.LINE
        if year % 100 == 0 and not self._bracketed(first, last):
            return False
        return not self._named(first, year)

    def _named(self, first: int, year: int) -> bool:
        """A plan or a product called after a year to come: a name, then the year."""
        tokens, published = self._tokens, self._context.published
        if not first or published is None or year < published.year + 2 or tokens.gaps[first] != Gap.BLANK:
            return False
        word = tokens.words[first - 1]
        line_start = tokens.gaps[first - 1] >= Gap.LINE
        return word[0].isupper() and len(word) > 1 and not line_start

    def _weekday_stands(self, point: Match, first: int, last: int) -> bool:
        word = self._tokens.words[point.part("weekday").first]  # type: ignore[union-attr]
        if self._glued(first, last):
            return False
        if point.last - point.first > 1:
            return True
        return not (first in self._before["lead_habit"] and self._near(first)) and word[-1] != "S"

    def _weekday_number_stands(self, point: Match, first: int, last: int) -> bool:
        if self._glued(first, last) or self._tokens.gaps[last - 1] >= Gap.LINE:
            return False
        return not (last in self._after["follow_hour"] and self._near(last))

    def _month_stands(self, point: Match, first: int, last: int) -> bool:
        """A month alone is written small, or in a line of capitals; "Mars" and "Avril" are firms, too."""
        if self._glued(first, last):
            return False
        month = point.part("month")
        if month is None or len(point.parts) > 1 or point.last - point.first > 1:
            return True
        word = self._tokens.words[month.first]
        if word.islower():
            return True
        if word.isupper():
            return first in self._before["lead_year"] or first in self._before["lead_of"]
        opens = self._tokens.gaps[first] >= Gap.LINE or (
            first > 0 and self._tokens.gaps[first - 1] >= Gap.LINE and self._tokens.words[first - 1] in "-•*>"
        )
        ends = last >= len(self._tokens) or not self._tokens.words[last][0].isalpha()
        return opens and ends

    def _season_stands(self, point: Match, first: int, last: int) -> bool:
        season = point.part("season")
        if season is None or self._glued(first, last):
            return False
        if point.rule.endswith("this_season"):
            return True
        if season.first > point.first:  # with its article
            return len(point.parts) > 1 or (self._near(first) and first in self._before["lead_article_season"])
        if len(point.parts) > 1:
            return not (season.value == "summer" and point.part("after"))  # "a été passé"
        return self._near(first) and first in self._before["lead_season"] and season.value != "summer"

    def _relative_stands(self, point: Match, first: int, last: int) -> bool:
        if self._glued(first, last):
            return False
        unit, _, count = str(point.parts[0].value).partition(":")
        if unit == "today":
            return any(at in self._before["event_verb"] for at in (first, first - 1))
        if unit == "day" and count != "0":
            return not (first in self._before["lead_of"] and self._near(first))
        if unit == "day":
            tokens = self._tokens
            return not (first and tokens.keys[first - 1] == "a" and tokens.gaps[first] == Gap.BLANK) and not (
                last < len(tokens) and tokens.words[last] == "-" and tokens.gaps[last] == Gap.NONE
            )
        if unit == "mention":
            return last not in self._after["follow_of"]
        return True

    def _feast_stands(self, point: Match, first: int, last: int) -> bool:
        if len(point.parts) > 1:
            return True
        if self._glued(first, last):
            return False
        led = first in self._before["lead_of"] and first not in self._before["lead_feast"]
        return not led and last not in self._after["follow_of"]

    def _return_stands(self, point: Match, first: int, last: int) -> bool:
        if point.parts:
            return True
        return first in self._before["lead_return"] and last not in self._after["follow_of"]

    def _edge_stands(self, point: Match, first: int, last: int) -> bool:
        edged = point.part("edged")
        inner = edged.parts[0] if edged and edged.value == "of" else None
        if inner is not None and inner.cls == "point_year":
            year = int(str(inner.parts[0].parts[0].value))
            counts = last in self._after["follow_counted"] and self._near(last) and year % 100 == 0
            return year in _YEARS and not self._glued(first, last) and not counts
        return not self._glued(first, last)

    # --- neighbours ---

    def _near(self, index: int) -> bool:
        """Whether nothing but a blank parts a token from the one before it."""
        return index < len(self._tokens) and self._tokens.gaps[index] < Gap.BLOCK

    def _one_blank(self, index: int) -> bool:
        tokens = self._tokens
        return tokens.gaps[index] == Gap.BLANK and tokens.starts[index] - tokens.ends[index - 1] == 1

    def _bracketed(self, first: int, last: int) -> bool:
        words = self._tokens.words
        return bool(first) and words[first - 1] in "([" and last < len(words) and words[last] in ")],;:"

    def _bad_lead(self, point: Match) -> bool:
        return point.first > 0 and self._tokens.words[point.first - 1].isdecimal() and self._near(point.first)

    def _glued_left(self, first: int) -> bool:
        tokens = self._tokens
        if not first or tokens.gaps[first] != Gap.NONE:
            return False
        before = tokens.words[first - 1]
        if before.isalnum():
            return True
        if before == "-" and tokens.words[first].isalpha() and first > 1 and tokens.gaps[first - 1] == Gap.NONE:
            return tokens.words[first - 2].isalpha()
        if before in "/_@=.,-+:" and first > 1 and tokens.gaps[first - 1] == Gap.NONE:
            other = tokens.words[first - 2]
            return other[0].isdecimal() or (before in "/_@=.+" and other[0].isalnum())
        return before in "/_@=+"

    def _glued(self, first: int, last: int) -> bool:
        """Part of a longer number, a reference or an address."""
        tokens = self._tokens
        if self._glued_left(first):
            return True
        if last >= len(tokens) or tokens.gaps[last] != Gap.NONE:
            return False
        after = tokens.words[last]
        if after.isalnum():
            return True
        follows = last + 1 < len(tokens) and tokens.gaps[last + 1] == Gap.NONE
        return after in "_@=" or (follows and after in ".,/-:" and tokens.words[last + 1][0].isdecimal())


_CHECKED = {
    "point_year": _Reader._year_stands,
    "point_weekday": _Reader._weekday_stands,
    "point_weekday_number": _Reader._weekday_number_stands,
    "point_month": _Reader._month_stands,
    "point_season": _Reader._season_stands,
    "point_relative": _Reader._relative_stands,
    "point_feast": _Reader._feast_stands,
    "point_return": _Reader._return_stands,
    "point_edge": _Reader._edge_stands,
}


def _year_of(point: Match) -> int:
    return int(str((point.part("year") or point).parts[0].value))


def _by(matches: Mapping[str, Sequence[Match]], cls: str, last: bool) -> dict[int, Match]:
    return {(m.last if last else m.first): m for m in matches.get(cls, ())}


def _points(match: Match) -> list[Match]:
    """The points of the calendar that a match is made of, in order, freed of the classes that only group them."""
    out = []
    for part in match.parts:
        while part.cls in ("point", "left"):
            part = part.parts[0]
        if part.cls.startswith("point_") or part.cls == "left_day":
            out.append(part)
    return out


def _plausible(tokens: Tokens, year: Match) -> bool:
    return int(tokens.words[year.first]) in _YEARS
