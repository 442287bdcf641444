"""Why each mention and fact of a release is what it is: what made it, and what raised or lowered its confidence."""

from __future__ import annotations

import json
import math
import shutil
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from pipeline.records import Fact, Mention, Release
from pipeline.sinks.uses import Uses
from pipeline.sinks.words import (
    LISTS,
    SLOTS,
    figure_words,
    level,
    percent,
    period_words,
    place_words,
    plain,
    warning_words,
)

if TYPE_CHECKING:
    from pipeline.sinks.origins import Origin, Origins
    from rules.messages import Messages

NARROW, WIDE = 60, 140
LOWERS, RAISES = -0.01, 0.03  # changes of confidence smaller than these are not worth a line
_OWN: Final = {"start", "end", "text", "rule", "page"}


@dataclass(frozen=True)
class Influence:
    """What moved a fact's confidence, and by how much: `points` is the share it would lose or gain without it."""

    code: str
    text: str
    points: float
    expected: bool  # whether it goes the way one expects; what was learned of few facts may go the other way


class Explainer:
    """Tells releases in one language; `weights` are those of the confidence, by the name of the feature."""

    def __init__(self, origins: Origins, weights: Mapping[str, float], say: Messages) -> None:
        self._origins, self._weights, self._say = origins, weights, say

    def influences(self, fact: Fact) -> list[Influence]:
        """What was inferred and how sure each decision was, the strongest lowering first.

        Exact for what the confidence weighs: the fact's log-odds are a sum, and each is told with what it adds to it.
        """
        parts = {f"why.{code}": self._weights.get(code, 0.0) for code in fact.why}
        for decision, odds in fact.sure.items():
            p = min(max(odds, 0.01), 0.99)
            parts[f"decision.{decision}"] = self._weights.get(f"odds={decision}", 0.0) * math.log(p / (1 - p))
        p = min(max(fact.confidence, 0.001), 0.999)
        whole = math.log(p / (1 - p))
        told = []
        for key, part in parts.items():
            points = round(p - 1 / (1 + math.exp(part - whole)), 3)
            code = key.split(".")[1]
            lowers = key.startswith("why.") or fact.sure[code] < 0.5  # type: ignore[index]
            told.append(Influence(code, self._told(key, fact), points, lowers == (points < 0)))
        return sorted(told, key=lambda i: i.points)

    def _told(self, key: str, fact: Fact) -> str:
        if key.startswith("why."):
            return self._say.get(key) or key
        return self._say(f"explain.{key}", x=percent(fact.sure[key.split(".")[1]], self._say))  # type: ignore[index]

    def json(self, release: Release) -> str:
        """One line: mentions and facts as in the record, with their reasons, and the origins that they name."""
        mentions = [
            {"kind": kind, **entry.model_dump(mode="json")} for kind in LISTS for entry in getattr(release, kind)
        ]
        facts = [
            {**fact.model_dump(mode="json"), "influences": [asdict(i) for i in self.influences(fact)]}
            for fact in release.facts
        ]
        data: dict[str, Any] = {
            "schema": release.schema_,
            "id": release.id,
            "source": release.source.model_dump(mode="json"),
            "title": release.title,
            "published": release.published.isoformat() if release.published else None,
            "engine": release.engine,
            "mentions": mentions,
            "facts": facts,
            "warnings": [
                {**notice.model_dump(mode="json"), "told": warning_words(notice, self._say)}
                for notice in release.warnings
            ],
            "rules": {o.id: {**asdict(o), "mentions": n} for o, n in self._counted(release)},
        }
        return json.dumps(data, ensure_ascii=False)

    def text(self, release: Release, width: int | None = None) -> str:
        """For a terminal of `width` columns (its own by default): facts, mentions by kind, then the rules used."""
        width = max(NARROW, min(WIDE, width or shutil.get_terminal_size((100, 24)).columns))
        return "\n".join(line.rstrip() for line in _Page(self, self._say, self._origins, width).lines(release))

    def _counted(self, release: Release) -> list[tuple[Origin, int]]:
        """The origins of a release's mentions with how many each made, the busiest first."""
        counts = Counter(mention.rule for mention in release.mentions())
        return [(self._origins.of(rule), n) for rule, n in counts.most_common()]


@dataclass(frozen=True)
class _Page:
    """One release laid out in columns."""

    explainer: Explainer
    say: Messages
    origins: Origins
    width: int

    def lines(self, release: Release) -> Iterator[str]:
        say = self.say
        yield from self._wrap(plain(release.title or release.source.uri or release.id))
        days = [(key, day) for key, day in (("published", release.published), ("updated", release.updated)) if day]
        told = [plain(release.source.uri or release.id), *(say(f"show.{k}", date=d.isoformat()) for k, d in days)]
        yield from self._wrap(" · ".join([*told, release.engine]))
        for notice in release.warnings:
            yield from self._wrap(say("show.warning", text=warning_words(notice, say)))
        uses = Uses(release)
        yield from self._heading(say("show.facts", n=len(release.facts)))
        for number, fact in enumerate(release.facts, 1):
            yield from self._fact(number, fact, uses)
            yield ""
        if not release.facts:
            yield from (say("show.no_facts"), "")
        yield from self._heading(say("explain.mentions", n=len(uses.mentions)))
        for kind in LISTS:
            if entries := getattr(release, kind):
                yield from self._kind(kind, entries)
        if uses.mentions:
            yield from self._heading(say("explain.origins"))
            for origin, count in self.explainer._counted(release):
                yield from self._origin(origin, count)

    def _heading(self, text: str) -> Iterator[str]:
        yield from ("", text.upper(), "─" * min(len(text), self.width), "")

    def _wrap(self, text: str, first: str = "", rest: str | None = None) -> list[str]:
        indent = first if rest is None else rest
        return textwrap.wrap(text, self.width, initial_indent=first, subsequent_indent=indent) or [first]

    def _fact(self, number: int, fact: Fact, uses: Uses) -> Iterator[str]:
        say = self.say
        who = plain(fact.company) if fact.company else say("show.nobody")
        sure = say("card.confidence", word=say(f"level.{level(fact.confidence)}"), x=percent(fact.confidence, say))
        head = f"{who} — {say(f'action.{fact.action}')} ({say(f'status.{fact.status}')})"
        yield from self._wrap(head, f"{number:>2}. ", "    ")
        yield from self._wrap(f"{sure} · {fact.id}", "    ")
        for label, value, mention in self._slots(fact, uses):
            words = value if mention is None else f"{value}  {self._from(mention)}"
            yield from self._wrap(words, f"    {label:<{self._label}} ", " " * (self._label + 5))
        quote = (
            f"{say('show.quote', text=plain(fact.evidence.text))} {self._span(fact.evidence.start, fact.evidence.end)}"
        )
        yield from self._wrap(quote, f"    {say('explain.text'):<{self._label}} ", " " * (self._label + 5))
        yield from self._influences(fact)

    def _influences(self, fact: Fact) -> Iterator[str]:
        say = self.say
        influences = self.explainer.influences(fact)
        lowered = [i for i in influences if i.points <= LOWERS and i.expected]
        raised = [i for i in reversed(influences) if i.points >= RAISES and i.expected]
        for key, chosen in (("explain.lowered", lowered), ("explain.raised", raised)):
            if chosen:
                yield f"    {say(key)}"
            for one in chosen:
                yield from self._wrap(
                    one.text, f"      {self._signed(one):>{self._points}}  ", " " * (self._points + 8)
                )
        if not lowered:
            yield f"    {say('explain.no_reasons')}"
        for one in influences:
            if not one.expected and abs(one.points) >= RAISES:
                yield from self._wrap(say("explain.unexpected", text=one.text, x=self._signed(one)), "    ")
        if also := [i.text for i in influences if i.code in fact.why and i not in lowered and abs(i.points) < RAISES]:
            yield from self._wrap(say("explain.also", x="; ".join(also)), "    ")

    def _signed(self, influence: Influence) -> str:
        return self.say("explain.points", x=f"{round(100 * influence.points):+d}".replace("-", "−"))

    @property
    def _label(self) -> int:
        return max(len(self.say(f"slot.{slot}")) for slot in SLOTS)

    @property
    def _points(self) -> int:
        return len(self.say("explain.points", x="+00"))

    def _slots(self, fact: Fact, uses: Uses) -> Iterator[tuple[str, str, Mention | None]]:
        say = self.say
        if actors := uses.actors(fact):
            yield say("card.who"), plain(fact.company or ""), uses.mentions[actors[0]]
        for slot in SLOTS:
            if (figure := getattr(fact, slot)) is not None:
                yield say(f"slot.{slot}"), figure_words(slot, figure, say), figure
        for place in fact.places:
            yield say("card.where"), f"{plain(place.name)} ({place_words(place, say)})", place
        if fact.date is not None:
            words = period_words(fact.date.first.isoformat(), fact.date.last.isoformat(), say)
            yield say("card.when"), words, fact.date if isinstance(fact.date, Mention) else None

    def _from(self, mention: Mention) -> str:
        span = self._span(mention.start, mention.end)
        return f"← {self.say('show.quote', text=plain(mention.text))} {span} [{mention.rule or '?'}]"

    def _span(self, start: int, end: int) -> str:
        return self.say("explain.span", start=start, end=end)

    def _kind(self, kind: str, entries: tuple[Mention, ...]) -> Iterator[str]:
        """A table of one kind: where, which words, what they stand for, what made them."""
        yield f"{self.say(f'kind.{kind}')} ({len(entries)})"
        rows = [(self._span(e.start, e.end), plain(e.text), _values(e), e.rule or "?") for e in entries]
        spans = max(len(row[0]) for row in rows)
        rules = max(len(row[3]) for row in rows)
        room = self.width - spans - rules - 8  # for words and values, with two blanks between the columns
        words = min(max(len(row[1]) for row in rows), room // 2)
        values = room - words
        for span, text, value, rule in rows:
            left, right = textwrap.wrap(text, words), textwrap.wrap(value, values) or [""]
            for at in range(max(len(left), len(right))):
                a, b = left[at : at + 1], right[at : at + 1]
                first = (span, rule) if at == 0 else ("", "")
                yield f"  {first[0]:>{spans}}  {''.join(a):<{words}}  {''.join(b):<{values}}  {first[1]}"
        yield ""

    def _origin(self, origin: Origin, count: int) -> Iterator[str]:
        say = self.say
        yield from self._wrap(f"{origin.id or '?'} · {say('explain.made', n=count)}")
        if origin.kind != "rule":
            yield from self._wrap(say(f"explain.by_{origin.kind}", file=origin.file), "    ")
        else:
            yield from self._wrap(f"{origin.file}:{origin.line} · {origin.about}", "    ")
            if origin.note:
                yield from self._wrap(origin.note, "    ")
            examples = ", ".join(say("show.quote", text=e) for e in origin.examples[:3])
            yield from self._wrap(say("explain.examples", x=examples), "    ")
            others = ", ".join(say("show.quote", text=e) for e in origin.counter_examples[:2])
            yield from self._wrap(say("explain.counter_examples", x=others), "    ")
        yield ""


def _values(entry: Mention) -> str:
    """What a mention stands for: its fields, but for a name as written and an exact bound."""
    values = entry.model_dump(mode="json", exclude=_OWN, exclude_none=True)
    if (bound := values.pop("bound", "exact")) != "exact":
        values["bound"] = bound
    if values.get("name") == entry.text:
        del values["name"]
    return " ".join(f"{key}={plain(str(value))}" for key, value in values.items())
