"""Mentions to rows: which anchors make facts, whose they are, which belong together, and what else each row holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
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
from pipeline.relate.telling import silent_features, tellers, telling_features

ACTIONS: tuple[str, ...] = get_args(Action)
STATUSES: tuple[str, ...] = get_args(Status)
ROWS_BACK = 12  # rows of an actor looked at for a new anchor: the latest
MOST_ANCHORS = 12  # anchors that a row is weighed by: what tells it again and again is a witness


@dataclass(frozen=True)
class Thresholds:
    """How probable a decision must be to be taken; chosen on dev, fresh, unseen and folds."""

    figure: float = 0.25
    cue: float = 0.5
    merge: float = 0.4
    also: float = 0.4
    telling: float = 0.25  # that a firm is told of at all where no figure says so
    again: float = 0.3  # that one more sentence tells of it
    joint: float = 0.5
    date: float = 0.6  # a date, or a place, is left out where leaving it out is more probable than this
    place: float = 0.6


@dataclass(frozen=True, slots=True)
class Linked:
    """A row with all its slots and the probability of each decision."""

    row: Row
    action: str
    status: str
    places: tuple[Item, ...]
    date: Item | None
    reckoned: bool  # whether the year of the date is not written
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
    asked = [a for a in found if a.member is None]
    facts = dict(
        zip(map(id, asked), yes(weights, "fact", [fact_features(scene, a, repeated) for a in asked]), strict=True)
    )
    told = [a for a in asked if facts[id(a)] >= (limits.figure if a.slot else limits.cue)]
    choices = {id(a): choice for a, choice in zip(told, choose_actors(scene, weights, told), strict=True)}
    figured = {(a.sentence.index, choices[id(a)][0]) for a in told}
    for anchor, probability in choose_tellers(scene, weights, limits, found, figured, repeated):
        facts[id(anchor)] = probability
        choices[id(anchor)] = anchor.member.name if anchor.member else None, 1.0
    for anchor in found:
        if id(anchor) not in choices:
            continue
        actor, chosen = choices[id(anchor)]
        sure[id(anchor)] = (facts[id(anchor)], chosen)
        mine = by_actor.setdefault(actor, [])
        near = [row for row in mine[-ROWS_BACK:] if not apart(row, anchor)]
        best, probability = None, limits.merge
        for row, merge in zip(
            near, yes(weights, "merge", [merge_features(scene, r, anchor) for r in near]), strict=True
        ):
            if merge >= probability:
                best, probability = row, merge
        if best is None:
            row = Row(actor, [anchor])
            rows.append(row)
            mine.append(row)
        elif best.repeats(anchor) or best.conflicts(anchor) or len(best.anchors) >= MOST_ANCHORS:
            best.witnesses.append(anchor)
        else:
            best.anchors.append(anchor)
    linked = []
    for row, one in zip(rows, finish(scene, weights, limits, rows, sure), strict=True):
        linked.append(one)
        pairs = partners(scene, row)
        for pair, joint in zip(
            pairs, yes(weights, "joint", [joint_features(scene, row, p) for p in pairs]), strict=True
        ):
            if joint >= limits.joint:
                linked.append(replace(one, row=Row(pair[1].name, row.anchors, row.witnesses)))
    return linked


def choose_actors(scene: Scene, weights: Weights, told: Sequence[Anchor]) -> list[tuple[str | None, float]]:
    """The name of each anchor's actor, None for nobody, and its probability."""
    actors = [candidates(scene, anchor) for anchor in told]
    features = [[actor_features(scene, n, a) for a in of] for n, of in zip(told, actors, strict=True)]
    chosen: list[tuple[str | None, float]] = []
    for of, odds in zip(actors, weights["actor"].choose_each(features), strict=True):
        best = int(odds.argmax())
        actor = of[best]
        chosen.append((actor.name if actor else None, float(odds[best])))
    return chosen


def choose_tellers(
    scene: Scene,
    weights: Weights,
    limits: Thresholds,
    found: Sequence[Anchor],
    figured: Set[tuple[int, str | None]],
    repeated: Counter[tuple[object, ...]],
) -> Iterator[tuple[Anchor, float]]:
    """The sentences that tell of a firm what no figure does, each with the probability that it is told of.

    `figured` are the sentences, with a firm's name, in which a figure of it or an action word tells a row.
    """
    by_firm = {
        name: mine
        for name, of in tellers(found).items()
        if (mine := [a for a in of if (a.sentence.index, name) not in figured])
    }
    with_rows = {name for _, name in figured}
    asked = [
        [
            *(telling_features(scene, a, a.member, repeated) for a in of if a.member),
            silent_features(scene, name, len(of), name in with_rows),
        ]
        for name, of in by_firm.items()
    ]
    for of, odds in zip(by_firm.values(), weights["telling"].choose_each(asked), strict=True):
        told = 1 - float(odds[-1])
        if told < limits.telling:
            continue
        best = int(odds[:-1].argmax())
        yield of[best], told
        yield from (
            (a, float(p)) for n, (a, p) in enumerate(zip(of, odds, strict=False)) if n != best and p >= limits.again
        )


def yes(weights: Weights, decision: str, asked: Sequence[list[str]]) -> list[float]:
    """The probability of yes for each of some lists of features."""
    odds: list[float] = weights[decision].classify(asked)[:, 1].tolist()
    return odds


def _pick(
    choices: Sequence[Sequence[Option | None]], odds: Sequence[Array], limit: float
) -> list[tuple[Option | None, float]]:
    """The most probable option of each decision, unless none at all (its last choice) is more probable than the limit."""
    picked: list[tuple[Option | None, float]] = []
    for of, each in zip(choices, odds, strict=True):
        if len(of) == 1 or each[-1] > limit:
            picked.append((None, float(each[-1])))
        else:
            best = int(each[:-1].argmax())
            picked.append((of[best], float(each[best])))
    return picked


def finish(
    scene: Scene, weights: Weights, limits: Thresholds, rows: Sequence[Row], sure: dict[int, tuple[float, float]]
) -> list[Linked]:
    """Each row with its action, date, status and places: one decision after the other, of all rows at once."""
    odds = weights["action"].classify([action_features(scene, row) for row in rows])
    actions = [ACTIONS[n] for n in odds.argmax(axis=1)]
    action_odds = odds.max(axis=1).tolist()
    told = list(zip(rows, actions, strict=True))

    days: list[list[Option | None]] = [[*options(scene, row, "dates"), None] for row in rows]
    features = [[date_features(scene, r, a, o, len(of) - 1) for o in of] for (r, a), of in zip(told, days, strict=True)]
    picked = _pick(days, weights["date"].choose_each(features), limits.date)
    dates = [(option.item if option else None, p) for option, p in picked]

    asked = [status_features(scene, row, action) for row, action in told]
    stands = [_status(row, one) for row, one in zip(rows, weights["status"].classify(asked), strict=True)]

    where = [options(scene, row, "places") for row in rows]
    spots: list[list[Option | None]] = [[*of, None] for of in where]
    features = [
        [place_features(scene, r, a, o, of) for o in (*of, None)] for (r, a), of in zip(told, where, strict=True)
    ]
    mains = _pick(spots, weights["place"].choose_each(features), limits.place)
    others = [[o for o in of if o is not main] if main else [] for of, (main, _) in zip(where, mains, strict=True)]
    more = iter(
        yes(
            weights,
            "also",
            [
                also_features(scene, row, main, o)
                for row, (main, _), of in zip(rows, mains, others, strict=True)
                if main
                for o in of
            ],
        )
    )
    linked = []
    for n, row in enumerate(rows):
        main, place_odds = mains[n]
        date, date_odds = dates[n]
        taken = [o.item for o in others[n] if next(more) >= limits.also] + ([main.item] if main else [])
        facts = [sure[id(a)] for a in row.anchors]
        linked.append(
            Linked(
                row,
                actions[n],
                stands[n][0],
                tuple(sorted(taken, key=lambda i: i.first)),
                date,
                date is not None and not scene.says_year(date),
                {
                    "fact": max(f for f, _ in facts),
                    "actor": min(a for _, a in facts),
                    "action": action_odds[n],
                    "date": date_odds,
                    "status": stands[n][1],
                    "place": place_odds,
                },
            )
        )
    return linked


def _status(row: Row, odds: Array) -> tuple[str, float]:
    """The most probable of the statuses that a row may have, and its share among these."""
    allowed = statuses(row, STATUSES)
    status = max(allowed, key=lambda one: odds[STATUSES.index(one)])
    return status, float(odds[STATUSES.index(status)] / sum(odds[STATUSES.index(one)] for one in allowed))
