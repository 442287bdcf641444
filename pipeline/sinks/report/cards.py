"""Facts as the cards of a page: what each says in words, and which mentions it is read from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.records import Amount, Company, Fact, Jobs, Mention, Quantity, Release
from pipeline.sinks.uses import Uses
from pipeline.sinks.words import SLOTS, days_words, level, percent, place_words, value_words

if TYPE_CHECKING:
    from rules.messages import Messages

UNSURE = 0.4  # a decision less probable than this is told


@dataclass(frozen=True)
class Line:
    """One thing that a fact says: `read` are the words of the text where they differ, `mark` their mention's number."""

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
        uses = Uses(release)
        return [self._card(number, fact, uses) for number, fact in enumerate(release.facts, 1)]

    def _card(self, number: int, fact: Fact, uses: Uses) -> Card:
        say = self._say
        lines = []
        actors = uses.actors(fact)
        if actors:
            firm = uses.mentions[actors[0]]
            country = firm.country if isinstance(firm, Company) else None
            note = say("place_code.country", code=country) if country else None
            lines.append(_line(say("card.who"), fact.company or "", firm, actors[0], note))
        lines += self._lines(fact, uses)
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

    def _lines(self, fact: Fact, uses: Uses) -> Iterator[Line]:
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
            yield _line(say(f"slot.{slot}"), value, figure, uses.number(figure), note, spoken)
        for place in fact.places:
            yield _line(say("card.where"), place.name, place, uses.number(place), place_words(place, say))
        if fact.date is not None:
            value = days_words(fact.date.first, fact.date.last, say)
            if isinstance(fact.date, Mention):
                yield _line(say("card.when"), value, fact.date, uses.number(fact.date))
            else:
                yield Line(say("card.when"), value, note=say("card.inferred"))

    def _doubts(self, fact: Fact) -> Iterator[str]:
        """What was inferred, then which decisions are least sure."""
        for code in fact.why:
            yield self._say.get(f"why.{code}") or code
        for decision, odds in sorted(fact.sure.items(), key=lambda d: d[1]):
            if odds < UNSURE and not (decision == "status" and "status_unsure" in fact.why):
                yield self._say(f"doubt.{decision}", x=percent(odds, self._say))


def _line(
    label: str, value: str, mention: Mention, mark: int | None, note: str | None = None, spoken: str | None = None
) -> Line:
    """A line with the words as read, unless the value says the very same."""
    read = None if mention.text == value else mention.text
    return Line(label, value, read, mark, note, spoken)
