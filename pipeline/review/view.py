"""One part of a release as it is shown: its text with marks, and beside it what was read out of it and decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from pipeline.records import Company, Fact, Mention, Quantity, Release
from pipeline.review.parts import Bounds, part_of, parts
from pipeline.review.queue import repeats
from pipeline.review.words import names_of
from pipeline.sinks.report import KINDS
from pipeline.sinks.report.cards import Card, Cards
from pipeline.sinks.report.marks import Passage, passages
from pipeline.sinks.report.markup import Mark, marked
from pipeline.sinks.words import SLOTS, days_words, value_words
from pipeline.store import Decision, Kept, Store, decisions, facts, reading

if TYPE_CHECKING:
    from rules.messages import Messages

CARDS: Final = 60  # facts shown at once; more of them in one passage wait until these are decided
WITNESSES: Final = 6


@dataclass(frozen=True)
class Witness:
    """Another release that tells of the same event: the figures it tells."""

    source: int
    fact_id: str
    uri: str
    said: str


@dataclass(frozen=True)
class Shown:
    """A fact beside its text. `first` and `last` are the passages of its evidence in this part, None outside of it."""

    kept: Kept
    card: Card
    matched: bool
    first: int | None
    last: int | None
    last_decision: Decision | None  # the last that was not taken back
    differs: tuple[tuple[str, str, str], ...]  # slot, as it was decided, as it is read now
    witnesses: tuple[Witness, ...]
    more_witnesses: int
    repeats: int

    @property
    def todo(self) -> bool:
        return self.kept.state is None or self.kept.look

    @property
    def orphaned(self) -> bool:
        return facts.orphaned(self.kept.fact_id)


@dataclass(frozen=True)
class Part:
    """What is on the page of one part. `offset` is where its text begins in the release's."""

    source: int
    version: int
    release: Release
    number: int
    of: int
    offset: int
    text: Markup
    shown: tuple[Shown, ...]
    hidden: int  # facts of this passage that are not on the page
    refused: str | None  # why the source's present bytes could not be read


class NoSource(LookupError):
    """A source that the store has not, or has nothing of."""


def record_of(store: Store, source: int) -> tuple[int, Release, str | None]:
    """The version whose text is shown, its record, and the code of a refusal since; NoSource when there is none."""
    row = store.connection.execute(
        """SELECT coalesce(s.standing, (SELECT max(version) FROM fact WHERE source = s.id)) AS version, v.code
        FROM source s LEFT JOIN version v ON v.id = s.latest WHERE s.id = ?""",
        (source,),
    ).fetchone()
    if row is None or row["version"] is None:
        raise NoSource(source)
    return row["version"], store.release(row["version"]), row["code"]


class Viewer:
    """Shows parts of releases in one language."""

    def __init__(self, store: Store, say: Messages) -> None:
        self._store, self._say = store, say
        self._cards = Cards(say)

    def part(self, source: int, number: int | None, fact_id: str | None, matched: set[str]) -> Part:
        """The part asked for by its number, or the one of a fact, or else the first. NoSource."""
        version, release, refused = record_of(self._store, source)
        kept = [_moved(k, release.text) for k in facts.of_source(self._store, source)]
        begins = sorted(k.fact.evidence.start for k in kept)
        cut = parts(release.text, [m.start for m in release.mentions()], begins)
        asked = next((k for k in kept if k.fact_id == fact_id), None)
        if asked is not None:
            number = part_of(cut, asked.fact.evidence.start)
        number = min(max(number or 0, 0), len(cut) - 1)
        here = sorted(
            (k for k in kept if part_of(cut, k.fact.evidence.start) == number),
            key=lambda k: (-k.look, k.fact.confidence, k.ordinal, k.fact_id),
        )
        chosen = here
        if len(here) > CARDS:
            waiting = [k for k in here if k is asked or k.state is None or k.look]
            chosen = (waiting + [k for k in here if k not in waiting])[:CARDS]
            if asked is not None and asked not in chosen:
                chosen[-1] = asked
        return self._part(source, version, release, cut, number, chosen, len(here) - len(chosen), matched, refused)

    def _part(
        self,
        source: int,
        version: int,
        release: Release,
        cut: Sequence[Bounds],
        number: int,
        kept: list[Kept],
        hidden: int,
        matched: set[str],
        refused: str | None,
    ) -> Part:
        start, end = cut[number]
        drawn = _with_own(release, (k.fact for k in kept))
        cards = self._cards.of(drawn)
        mentions = drawn.mentions()
        inside = [n for n, m in enumerate(mentions) if m.start < end and m.end > start]
        clipped = [(max(mentions[n].start, start) - start, min(mentions[n].end, end) - start) for n in inside]
        told = {
            n: (max(k.fact.evidence.start, start) - start, min(k.fact.evidence.end, end) - start)
            for n, k in enumerate(kept)
            if k.fact.evidence.end > start  # not one whose words are gone
        }
        whole = passages(end - start, clipped, list(told.values())) if end > start else []
        reach = dict(zip(told, _reaches(whole, len(told)), strict=True))
        local = {n: at for at, n in enumerate(inside)}
        text = marked(release.text[start:end], whole, self._marks(mentions, inside, cards, kept), "t")
        shown = tuple(
            self._shown(
                source, k, replace(card, marks=tuple(local[m] for m in card.marks if m in local)), reach.get(n), matched
            )
            for n, (k, card) in enumerate(zip(kept, cards, strict=True))
        )
        # A browser drops a carriage return unless it is told by its number; offsets would shift.
        html = Markup(str(text).replace("\r", "&#13;"))
        return Part(source, version, release, number, len(cut), start, html, shown, hidden, refused)

    def _marks(
        self, mentions: Sequence[Mention], inside: Iterable[int], cards: Sequence[Card], kept: Sequence[Kept]
    ) -> list[Mark]:
        """How each mention is shown; one that facts use leads to the first of them."""
        users: dict[int, str] = {}
        for card, one in zip(cards, kept, strict=True):
            for mark in card.marks:
                users.setdefault(mark, one.fact_id)
        out = []
        for number in inside:
            kind = KINDS[type(mentions[number]).__name__]
            link = f"#f{users[number]}" if number in users else None
            out.append(Mark(kind, self._say(f"sign.{kind}"), self._say(f"kind_one.{kind}"), link))
        return out

    def _shown(self, source: int, kept: Kept, card: Card, reach: tuple[int, int] | None, matched: set[str]) -> Shown:
        last = _last(decisions.history(self._store, source, kept.fact_id)) if kept.decision else None
        decided = last.after if last else None
        witnesses = self._witnesses(source, kept)
        first, end = reach if reach else (None, None)
        return Shown(
            kept,
            card,
            kept.fact_id in matched,
            first,
            end,
            last,
            tuple(differences(decided[1], kept.read, self._say)) if decided and kept.look and kept.read else (),
            tuple(witnesses[:WITNESSES]),
            max(0, len(witnesses) - WITNESSES),
            len(repeats(self._store, source, kept.fact_id)) if kept.state is None or kept.look else 0,
        )

    def _witnesses(self, source: int, kept: Kept) -> list[Witness]:
        row = self._store.connection.execute(
            "SELECT event_id FROM fact WHERE source = ? AND fact_id = ?", (source, kept.fact_id)
        ).fetchone()
        out = []
        for one in reading.witnesses(self._store, row["event_id"]) if row else []:
            if (one.source, one.kept.fact_id) != (source, kept.fact_id):
                said = ", ".join(
                    value_words(figure, self._say) for slot in SLOTS if (figure := getattr(one.kept.fact, slot))
                )
                out.append(Witness(one.source, one.kept.fact_id, one.uri, said))
        return out


def _last(history: Sequence[Decision]) -> Decision | None:
    """The last decision that was not taken back."""
    gone = {entry.undoes for entry in history}
    return next((e for e in reversed(history) if e.action != "undo" and e.id not in gone), None)


def differences(one: Fact, other: Fact, say: Messages) -> Iterable[tuple[str, str, str]]:
    """What two versions of a fact say otherwise: the slot, then each in words."""
    left, right = _words(one, say), _words(other, say)
    for label in left:
        if left[label] != right[label]:
            yield label, left[label] or "–", right[label] or "–"


def _words(fact: Fact, say: Messages) -> dict[str, str]:
    def figure(one: Quantity | None) -> str:
        return value_words(one, say) if one is not None else ""

    return {
        say("card.who"): fact.company or "",
        say("report.action"): say(f"action.{fact.action}"),
        say("review.status"): say(f"status.{fact.status}"),
        **{say(f"slot.{slot}"): figure(getattr(fact, slot)) for slot in SLOTS},
        say("card.where"): ", ".join(place.name for place in fact.places),
        say("card.when"): days_words(fact.date.first, fact.date.last, say) if fact.date else "",
    }


def _moved(kept: Kept, text: str) -> Kept:
    """A fact decided on another version's text, as far as its words stand in this one; else at the beginning."""
    if facts.misplaced(kept.fact, text) is None:
        return kept
    return replace(kept, fact=facts.anchored(kept.fact, text) or _nowhere(kept.fact))


def _nowhere(fact: Fact) -> Fact:
    """A fact whose words are gone: its evidence is told, and marks nothing."""
    length = len(fact.evidence.text)
    evidence = fact.evidence.model_construct(start=-length, end=0, text=fact.evidence.text)
    return fact.model_copy(update={"evidence": evidence})


def _with_own(release: Release, shown: Iterable[Fact]) -> Release:
    """The release with these facts, and with the words that people gave them among its mentions."""
    told = tuple(shown)
    known = {(type(m), m.start, m.end) for m in release.mentions()}
    names = names_of(release)
    lists: dict[str, list[Any]] = {}
    for fact in told:
        own: list[Mention] = [s for s in fact.spans() if isinstance(s, Mention)]
        if fact.company and fact.company not in names and fact.evidence.start >= 0:
            at = release.text.find(fact.company)
            if at >= 0:
                name = fact.company
                own.append(Company(start=at, end=at + len(name), text=name, name=name))
        for one in own:
            key = (type(one), one.start, one.end)
            if key not in known and release.text[one.start : one.end] == one.text:
                known.add(key)
                lists.setdefault(KINDS[type(one).__name__], []).append(one)
    added = {kind: (*getattr(release, kind), *more) for kind, more in lists.items()}
    return release.model_copy(update={"facts": told, **added})


def _reaches(cut: Sequence[Passage], count: int) -> list[tuple[int, int] | None]:
    """First and last passage of each fact's evidence."""
    out: list[tuple[int, int] | None] = [None] * count
    for number, passage in enumerate(cut):
        for fact in passage.facts:
            before = out[fact]
            out[fact] = (before[0] if before else number, number)
    return out
