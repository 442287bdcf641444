"""Annotated releases as decisions on facts: which anchors tell which rows, and what each decision should have been."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from pipeline.relate.actors import actor_features, candidates
from pipeline.relate.anchors import Anchor, anchors, fact_features
from pipeline.relate.linker import ACTIONS, STATUSES, repeated_values
from pipeline.relate.partners import joint_features, partners
from pipeline.relate.rows import BUILD, Row, action_features, merge_features, status_features
from pipeline.relate.scene import Scene
from pipeline.relate.settings import also_features, date_features, options, place_features
from pipeline.relate.telling import silent_features, tellers, telling_features
from pipeline.training.scorer import Instance

Decided = tuple[str, Instance]  # decision, instance
Fact = Mapping[str, Any]  # a gold row as in a .release file
SLOTS = ("amount", "power", "energy", "jobs", "area", "revenue")


def group(action: str) -> str:
    return "build" if action in BUILD else action


def fills(anchor: Anchor, fact: Fact) -> bool:
    """Whether a figure is the one a gold row holds in its slot."""
    gold = fact.get(anchor.slot)
    if not gold:
        return False
    values = anchor.item.found.values if anchor.item else {}
    figure = next(float(v) for v in anchor.value if isinstance(v, int | float))
    if abs(figure - float(gold["value"])) > 1e-3 * max(1e-9, abs(figure)):
        return False
    return not (gold.get("currency") and values.get("currency") and gold["currency"] != values["currency"])


def fold_name(name: object) -> str:
    return str(name or "").casefold()


def align(scene: Scene, found: Sequence[Anchor], facts: Sequence[Fact]) -> list[list[int]]:
    """For each anchor, the gold rows it tells (several when partners share a sum)."""
    aligned = [[n for n, f in enumerate(facts) if a.slot and fills(a, f)] for a in found]
    for at, anchor in enumerate(found):
        if anchor.member is not None:
            aligned[at] = _tells(anchor, facts)
            continue
        if anchor.cue is None:
            continue
        action = {"sell": "other", "revenue": "other"}.get(str(anchor.cue.value), str(anchor.cue.value))
        names = {fold_name(i.name) for i in anchor.sentence.of("companies", "organisations")}
        places = {fold_name(i.name) for i in anchor.sentence.of("places")}
        dates = {(str(i.found.values["first"]), str(i.found.values["last"])) for i in anchor.sentence.of("dates")}
        figures = [a for a in found if a.slot and a.sentence is anchor.sentence]
        scored = []
        for n, fact in enumerate(facts):
            if group(str(fact["action"])) != group(action):
                continue
            date = fact.get("date") or {}
            shared = 2 * sum(fills(a, fact) for a in figures)
            shared += 2 * (fold_name(fact.get("company")) in names)
            shared += sum(fold_name(p) in places for p in fact.get("places") or [])
            shared += (str(date.get("start")), str(date.get("end"))) in dates
            if shared >= 2 or (shared and not names):
                scored.append((shared, -n))
        if scored:
            aligned[at] = [-max(scored)[1]]
    return aligned


def _tells(anchor: Anchor, facts: Sequence[Fact]) -> list[int]:
    """The gold row that a sentence tells of the firm it names: the one it shares most with."""
    assert anchor.member is not None
    sentence, firm = anchor.sentence, fold_name(anchor.member.name)
    places = {fold_name(i.name) for i in sentence.of("places")}
    dates = {(str(i.found.values["first"]), str(i.found.values["last"])) for i in sentence.of("dates")}
    cues = {
        group({"sell": "other", "revenue": "other"}.get(str(c.value), str(c.value)))
        for c in sentence.cues.get("action", ())
    }
    scored = []
    for n, fact in enumerate(facts):
        if fold_name(fact.get("company")) != firm:
            continue
        figures = any(s in fact for s in SLOTS)
        date = fact.get("date") or {}
        shared = (group(str(fact["action"])) in cues) * 1.5
        shared += any(fold_name(p) in places for p in fact.get("places") or [])
        shared += (str(date.get("start")), str(date.get("end"))) in dates
        if shared >= (1.5 if figures else 1) or not (figures or fact.get("places")):
            scored.append((shared, -n))
    return [-max(scored)[1]] if scored else []


def instances(scene: Scene, facts: Sequence[Fact]) -> Iterator[Decided]:
    """(decision, instance) pairs that a release teaches."""
    found = list(anchors(scene))
    aligned = align(scene, found, facts)
    repeated = repeated_values(found)
    rows: dict[int, Row] = {}
    figured = _figured(found, aligned, facts)
    yield from _tellings(scene, found, aligned, facts, figured, repeated)
    with_figure = {n for anchor, rows_of in zip(found, aligned, strict=True) if anchor.slot for n in rows_of}
    for anchor, rows_of in zip(found, aligned, strict=True):
        if anchor.member is not None and (anchor.sentence.index, fold_name(anchor.member.name)) in figured:
            continue  # a figure of its sentence tells the row
        lone = anchor.cue is not None and not with_figure.intersection(rows_of)  # no figure tells its row
        if anchor.slot or lone:
            yield "fact", Instance([fact_features(scene, anchor, repeated)], [int(bool(rows_of))])
        if not rows_of:
            continue
        actors = candidates(scene, anchor)
        names = {fold_name(facts[n].get("company")) for n in rows_of}
        right = [i for i, a in enumerate(actors) if fold_name(a.name if a else "") in names]
        if right and anchor.member is None:
            yield "actor", Instance([actor_features(scene, anchor, a) for a in actors], right)
        row_index = rows_of[0]
        actor = facts[row_index].get("company")
        for other_index, other in rows.items():
            if facts[other_index].get("company") != actor:
                continue
            if row_index == other_index and other.conflicts(anchor):
                continue
            yield "merge", Instance([merge_features(scene, other, anchor)], [int(row_index == other_index)])
        if row_index in rows:
            if not rows[row_index].repeats(anchor) and not rows[row_index].conflicts(anchor):
                rows[row_index].anchors.append(anchor)
        else:
            rows[row_index] = Row(actor, [anchor])
    for n, row in rows.items():
        yield from row_instances(scene, row, facts[n])
        names = {fold_name(facts[m].get("company")) for m in same_rows(facts, n)}
        for pair in partners(scene, row):
            right_one = fold_name(pair[1].name) in names
            yield "joint", Instance([joint_features(scene, row, pair)], [int(right_one)])


def _tellings(
    scene: Scene,
    found: Sequence[Anchor],
    aligned: Sequence[Sequence[int]],
    facts: Sequence[Fact],
    figured: Set[tuple[int, str]],
    repeated: Counter[tuple[object, ...]],
) -> Iterator[Decided]:
    """For each firm, which sentence tells a row of it that has no figure: any of them where none shares its settings."""
    rows_of = {id(anchor): rows for anchor, rows in zip(found, aligned, strict=True)}
    with_figure = {name for _, name in figured}
    for name, of in tellers(found).items():
        firm = fold_name(name)
        mine = [a for a in of if (a.sentence.index, firm) not in figured]
        if not mine:
            continue
        bare = {
            n for n, f in enumerate(facts) if fold_name(f.get("company")) == firm and not any(s in f for s in SLOTS)
        }
        right = [n for n, a in enumerate(mine) if bare.intersection(rows_of[id(a)])]
        if not right:
            right = [*range(len(mine))] if bare else [len(mine)]
        silent = silent_features(scene, name, len(mine), firm in with_figure)
        yield (
            "telling",
            Instance([*(telling_features(scene, a, a.member, repeated) for a in mine if a.member), silent], right),
        )


def _figured(found: Sequence[Anchor], aligned: Sequence[Sequence[int]], facts: Sequence[Fact]) -> set[tuple[int, str]]:
    """(sentence, firm) of which a figure there tells a row."""
    return {
        (anchor.sentence.index, fold_name(facts[n].get("company")))
        for anchor, rows in zip(found, aligned, strict=True)
        if anchor.slot
        for n in rows
    }


def same_rows(facts: Sequence[Fact], n: int) -> list[int]:
    """The gold rows that tell the same operation of another actor: same action and same figures, date and places."""
    mine = {k: v for k, v in facts[n].items() if k not in ("company", "org", "status")}
    return [
        m for m, f in enumerate(facts) if {k: v for k, v in f.items() if k not in ("company", "org", "status")} == mine
    ]


def row_instances(scene: Scene, row: Row, fact: Fact) -> Iterator[Decided]:
    action = str(fact["action"])
    right = [i for i, a in enumerate(ACTIONS) if a == action]
    yield "action", Instance([action_features(scene, row)], right)
    days = options(scene, row, "dates")
    gold = fact.get("date")
    if gold:
        same = [
            i
            for i, o in enumerate(days)
            if (str(o.item.found.values["first"]), str(o.item.found.values["last"]))
            == (str(gold["start"]), str(gold["end"]))
        ]
    else:
        same = [len(days)]
    if same:
        yield "date", Instance([date_features(scene, row, action, o, len(days)) for o in [*days, None]], same)
    if fact.get("status"):
        yield "status", Instance([status_features(scene, row, action)], [STATUSES.index(fact["status"])])
    where = options(scene, row, "places")
    names = {fold_name(p) for p in fact.get("places") or []}
    right = [i for i, o in enumerate(where) if fold_name(o.item.name) in names]
    if right or not names:
        spots = [*where, None]
        yield "place", Instance([place_features(scene, row, action, o, where) for o in spots], right or [len(where)])
    if right:
        main = where[right[0]]
        for i, option in enumerate(where):
            if option is not main:
                yield "also", Instance([also_features(scene, row, main, option)], [int(i in right)])
