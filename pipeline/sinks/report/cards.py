"""Facts as the cards of a page: what each says in words, and which mentions it is read from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pipeline.records import Amount, Company, Fact, Jobs, Mention, Organisation, Quantity, Release
from pipeline.sinks.words import (
    SLOTS,
    days_words,
    level,
    percent,
    place_words,
    value_words,
)

if TYPE_CHECKING:
    from rules.messages import Messages

UNSURE = 0.5  # a decision less probable than this is told
_Key: TypeAlias = tuple[type[Mention], int, int]


@dataclass(frozen=True)
class Line:
    """One thing that a fact says: `read` are the words of the text, `mark` the number of their mention."""

    label: str
    value: str
    read: str | None = None
    mark: int | None = None
    note: str | None = None  # what more is known: a role, a code
    spoken: str | None = None  # the bound in words, for who hears the page


@dataclass(frozen=True)
class Card:
    """A fact: `marks` are the numbers of all the mentions that it uses, in the order of the text."""

    number: int
    fact: Fact
    who: str | None
    lines: tuple[Line, ...]
    marks: tuple[int, ...]
    level: str
    percent: str
    doubts: tuple[str, ...]


class Cards:
    """Makes the cards of releases in one language."""

    def __init__(self, say: Messages) -> None:
        self._say = say

    def of(self, release: Release) -> list[Card]:
        """One card for each fact; mentions are numbered as `release.mentions()` lists them."""
        mentions = release.mentions()
        at: dict[_Key, int] = {}
        named: dict[str, list[int]] = {}
        for number, mention in enumerate(mentions):
            at.setdefault((type(mention), mention.start, mention.end), number)
            if isinstance(mention, Company | Organisation):
                named.setdefault(mention.name, []).append(number)
        starts = [mention.start for mention in mentions]
        return [
            self._card(number, fact, at, self._actors(fact, named.get(fact.company or "", ()), starts))
            for number, fact in enumerate(release.facts, 1)
        ]

    def _actors(self, fact: Fact, named: Sequence[int], starts: Sequence[int]) -> list[int]:
        """The firm's mentions in the evidence; when it is not named there, the nearest before, else the first."""
        if not named:
            return []
        first = bisect_right(named, fact.evidence.start - 1, key=starts.__getitem__)
        last = bisect_right(named, fact.evidence.end - 1, key=starts.__getitem__)
        return list(named[first:last]) or [named[max(first - 1, 0)]]

    def _card(self, number: int, fact: Fact, at: Mapping[_Key, int], actors: Sequence[int]) -> Card:
        say = self._say
        lines = []
        if fact.company is not None:
            lines.append(Line(say("card.who"), fact.company, mark=actors[0] if actors else None))
        lines += self._lines(fact, at)
        marks = {*actors, *(line.mark for line in lines if line.mark is not None)}
        return Card(
            number,
            fact,
            fact.company,
            tuple(lines),
            tuple(sorted(marks)),
            level(fact.confidence),
            percent(fact.confidence, say),
            tuple(self._doubts(fact)),
        )

    def _lines(self, fact: Fact, at: Mapping[_Key, int]) -> Iterator[Line]:
        say = self._say
        for slot in SLOTS:
            figure: Quantity | None = getattr(fact, slot)
            if figure is None:
                continue
            note = None
            if isinstance(figure, Amount | Jobs) and slot != "revenue" and figure.role != "other":
                note = say(f"role.{figure.role}")
            spoken = say(f"bound_spoken.{figure.bound}") if figure.bound != "exact" else None
            value = value_words(figure, say)
            yield Line(say(f"slot.{slot}"), value, figure.text, at.get(_key(figure)), note, spoken)
        for place in fact.places:
            yield Line(say("card.where"), place.name, place.text, at.get(_key(place)), place_words(place, say))
        if fact.date is not None:
            value = days_words(fact.date.first, fact.date.last, say)
            if isinstance(fact.date, Mention):
                yield Line(say("card.when"), value, fact.date.text, at.get(_key(fact.date)))
            else:
                yield Line(say("card.when"), value, note=say("card.inferred"))

    def _doubts(self, fact: Fact) -> Iterator[str]:
        """What was inferred, then which decisions are no better than an even chance."""
        for code in fact.why:
            yield self._say.get(f"why.{code}") or code
        for decision, odds in sorted(fact.sure.items(), key=lambda d: d[1]):
            if odds < UNSURE and not (decision == "status" and "status_unsure" in fact.why):
                yield self._say(f"doubt.{decision}", x=percent(odds, self._say))


def _key(mention: Mention) -> _Key:
    return type(mention), mention.start, mention.end
