"""Which time is meant by a date that comes back: "en mars", "jeudi", "fin d'année". Chosen by what stands around.

The candidates are the time just over, the one going on and the next one. Rules take it for one of them: the tense of the
sentence decides, and where the tense says nothing, the past does, unless it lies far behind and the future near. That is one of
the things weighed; without a scorer the rules' word stands.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from pipeline.choose import Candidate, Scorer
from pipeline.document import Document
from pipeline.grammar import Match
from pipeline.recognise.calendar import Interval, earliest, latest
from pipeline.recognise.points import heads_line
from pipeline.recognise.tense import Tenses

DECISION: Final = "occurrence"
RULED: Final = "ruled=True"  # what the rules take the date for
STEM: Final = 5  # letters of a word that stand for its forms
ENDING: Final = 3  # letters of a word that tell its tense
NEXT: Final = 3  # words weighed by their place, on each side
MONTHS: Final = (0, 1, 2, 4, 6, 8, 10, 13)  # steps of the distance from the publication
SIDE: Final = 0.6  # share of a text's cues of tense from which it is mostly told in one

FAR: Final = {"day": 210, "month": 275, "season": 230}  # days behind, from which the rules take the next one

Pick: TypeAlias = Callable[[Match, Sequence[Interval], Sequence[Candidate]], int]


def picked_by(scorer: Scorer | None) -> Pick | None:
    """The most probable candidate."""
    if scorer is None:
        return None
    return lambda point, candidates, features: int(scorer.choose(features).argmax())


class Occurrences:
    """Of one text."""

    def __init__(
        self,
        document: Document,
        tenses: Tenses,
        matches: Mapping[str, Sequence[Match]],
        pick: Pick | None,
    ) -> None:
        self._document = document
        self._tokens = document.tokens
        self._tenses = tenses
        self._pick = pick
        said = Counter(str(m.value) for m in matches.get("tense", ()))
        most = said.most_common(1)
        self._told = most[0][0] if most and most[0][1] >= SIDE * said.total() else "both" if said else "none"

    def by_rules(
        self, point: Match, unit: str, candidates: Sequence[Interval], today: datetime.date
    ) -> Interval | None:
        """The one that tense and nearness speak for; None without candidates."""
        behind, ahead = latest(candidates, today), earliest(candidates, today)
        if behind is None or ahead is None or behind == ahead:
            return behind or ahead
        tense = self._tenses.around(point.first, point.last)
        far = (today - behind.last).days > FAR[unit] and not self._looks_back(point, behind, today)
        chosen = ahead if tense == "future" or (tense is None and far) else behind
        if tense == "future" and (ahead.first - today).days > FAR[unit] + 60:
            chosen = behind
        return chosen

    def _looks_back(self, point: Match, behind: Interval, today: datetime.date) -> bool:
        """Whether a month heads a line as in a review of the year: it is that of the publication's year."""
        month = point.part("month")
        if month is None or behind.first.year != today.year:
            return False
        return self._tokens.words[month.first][0].isupper() and heads_line(self._tokens, month.first)

    def choose(
        self,
        point: Match,
        unit: str,
        candidates: Iterable[Interval],
        ruled: Interval,
        today: datetime.date,
        last: Interval | None,
    ) -> Interval:
        """One of the candidates, or what the rules take the point for; `last`: the date named before, if any."""
        weighed = sorted({*candidates, ruled})
        if self._pick is None or len(weighed) < 2:
            return ruled
        around = self._around(point)
        features = [self._features(c, unit, c == ruled, today, last, around) for c in weighed]
        return weighed[self._pick(point, weighed, features)]

    def _features(
        self,
        one: Interval,
        unit: str,
        ruled: bool,
        today: datetime.date,
        last: Interval | None,
        around: Sequence[str],
    ) -> list[str]:
        side = "past" if one.last < today else "future" if one.first > today else "now"
        days = (one.first - today).days if side == "future" else (today - one.last).days if side == "past" else 0
        months = sum(days > 30 * m for m in MONTHS)
        far = f"{side}|{min(days, 8)}" if unit == "weekday" else f"{side}|{months}"
        out = [
            f"{unit}|{far}",
            RULED if ruled else "ruled=False",
            f"ruled={ruled}|{unit}|{side}",
            f"ruled={ruled}|{far}",
            f"same_year={one.first.year == today.year}|{side}",
        ]
        if last is None:
            out.append(f"last=none|{side}")
        else:
            before = "past" if last.last < today else "future" if last.first > today else "now"
            whole = "year" if (last.last - last.first).days > 300 else "less"
            inside = last.first <= one.first and one.last <= last.last
            order = "inside" if inside else "before" if one.last < last.first else "after"
            near = abs((one.first - last.first).days) < 200
            out += [
                f"last={before}|{side}",
                f"last={whole}|{order}|{near}",
                f"last={whole}|{before}|{side}|{order}|{near}",
            ]
        return out + [f"{side}|{f}" for f in around] + [f"{unit}|{far}|{f}" for f in around[:3]]

    def _around(self, point: Match) -> list[str]:
        """The tense that the rules hear, how the text is told, where the point stands, and the words of its sentence."""
        tokens, first, last = self._tokens, point.first, point.last
        tense = self._tenses.around(first, last)
        block = tokens.blocks[first]
        kind = self._document.blocks[block].kind if block >= 0 else "none"
        out = [f"tense={tense}", f"told={self._told}|tense={tense}", f"block={kind}|{heads_line(tokens, first)}"]
        low, high = self._tenses.sentence(first, last)
        words: dict[str, None] = {}
        for sign, places in (("-", range(first - 1, low - 1, -1)), ("+", range(last, high))):
            for n, at in enumerate(places):
                key = tokens.keys[at]
                if n < NEXT:
                    words[f"{sign}{n}={key}"] = None
                if key.isalpha() and len(key) > 1:
                    words[f"{sign}{key[:STEM]}"] = None
                    words[f"{sign}~{key[-ENDING:]}"] = None
        return out + list(words)
