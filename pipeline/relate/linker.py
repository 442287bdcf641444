"""Mentions to rows: which anchors make facts, whose they are, which belong together, and what else each row holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from pipeline.choose import Weights
from pipeline.records import Action, Status
from pipeline.relate.anchors import Anchor, Told, actor_features, anchors, candidates, fact_features
from pipeline.relate.rows import (
    Option,
    Row,
    action_features,
    also_features,
    apart,
    date_features,
    joint_features,
    merge_features,
    options,
    partners,
    place_features,
    status_features,
    statuses,
)
from pipeline.relate.scene import Item, Scene

ACTIONS: tuple[str, ...] = get_args(Action)
STATUSES: tuple[str, ...] = get_args(Status)
ROWS_BACK = 12  # rows of an actor looked at for a new anchor: the latest


@dataclass(frozen=True)
class Thresholds:
    """How probable a decision must be to be taken; chosen on folds."""

    figure: float = 0.4
    cue: float = 0.5
    merge: float = 0.5
    also: float = 0.5
    member: float = 0.45
    joint: float = 0.5


@dataclass(frozen=True, slots=True)
class Linked:
    """A row with all its slots and the probability of each decision."""

    row: Row
    action: str
    status: str
    places: tuple[Item, ...]
    date: Item | None
    sure: dict[str, float]  # decision → probability


def repeated_values(found: Sequence[Anchor]) -> Counter[tuple[object, ...]]:
    return Counter((a.slot, *a.value) for a in found if a.slot)


def link(scene: Scene, weights: Weights, limits: Thresholds) -> list[Linked]:
    """All the rows of a release."""
    found = list(anchors(scene))
    repeated = repeated_values(found)
    rows: list[Row] = []
    sure: dict[int, tuple[float, float]] = {}
    by_actor: dict[str | None, list[Row]] = {}
    told: Told | None = None
    actor: str | None
    for anchor in found:
        fact = weights.yes("fact", fact_features(scene, anchor, repeated))
        if anchor.member is not None:
            mine = by_actor.get(anchor.member.name, [])
            if fact < limits.member or any(a.sentence is anchor.sentence for r in mine for a in r.anchors):
                continue
            actor = anchor.member.name
            chosen = 1.0
        elif fact < (limits.figure if anchor.slot else limits.cue):
            continue
        else:
            actor, chosen = choose_actor(scene, weights, anchor, told)
            told = Told(anchor, actor)
        sure[id(anchor)] = (fact, chosen)
        mine = by_actor.setdefault(actor, [])
        best, probability = None, limits.merge
        for row in mine[-ROWS_BACK:]:
            if apart(row, anchor):
                continue
            merge = weights.yes("merge", merge_features(scene, row, anchor))
            if merge >= probability:
                best, probability = row, merge
        if best is None:
            row = Row(actor, [anchor])
            rows.append(row)
            mine.append(row)
        elif best.repeats(anchor) or best.conflicts(anchor):
            best.witnesses.append(anchor)
        else:
            best.anchors.append(anchor)
    linked = []
    for row in rows:
        one = finish(scene, weights, limits, row, sure)
        linked.append(one)
        for pair in partners(scene, row):
            if weights.yes("joint", joint_features(scene, row, pair)) >= limits.joint:
                linked.append(replace(one, row=Row(pair[1].name, row.anchors, row.witnesses)))
    return linked


def choose_actor(scene: Scene, weights: Weights, anchor: Anchor, told: Told | None) -> tuple[str | None, float]:
    actors = candidates(scene, anchor)
    odds = weights.choose("actor", [actor_features(scene, anchor, a, told) for a in actors])
    best = max(range(len(odds)), key=odds.__getitem__)
    actor = actors[best]
    return (actor.name if actor else None), odds[best]


def finish(
    scene: Scene, weights: Weights, limits: Thresholds, row: Row, sure: dict[int, tuple[float, float]]
) -> Linked:
    """Action, date, status and places of a row."""
    odds = weights.choose("action", [action_features(scene, row, a) for a in ACTIONS])
    at = max(range(len(odds)), key=odds.__getitem__)
    action, action_odds = ACTIONS[at], odds[at]
    days = options(scene, row, "dates")
    choices: list[Option | None] = [*days, None]
    odds = weights.choose("date", [date_features(scene, row, action, o, len(days)) for o in choices])
    at = max(range(len(odds)), key=odds.__getitem__)
    option, date_odds = choices[at], odds[at]
    date = option.item if option else None
    possible = statuses(row, STATUSES)
    odds = weights.choose("status", [status_features(scene, row, action, s, date) for s in possible])
    at = max(range(len(odds)), key=odds.__getitem__)
    status, status_odds = possible[at], odds[at]
    where = options(scene, row, "places")
    spots: list[Option | None] = [*where, None]
    odds = weights.choose("place", [place_features(scene, row, action, o, where) for o in spots])
    at = max(range(len(odds)), key=odds.__getitem__)
    main, place_odds = spots[at], odds[at]
    taken = []
    if main is not None:
        others = [o for o in where if o is not main]
        taken = [o.item for o in others if weights.yes("also", also_features(scene, row, main, o)) >= limits.also]
        taken.append(main.item)
    facts = [sure[id(a)] for a in row.anchors]
    return Linked(
        row,
        action,
        status,
        tuple(sorted(taken, key=lambda i: i.first)),
        date,
        {
            "fact": max(f for f, _ in facts),
            "actor": min(a for _, a in facts),
            "action": action_odds,
            "date": date_odds,
            "status": status_odds,
            "place": place_odds,
        },
    )
