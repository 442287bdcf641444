"""Whether what has the form of a date is one in its place: "2000 emplois", "chaque lundi" and "Mars" are none."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Final

from pipeline.document import Gap, Tokens
from pipeline.grammar import Match
from pipeline.recognise.points import heads_line

_NEIGHBOURS: Final = (
    "lead_year",
    "lead_not_year",
    "lead_habit",
    "lead_numeric",
    "lead_season",
    "lead_return",
    "lead_of",
    "event_verb",
    "lead_article_season",
    "lead_feast",
    "day_alone_ahead",
)
_FOLLOWERS: Final = ("follow_counted", "follow_hour", "follow_of", "month_named_alike", "day_contrast", "day_still")
CONTRAST: Final = 10  # tokens within which "hier" stands against "aujourd'hui"
SENTENCE_ENDS, HEADING = frozenset(".!?:»"), frozenset(".:")
SOON, LIFETIME = 6, 30  # years ahead and back that two digits may stand for
_YEARS: Final = range(1000, 2100)
_RECENT: Final = range(1900, 2100)  # years that need no preposition


class Standing:
    """The points of the calendar of one text, held against their neighbours."""

    def __init__(self, tokens: Tokens, matches: Mapping[str, Sequence[Match]], published: datetime.date | None) -> None:
        self._tokens = tokens
        self._published = published
        self._before = {cls: _by(matches, cls, last=True) for cls in _NEIGHBOURS}
        self._after = {cls: _by(matches, cls, last=False) for cls in _FOLLOWERS}

    def trimmed(self, point: Match) -> tuple[Match, int, int]:
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
        published = self._published
        if not (point.part("month_any") and point.part("day")) or self._tokens.words[short.first] == "'":
            return False
        far = (
            published is not None
            and not -LIFETIME <= 2000 + int(self._tokens.words[short.first]) - published.year <= SOON
        )
        return far or self._tokens.gaps[short.first] >= Gap.LINE or short.last in self._after["follow_counted"]

    def stands(self, point: Match, first: int, last: int) -> bool:
        """Whether a point is a date in its place, beyond having the form of one."""
        if point.rule.endswith("short_numeric_day") and not (
            (first in self._before["lead_numeric"] and self._near(first)) or self._ends_bracket(first, last)
        ):
            return False
        check = CHECKED.get(point.cls)
        return check(self, point, first, last) if check else not self.glued(first, last)

    def is_year(self, point: Match, first: int, last: int) -> bool:
        """Whether four digits are a year and count nothing."""
        tokens = self._tokens
        year = year_of(point)
        if year not in _YEARS or self.glued(first, last):
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
            return heads_line(tokens, first) and tokens.words[last : last + 1] in ([":"], [","])
        return not self._named(first, year)

    def _named(self, first: int, year: int) -> bool:
        """A plan or a product called after a year to come: a name, then the year."""
        tokens, published = self._tokens, self._published
        if not first or published is None or year < published.year + 2 or tokens.gaps[first] != Gap.BLANK:
            return False
        word = tokens.words[first - 1]
        line_start = tokens.gaps[first - 1] >= Gap.LINE
        return word[0].isupper() and len(word) > 1 and not line_start

    def _weekday_stands(self, point: Match, first: int, last: int) -> bool:
        word = self._tokens.words[point.part("weekday").first]  # type: ignore[union-attr]
        if self.glued(first, last):
            return False
        if point.last - point.first > 1:
            return True
        return not (first in self._before["lead_habit"] and self._near(first)) and word[-1] != "S"

    def _weekday_number_stands(self, point: Match, first: int, last: int) -> bool:
        if self.glued(first, last) or self._tokens.gaps[last - 1] >= Gap.LINE:
            return False
        return not (last in self._after["follow_hour"] and self._near(last))

    def _month_stands(self, point: Match, first: int, last: int) -> bool:
        """A month alone is written small, or begins a line or a sentence; some are called as firms are."""
        if self.glued(first, last):
            return False
        month = point.part("month")
        if month is None or len(point.parts) > 1 or point.last - point.first > 1:
            return True
        tokens = self._tokens
        word = tokens.words[month.first]
        if word.islower():
            return True
        line = heads_line(tokens, first)
        after = tokens.words[last] if last < len(tokens) and tokens.gaps[last] < Gap.LINE else "."
        if word.isupper():
            led = first in self._before["lead_year"] or first in self._before["lead_of"]
            return led or (line and after in HEADING)
        opens = line or (first > 0 and tokens.words[first - 1] in SENTENCE_ENDS)
        if first in self._after["month_named_alike"]:
            return (line and not after[0].isalpha()) or (opens and after in HEADING)
        return opens and not after[0].isupper()

    def _season_stands(self, point: Match, first: int, last: int) -> bool:
        season = point.part("season")
        if season is None or self.glued(first, last):
            return False
        if point.rule.endswith("this_season"):
            return True
        if season.first > point.first:  # with its article
            return len(point.parts) > 1 or (self._near(first) and first in self._before["lead_article_season"])
        if len(point.parts) > 1:
            return not (season.value == "summer" and point.part("after"))  # "a été passé"
        return self._near(first) and first in self._before["lead_season"] and season.value != "summer"

    def _relative_stands(self, point: Match, first: int, last: int) -> bool:
        if self.glued(first, last):
            return False
        unit, _, count = str(point.parts[0].value).partition(":")
        if unit == "today":
            return any(at in self._before["event_verb"] for at in (first, first - 1))
        if unit == "day" and count != "0":
            if (count == "1" and self._someday(first, last)) or self._contrasted(point, first, last):
                return False
            return not (first in self._before["lead_of"] and self._near(first))
        if unit == "day":
            tokens = self._tokens
            return not (first and tokens.keys[first - 1] == "a" and tokens.gaps[first] == Gap.BLANK) and not (
                last < len(tokens) and tokens.words[last] == "-" and tokens.gaps[last] == Gap.NONE
            )
        if unit == "mention":
            return last not in self._after["follow_of"]
        return True

    def _someday(self, first: int, last: int) -> bool:
        """A tomorrow that is only later: "1000 demain", "qui triera demain ?", "Demain, 400 emplois"."""
        words = self._tokens.words
        before = words[first - 1] if first and self._near(first) else "."
        after = words[last] if last < len(words) and self._near(last) else ""
        return before.isdecimal() or after == "?" or (after == "," and not before[-1].isalnum() and before != ",")

    def _contrasted(self, point: Match, first: int, last: int) -> bool:
        """A yesterday or a tomorrow that is only before or after now: "500 hier, 2 000 aujourd'hui", "hier encore"."""
        if last in self._after["day_still"]:
            return True
        words, gaps = self._tokens.words, self._tokens.gaps
        for step, at in ((1, last), (-1, first - 1)):
            for n in range(CONTRAST):
                here = at + step * n
                if not 0 <= here < len(words) or words[here] in SENTENCE_ENDS or gaps[here + (step < 0)] >= Gap.LINE:
                    break
                if here in self._after["day_contrast"] and here != first:
                    return True
        return False

    def _feast_stands(self, point: Match, first: int, last: int) -> bool:
        if len(point.parts) > 1:
            return True
        if self.glued(first, last):
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
            return year in _YEARS and not self.glued(first, last) and not counts
        return not self.glued(first, last)

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

    def _ends_bracket(self, first: int, last: int) -> bool:
        """Whether a bracket closes behind tokens that fill it, or its last part: "(L'Écho, 12/05)"."""
        words = self._tokens.words
        return bool(first) and words[first - 1] in "(," and words[last : last + 1] == [")"]

    def bad_lead(self, point: Match) -> bool:
        """Whether a number stands right before a point."""
        return point.first > 0 and self._tokens.words[point.first - 1].isdecimal() and self._near(point.first)

    def glued_left(self, first: int) -> bool:
        """Whether a token goes on with a word, a number or an address before it."""
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

    def glued(self, first: int, last: int) -> bool:
        """Part of a longer number, a reference or an address."""
        tokens = self._tokens
        if self.glued_left(first):
            return True
        if last >= len(tokens) or tokens.gaps[last] != Gap.NONE:
            return False
        after = tokens.words[last]
        if after.isalnum():
            return True
        follows = last + 1 < len(tokens) and tokens.gaps[last + 1] == Gap.NONE
        return after in "_@=" or (follows and after in ".,/-:" and tokens.words[last + 1][0].isdecimal())

    def is_ahead(self, day: int) -> bool:
        """Whether a word that looks ahead leads to a day alone."""
        return day in self._before["day_alone_ahead"]


CHECKED = {
    "point_year": Standing.is_year,
    "point_weekday": Standing._weekday_stands,
    "point_weekday_number": Standing._weekday_number_stands,
    "point_month": Standing._month_stands,
    "point_season": Standing._season_stands,
    "point_relative": Standing._relative_stands,
    "point_feast": Standing._feast_stands,
    "point_return": Standing._return_stands,
    "point_edge": Standing._edge_stands,
}


def year_of(point: Match) -> int:
    return int(str((point.part("year") or point).parts[0].value))


def _by(matches: Mapping[str, Sequence[Match]], cls: str, last: bool) -> dict[int, Match]:
    return {(m.last if last else m.first): m for m in matches.get(cls, ())}


def _plausible(tokens: Tokens, year: Match) -> bool:
    return int(tokens.words[year.first]) in _YEARS
