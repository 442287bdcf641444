"""Annotated releases as decisions rightly taken: what the scorers of names, figures and roles learn from."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from pipeline.choose import Candidate
from pipeline.corpus import KINDS, Annotated, Gold
from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.entity import Entity
from pipeline.grammar import Match
from pipeline.recognise import Context, Found, names, occurrence
from pipeline.recognise import bare as bare_numbers
from pipeline.recognise.calendar import Interval
from pipeline.recognise.dates import DateReading
from pipeline.recognise.figures import Figure, found_of
from pipeline.recognise.names.located import DECISION as PLACE_KIND
from pipeline.recognise.names.located import KIND_LABELS
from pipeline.recognise.quantities import AT_WORK, work_features
from pipeline.recognise.roles import DECISIONS, ROLES, CueIndex, features
from pipeline.relate.scene import Scene
from pipeline.training.scorer import Instance

Decided: TypeAlias = tuple[str, Instance]  # decision, instance
FIELDS = {"power": ("mw", "megawatts"), "energy": ("mwh", "megawatt_hours"), "area": ("m2", "square_metres")}
LABELS: dict[str, tuple[str, ...]] = {  # of the decisions that sort under labels
    names.DECISION: names.LABELS,
    PLACE_KIND: KIND_LABELS,
    AT_WORK: ("no", "yes"),
    **{decision: ROLES[kind] for kind, decision in DECISIONS.items()},
}
ON_ORGANISATION = 0.5  # part shared with an organisation from which a span is nobody's error


def mention_examples(engine: Engine, release: Annotated, entities: Sequence[Entity]) -> Iterator[Decided]:
    """The decisions on names, figures and roles in a release whose entities the model gave."""
    context, _ = engine.context(Document(release.text, published=release.published), list(entities))
    taught, dates = _dates(engine, context, release)
    yield from taught
    context = replace(context, earlier={"dates": dates.found})
    yield from _people(context, release)
    yield from _figures(engine, context, release)
    context, _ = engine.recognisers.before_names(context)
    yield from _names(engine, context, release)


def _dates(engine: Engine, context: Context, release: Annotated) -> tuple[list[Decided], DateReading]:
    """Which time is meant by dates that come back, seen as if all before them had been read rightly."""
    taught: list[Decided] = []
    golds = [gold_found(m) for m in release.mentions if m.tag == "date"]

    def pick(point: Match, candidates: Sequence[Interval], features: Sequence[Candidate]) -> int:
        start, end = context.span(point)
        gold = next((g.values for g in golds if g.start < end and start < g.end), None)
        right = [n for n, c in enumerate(candidates) if gold and gold["first"] <= c.last and c.first <= gold["last"]]
        if len(right) != 1:
            return next(n for n, told in enumerate(features) if occurrence.RULED in told)
        taught.append((occurrence.DECISION, Instance(features, right)))
        return right[0]

    return taught, engine.recognisers.dates.read(context, pick)


def _names(engine: Engine, context: Context, release: Annotated) -> Iterator[Decided]:
    golds = {(m.start, m.end): m for m in release.mentions if KINDS[m.tag] in names.LABELS}
    organisations = [m for m in golds.values() if m.tag == "org"]
    tokens = context.tokens
    spans, features_of = engine.recognisers.names.weighed(context)
    for span, told in zip(spans, features_of, strict=True):
        start, end = tokens.starts[span.first], tokens.ends[span.last - 1]
        gold = golds.get((start, end))
        if gold is None and any(_share(start, end, o) >= ON_ORGANISATION for o in organisations):
            continue
        yield names.DECISION, Instance([told], [names.LABELS.index(KINDS[gold.tag]) if gold else 0])
        if gold is not None and gold.tag == "place":
            kind = KIND_LABELS.index(gold.attributes["kind"])
            yield PLACE_KIND, Instance([engine.recognisers.names.kind_features(context, span, told)], [kind])


def _share(start: int, end: int, gold: Gold) -> float:
    inner = min(end, gold.end) - max(start, gold.start)
    return max(0, inner) / (max(end, gold.end) - min(start, gold.start))


def _people(context: Context, release: Annotated) -> Iterator[Decided]:
    tokens = context.tokens
    jobs = [m for m in release.mentions if m.tag == "jobs"]
    for match in context.matches.get("jobs", ()):
        start, end = tokens.starts[match.first], tokens.ends[match.last - 1]
        right = any(m.start < end and start < m.end for m in jobs)
        yield AT_WORK, Instance([work_features(context, match)], [int(right)])


def _figures(engine: Engine, context: Context, release: Annotated) -> Iterator[Decided]:
    """Bare numbers with what they stand for, seen as if all before them had been read rightly; and the roles."""
    reader = engine.recognisers.figures
    known = reader.with_unit(context)
    bare = bare_numbers.BareReader(None)
    taken: list[Figure] = []
    for number in bare_numbers.numbers(context, known):
        loans, told = bare.options(context, number, sorted([*known, *taken], key=lambda f: f.first))
        if not loans:
            continue
        right = [n for n, loan in enumerate(loans, 1) if _is_gold(context, loan.figure, release)]
        yield bare_numbers.DECISION, Instance(told, right or [0])
        if right:
            taken.append(loans[right[0] - 1].figure)
    figures = sorted([*known, *taken], key=lambda f: f.first)
    index = CueIndex(context, figures)
    for figure in figures:
        kind = figure.kind.name
        if kind in DECISIONS:
            gold = _gold_of(context, figure, release)
            if gold is not None:
                role = ROLES[kind].index(gold.attributes["role"])
                yield DECISIONS[kind], Instance([features(context, figure, index)], [role])


def _gold_of(context: Context, figure: Figure, release: Annotated) -> Gold | None:
    span = found_of(context, figure, None)
    return next(
        (m for m in release.mentions if KINDS[m.tag] == span.kind and m.start < span.end and span.start < m.end), None
    )


def _is_gold(context: Context, figure: Figure, release: Annotated) -> bool:
    gold = _gold_of(context, figure, release)
    if gold is None:
        return False
    value = float(gold.attributes[FIELDS.get(gold.tag, ("value", ""))[0]])
    return abs(value - figure.low) <= 1e-3 * max(value, 1e-9)


def gold_scene(engine: Engine, release: Annotated) -> Scene:
    """A release as the facts are read from it, with its annotated mentions."""
    context, _ = engine.context(Document(release.text, published=release.published), [])
    found = [gold_found(m) for m in release.mentions]
    return engine.scene_of(context.document, found, context.matches, release.published)


def gold_found(gold: Gold) -> Found:
    """An annotated mention as if it had been recognised."""
    said = gold.attributes
    values: dict[str, Any]
    if gold.tag in ("company", "org"):
        values = {"name": said.get("name", gold.text)}
    elif gold.tag == "place":
        values = {"name": said["name"], "kind": said["kind"], "code": said.get("insee") or said.get("code")}
    elif gold.tag == "date":
        values = {name: datetime.date.fromisoformat(said[at]) for name, at in (("first", "start"), ("last", "end"))}
    else:
        attribute, name = FIELDS.get(gold.tag, ("value", "value"))
        high = said.get("max")
        values = {name: float(said[attribute]), "max": float(high) if high else None}
        values["bound"] = said.get("bound", "exact")
        values |= {k: said[k] for k in ("currency", "role") if k in said}
    return Found(KINDS[gold.tag], gold.start, gold.end, values, "gold")
