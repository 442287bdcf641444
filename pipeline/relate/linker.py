"""Mentions to rows: which anchors make facts, whose they are, which belong together, and what else each row holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from pipeline.choose import Array, Weights
from pipeline.records import Action, Status
from pipeline.relate.actors import actor_features, candidates
from pipeline.relate.anchors import Anchor, anchors, fact_features
from pipeline.relate.partners import joint_features, partners
from pipeline.relate.rows import Row, action_features, apart, merge_features, status_features, statuses
from pipeline.relate.scene import Item, Scene
from pipeline.relate.settings import Option, also_features, date_features, options, place_features

ACTIONS: tuple[str, ...] = get_args(Action)
STATUSES: tuple[str, ...] = get_args(Status)
ROWS_BACK = 12  # rows of an actor looked at for a new anchor: the latest


@dataclass(frozen=True)
class Thresholds:
    """How probable a decision must be to be taken; chosen on dev."""

    figure: float = 0.45
    cue: float = 0.5
    merge: float = 0.4
    also: float = 0.4
    member: float = 0.5
    joint: float = 0.5
    date: float = 0.5  # a date, or a place, is left out where leaving it out is more probable than this
    place: float = 0.5


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
    actor: str | None
    for anchor in found:
        fact = yes(weights, "fact", fact_features(scene, anchor, repeated))
        if anchor.member is not None:
            mine = by_actor.get(anchor.member.name, [])
            if fact < limits.member or any(a.sentence is anchor.sentence for r in mine for a in r.anchors):
                continue
            actor = anchor.member.name
            chosen = 1.0
        elif fact < (limits.figure if anchor.slot else limits.cue):
            continue
        else:
            actor, chosen = choose_actor(scene, weights, anchor)
        sure[id(anchor)] = (fact, chosen)
        mine = by_actor.setdefault(actor, [])
        best, probability = None, limits.merge
        for row in mine[-ROWS_BACK:]:
            if apart(row, anchor):
                continue
            merge = yes(weights, "merge", merge_features(scene, row, anchor))
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
            if yes(weights, "joint", joint_features(scene, row, pair)) >= limits.joint:
                linked.append(replace(one, row=Row(pair[1].name, row.anchors, row.witnesses)))
    return linked


def choose_actor(scene: Scene, weights: Weights, anchor: Anchor) -> tuple[str | None, float]:
    actors = candidates(scene, anchor)
    odds = weights["actor"].choose([actor_features(scene, anchor, a) for a in actors])
    best = int(odds.argmax())
    actor = actors[best]
    return (actor.name if actor else None), float(odds[best])


def yes(weights: Weights, decision: str, features: list[str]) -> float:
    """The probability of yes."""
    return float(weights[decision].classify([features])[0, 1])


def _pick(choices: Sequence[Option | None], odds: Array, limit: float) -> tuple[Option | None, float]:
    """The most probable option, unless none at all (the last choice) is more probable than the limit."""
    if len(choices) == 1 or odds[-1] > limit:
        return None, float(odds[-1])
    best = int(odds[:-1].argmax())
    return choices[best], float(odds[best])


def finish(
    scene: Scene, weights: Weights, limits: Thresholds, row: Row, sure: dict[int, tuple[float, float]]
) -> Linked:
    """Action, date, status and places of a row."""
    odds = weights["action"].classify([action_features(scene, row)])[0]
    action, action_odds = ACTIONS[int(odds.argmax())], float(odds.max())
    days = options(scene, row, "dates")
    choices: list[Option | None] = [*days, None]
    odds = weights["date"].choose([date_features(scene, row, action, o, len(days)) for o in choices])
    option, date_odds = _pick(choices, odds, limits.date)
    date = option.item if option else None
    odds = weights["status"].classify([status_features(scene, row, action, date)])[0]
    allowed = statuses(row, STATUSES)
    status = max(allowed, key=lambda one: odds[STATUSES.index(one)])
    status_odds = float(odds[STATUSES.index(status)] / sum(odds[STATUSES.index(one)] for one in allowed))
    where = options(scene, row, "places")
    spots: list[Option | None] = [*where, None]
    odds = weights["place"].choose([place_features(scene, row, action, o, where) for o in spots])
    main, place_odds = _pick(spots, odds, limits.place)
    taken = []
    if main is not None:
        others = [o for o in where if o is not main]
        taken = [o.item for o in others if yes(weights, "also", also_features(scene, row, main, o)) >= limits.also]
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
