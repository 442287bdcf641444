"""What a point of the calendar means on the day of publication: "mi-juillet", "jeudi", "l'été dernier" to intervals.

Where the words leave the year or the week open, `pipeline.recognise.occurrence` chooses among the times that may be meant.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from pipeline.document import Document
from pipeline.grammar import Match
from pipeline.recognise import calendar as cal
from pipeline.recognise.calendar import Interval
from pipeline.recognise.occurrence import Occurrences
from pipeline.recognise.points import (
    SEPTEMBER,
    around,
    feast_in,
    in_each,
    in_years,
    month_of,
    number_of,
    part_in,
    value_of,
)
from pipeline.recognise.spelled import Spelled
from pipeline.recognise.tense import Tenses

_ONE_DAY: Final = datetime.timedelta(days=1)
LIST: Final = 25  # tokens between two dates of one calendar
HALF_YEAR: Final = 200  # days between them


class Undated(Exception):
    """A date that only a publication date could resolve."""


class Period(NamedTuple):
    """An interval with the unit it was named in, and how sure it is that it is a date."""

    first: datetime.date
    last: datetime.date
    unit: str
    score: float = 1.0


class Resolver:
    """Resolves the points of one text, in their order; remembers the days named so far."""

    def __init__(
        self,
        document: Document,
        published: datetime.date | None,
        tenses: Tenses,
        spelled: Spelled,
        occurrences: Occurrences,
    ) -> None:
        self._document = document
        self._published = published
        self._tenses = tenses
        self._occurrences = occurrences
        self._spelled = spelled
        self._last: Period | None = None
        self._last_at = 0
        self._days: list[datetime.date] = []
        self._readers: dict[str, Callable[[Match], Period | None]] = {
            "day": self._day,
            "numeric": self._numeric,
            "spelled": self._odd,
            "weekday_number": self._weekday_number,
            "weekday": self._weekday,
            "month": self._month,
            "this_month": self._this_month,
            "year": self._year,
            "season": self._season,
            "part": self._part,
            "relative_part": self._relative_part,
            "first_months": self._first_months,
            "relative": self._relative,
            "decade": self._decade,
            "century": self._century,
            "feast": self._feast,
            "return": self._return,
            "edge": self._edge,
            "edge_of_month": self._edge_of_month,
        }

    def resolve(self, point: Match) -> Period | None:
        """The period a point means, None if it is none; Undated without the publication date it needs, ValueError if
        the calendar has no such day."""
        return self._readers[str(point.value)](point)

    def remember(self, period: Period, last: int) -> None:
        """Take note of a date of the text and of where it ends: later ones may lean on it ("la veille", "dimanche")."""
        self._last, self._last_at = period, last
        if period.unit == "day":
            self._days += [period.first] if period.first == period.last else [period.first, period.last]

    def alone(self, numbers: Sequence[int], named: datetime.date | None, ahead: bool) -> Period | None:
        """Days of the month in which a day was named before, else of the publication's; `ahead`: not over by then."""
        near = named or self._published
        if near is None or not all(1 <= n <= 31 for n in numbers) or list(numbers) != sorted(set(numbers)):
            return None
        first, last = ((near.replace(day=1) + (n - 1) * _ONE_DAY) for n in (numbers[0], numbers[-1]))
        if ahead and last < near:
            following = cal.month(near.year, near.month + 1).first
            first, last = (following + (n - 1) * _ONE_DAY for n in (numbers[0], numbers[-1]))
        return Period(first, last, "day", 0.7)

    def week_of(self, point: Match) -> Period:
        """The week in which a day lies; a day without its month is the Monday nearest to the publication."""
        if point.cls != "left_day":
            return Period(*cal.week(self.must(point).first), "week")
        number, today = number_of(point.part("day")), self._today()
        days = [
            m.first + (number - 1) * _ONE_DAY
            for m in (cal.month(today.year, today.month + n) for n in (-1, 0, 1))
            if number <= m.last.day
        ]
        day = min(days, key=lambda d: (d.weekday() != 0, abs(d - today)))
        return Period(*cal.week(day), "week")

    # --- points ---

    def _day(self, point: Match) -> Period | None:
        number = number_of(point.part("day"))
        if not 1 <= number <= 31:
            raise ValueError(f"no day {number}")
        if year := point.part("year"):
            return Period(*cal.day(value_of(year), month_of(point), number), "day")
        if (weekday := point.part("weekday_any")) and not point.part("after"):
            fitting = [c for c in self._nearby(point) if c.first.weekday() == int(weekday.parts[0].value)]
            if fitting:
                today = self._today()
                return Period(*min(fitting, key=lambda c: abs(c.first - today)), "day")
        return self._occurrence(point, "day")

    def _numeric(self, point: Match) -> Period | None:
        day, month, year = point.part("day"), point.part("month_number"), point.part("year")
        assert month is not None
        if year is None:
            words = self._document.tokens.words
            if point.part("weekday") is None and any(len(words[at]) != 2 for at in (point.first, point.last - 1)):
                return None  # "1/3" is a share
            candidates = in_each(cal.day, around(self._today().year), value_of(month), number_of(day))
            today = self._today()
            return Period(*min(candidates, key=lambda c: abs(c.first - today)), "day") if candidates else None
        return Period(*cal.day(value_of(year), value_of(month), number_of(day)), "day")

    def _odd(self, point: Match) -> Period | None:
        tokens = self._document.tokens
        day = self._spelled.read(self._document.view[tokens.starts[point.first] : tokens.ends[point.last - 1]])
        return Period(day, day, "day", 0.9) if day else None

    def _weekday_number(self, point: Match) -> Period | None:
        weekday, number, today = point.part("weekday"), number_of(point.part("day")), self._today()
        assert weekday is not None
        near = self._days[-1] if self._days and abs(self._days[-1] - today).days < 100 else today
        months = (cal.month(near.year, near.month + n) for n in range(-2, 4))
        days = [m.first + (number - 1) * _ONE_DAY for m in months if 1 <= number <= m.last.day]
        fitting = [d for d in days if d.weekday() == int(weekday.value)]
        if not fitting:
            return None
        day = min(fitting, key=lambda d: abs(d - near))
        return Period(day, day, "day")

    def _weekday(self, point: Match) -> Period | None:
        weekday, after = point.part("weekday"), point.part("after")
        assert weekday is not None
        today = self._today()
        behind = (today.weekday() - int(weekday.value)) % 7
        ahead = 7 - behind
        if after:
            offset = -(behind or 7) if int(after.value) < 0 else ahead
        elif point.first < weekday.first:
            tense = self._tenses.around(point.first, point.last)
            past = behind == 0 or (tense == "past" if tense and ahead > 1 else behind < ahead)
            offset = -behind if past else ahead
        elif named := [d for d in self._days if (d - today).days in (-behind, ahead, ahead + 7)]:
            offset = (named[-1] - today).days
        else:
            ruled = cal.days_from(today, self._bare_weekday(point, behind, ahead))
            offsets = {-behind, ahead} if behind else {-7, 0, 7}
            weighed = [cal.days_from(today, o) for o in offsets]
            return Period(*self._chosen(point, "weekday", weighed, ruled), "day", 0.95)
        return Period(*cal.days_from(today, offset), "day", 0.95)

    def _bare_weekday(self, point: Match, behind: int, ahead: int) -> int:
        if self._tenses.leads_ahead(point.first):
            return ahead
        tense = self._tenses.around(point.first, point.last)
        if tense:
            return -behind if tense == "past" else ahead
        return -behind if behind <= 4 else ahead

    def _month(self, point: Match) -> Period | None:
        if year := point.part("year"):
            return Period(*cal.month(value_of(year), month_of(point)), "month")
        return self._occurrence(point, "month")

    def _this_month(self, point: Match) -> Period | None:
        today = self._today()
        return Period(*min(self._nearby(point), key=lambda c: abs(c.first - today)), "month")

    def _year(self, point: Match) -> Period | None:
        year = point.part("year")
        assert year is not None
        return Period(*cal.year(value_of(year)), "year", 0.8)

    def _season(self, point: Match) -> Period | None:
        season, years = point.part("season"), point.all("year")
        assert season is not None
        name = str(season.value)
        if years:
            first = value_of(years[0])
            crossing = len(years) > 1 or point.part("year_short")
            return Period(*cal.season(first, name), "season") if crossing or name != "winter" else self._winter(first)
        return self._occurrence(point, "season")

    def _winter(self, year: int) -> Period:
        return Period(*cal.season(year, "winter"), "season")

    def _part(self, point: Match) -> Period | None:
        year, short = point.part("year"), point.part("year_short")
        if short and not year:
            return Period(*part_in(point, 2000 + value_of(short)), "part")
        if year:
            return Period(*part_in(point, value_of(year)), "part")
        today = self._today()
        if after := point.part("after"):
            return self._near(point, int(after.value), "part")
        this = part_in(point, today.year)
        tense = self._tenses.around(point.first, point.last)
        if tense == "past" and this.last > today:  # it is told as over
            this = part_in(point, today.year - 1)
        elif tense == "future" and this.last < today:
            this = part_in(point, today.year + 1)
        weighed = in_each(lambda year: part_in(point, year), range(today.year - 1, today.year + 2))
        return Period(*self._chosen(point, "part", weighed, this), "part")

    def _relative_part(self, point: Match) -> Period | None:
        relative = point.part("relative")
        assert relative is not None
        whole = self._relative(Match("", "", relative.first, relative.last, "relative", (relative,)))
        return Period(*part_in(point, whole.first.year), "part") if whole and whole.unit == "year" else whole

    def _first_months(self, point: Match) -> Period | None:
        count, year = point.parts[0].value, point.part("year")
        if year:
            return Period(*cal.month(value_of(year), 1, count), "part")
        today = self._today()
        whole = cal.month(today.year, 1, count)
        before = cal.month(today.year - 1, 1, count)
        ruled = whole if whole.last <= today else before
        return Period(*self._chosen(point, "part", (before, whole), ruled), "part")

    def _relative(self, point: Match) -> Period | None:
        unit, _, offset = str(point.parts[0].value).partition(":")
        count = int(offset)
        if unit == "mention" and self._days:
            return Period(*cal.days_from(self._days[-1], count), "day", 0.9)
        today = self._today()
        if unit in ("day", "today", "mention"):
            return Period(*cal.days_from(today, count), "day")
        if unit == "week":
            return Period(*cal.week(today + 7 * count * _ONE_DAY), "week")
        if unit == "weekend":
            return Period(*self._weekend(point, today, count), "day")
        if unit == "year":
            return Period(*cal.year(today.year + count), "year")
        months = {"month": 1, "quarter": 3, "half": 6}[unit]
        begins = (today.month - 1) // months * months + 1
        return Period(*cal.month(today.year, begins + months * count, months), unit)

    def _weekend(self, point: Match, today: datetime.date, count: int) -> Interval:
        saturday = cal.week(today).first + 5 * _ONE_DAY
        past = self._tenses.around(point.first, point.last) == "past"
        if count < 0 or (count == 0 and past and today.weekday() < 3):
            saturday -= 7 * _ONE_DAY
        elif count > 0 and today.weekday() >= 5:
            saturday += 7 * _ONE_DAY
        return Interval(saturday, saturday + _ONE_DAY)

    def _decade(self, point: Match) -> Period | None:
        return Period(*cal.year(int(point.parts[0].value), 10), "decade")

    def _century(self, point: Match) -> Period | None:
        return Period(*cal.century(int(point.parts[0].value)), "century")

    def _feast(self, point: Match) -> Period | None:
        if year := point.part("year"):
            return Period(*feast_in(point, value_of(year)), "day")
        return self._occurrence(point, "day")

    def _return(self, point: Match) -> Period | None:
        if year := point.part("year"):
            return Period(*cal.month(value_of(year), SEPTEMBER), "month")
        return self._occurrence(point, "month")

    def _edge(self, point: Match) -> Period | None:
        side, edged = point.part("edge"), point.part("edged")
        assert side is not None
        assert edged is not None
        if edged.value == "of":
            inner = edged.parts[0]
            if inner.cls == "relative":
                inner = Match("point_relative", inner.rule, inner.first, inner.last, "relative", (inner,))
            whole = self.resolve(inner)
            if whole is None or whole.first == whole.last:
                return None
            return Period(*cal.edge(Interval(whole.first, whole.last), str(side.value)), "edge")
        if year := edged.part("year"):
            return Period(*cal.edge(cal.year(value_of(year)), str(side.value)), "edge")
        today, after = self._today(), edged.part("after")
        number = today.year + (int(after.value) if after else 0)
        this = cal.edge(cal.year(number), str(side.value))
        tense = None if after else self._tenses.around(point.first, point.last)
        if tense == "past" and this.first > today:
            this = cal.edge(cal.year(number - 1), str(side.value))
        elif tense == "future" and this.last < today:
            this = cal.edge(cal.year(number + 1), str(side.value))
        if after is None:
            weighed = [cal.edge(cal.year(today.year + n), str(side.value)) for n in (-1, 0, 1)]
            this = self._chosen(point, "edge", weighed, this)
        return Period(*this, "edge")

    def _edge_of_month(self, point: Match) -> Period | None:
        side, after, today = point.part("edge"), point.part("after"), self._today()
        assert side is not None
        whole = cal.month(today.year, today.month + (int(after.value) if after else 0))
        return Period(*cal.edge(whole, str(side.value)), "edge")

    # --- which one is meant ---

    def _today(self) -> datetime.date:
        if self._published is None:
            raise Undated
        return self._published

    def must(self, point: Match) -> Period:
        """The period a point means; ValueError if it is none."""
        period = self.resolve(point)
        if period is None:
            raise ValueError(f"{point.rule}: no date")
        return period

    def _nearby(self, point: Match) -> list[Interval]:
        """The same point in the years around the publication."""
        return in_years(point, around(self._today().year))

    def _near(self, point: Match, direction: int, unit: str) -> Period | None:
        today, candidates = self._today(), self._nearby(point)
        if direction < 0:
            chosen = max((c for c in candidates if c.last < today), default=None)
        else:
            chosen = min((c for c in candidates if c.first > today), default=None)
        return Period(*chosen, unit) if chosen else None

    def _chosen(self, point: Match, unit: str, weighed: Iterable[Interval], ruled: Interval) -> Interval:
        """The candidate that is meant."""
        last = Interval(self._last.first, self._last.last) if self._last else None
        return self._occurrences.choose(point, unit, weighed, ruled, self._today(), last)

    def _occurrence(self, point: Match, unit: str) -> Period | None:
        """The one of all years that is meant: by "dernier", "prochain", or what stands around."""
        if after := point.part("after"):
            return self._near(point, int(after.value), unit)
        today, candidates = self._today(), self._nearby(point)
        if following := self._next_of_list(point, candidates):
            return Period(*following, unit)
        ruled = self._occurrences.by_rules(point, unit, candidates, today)
        if ruled is None:
            return None
        over = max((c for c in candidates if c.last < today), default=None)
        next_one = min((c for c in candidates if c.first > today), default=None)
        weighed = [c for c in candidates if c in (over, next_one) or c.first <= today <= c.last]
        return Period(*self._chosen(point, unit, weighed, ruled), unit)

    def _next_of_list(self, point: Match, candidates: Sequence[Interval]) -> Interval | None:
        """The one that follows a date to come named shortly before: calendars go on."""
        last, today = self._last, self._today()
        if self._tenses.around(point.first, point.last) is not None:
            return None
        if last is None or last.first <= today or last.unit not in ("day", "month", "edge", "part"):
            return None
        words = self._document.tokens.words[self._last_at : point.first]
        if len(words) > LIST or any(
            w == "." and "." not in words[i - 1 : i] + words[i + 1 : i + 2] for i, w in enumerate(words)
        ):
            return None
        following = cal.earliest(candidates, last.first)
        return following if following and (following.first - last.first).days < HALF_YEAR else None
