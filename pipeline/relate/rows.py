"""Rows: anchors of one operation brought together, with the features that choose action, status, places and date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.relate.anchors import Anchor, around, bucket, lead_cues, link_before, nearest_cues, when
from pipeline.relate.scene import Scene, Sentence

BUILD = frozenset({"invest", "open", "expand"})
HEARD = 12  # tokens at which a hedge or a tense still speaks for an anchor
CUES_SEEN = 4  # cues of a class weighed for one anchor
BESIDE = 8  # tokens on each side of an anchor whose words are weighed
LEADING = 3  # tokens before an anchor whose words are weighed with what it is


@dataclass(slots=True, eq=False)
class Row:
    """One operation of one actor (None: the release names nobody), built on anchors in order."""

    actor: str | None
    anchors: list[Anchor] = field(default_factory=list)
    witnesses: list[Anchor] = field(default_factory=list)  # the same figures told again

    @property
    def sentences(self) -> list[Sentence]:
        return list({a.sentence.index: a.sentence for a in self.anchors}.values())

    @property
    def figures(self) -> dict[str, Anchor]:
        """Slot → the anchor that fills it."""
        return {a.slot: a for a in self.anchors if a.slot}

    def conflicts(self, anchor: Anchor) -> bool:
        """Whether an anchor brings another value for a slot that is filled."""
        mine = self.figures.get(anchor.slot) if anchor.slot else None
        return mine is not None and mine.value != anchor.value

    def repeats(self, anchor: Anchor) -> bool:
        mine = self.figures.get(anchor.slot) if anchor.slot else None
        return mine is not None and mine.value == anchor.value


def apart(row: Row, anchor: Anchor) -> bool:
    """Whether an anchor tells another operation than a row: "également" stands in its sentence, which the row has no part
    in; or "dont" parts it from the row in their sentence, and each side has a place of its own.

    A part of a sum with its own place is a fact of its own (corpus/ANNOTATION.md).
    """
    sentence = anchor.sentence
    mine = [a for a in row.anchors if a.sentence is sentence]
    if not mine and sentence.cues.get("addition"):
        return True
    if not mine or not anchor.slot:
        return False
    last = max(a.first for a in mine)
    cuts = [c.first for c in sentence.cues.get("aside", ()) if c.value == "part" and last < c.first < anchor.first]
    if not cuts:
        return False
    places = [p.first for p in sentence.of("places")]
    return any(p < cuts[-1] for p in places) and any(p > cuts[-1] for p in places)


def merge_features(scene: Scene, row: Row, anchor: Anchor) -> list[str]:
    """Whether an anchor tells more of an operation already met."""
    last = min(row.anchors, key=lambda a: abs(a.sentence.index - anchor.sentence.index))
    distance = abs(anchor.sentence.index - last.sentence.index)
    same_block = anchor.sentence.block == last.sentence.block
    near = (
        "same"
        if distance == 0
        else "block"
        if same_block
        else "section"
        if anchor.sentence.section == last.sentence.section
        else "far"
    )
    types = sorted({a.type for a in row.anchors})
    out = ["bias", f"near={near}", f"distance={min(distance, 6)}", f"type={anchor.type}", f"near={near}|{anchor.type}"]
    for kind in types:
        out += [f"{kind}+{anchor.type}", f"{kind}+{anchor.type}|{near}"]
    if row.conflicts(anchor):
        out += ["conflict", f"conflict|{anchor.slot}", f"conflict|{near}"]
    if row.repeats(anchor):
        out += ["repeat", f"repeat|{anchor.slot}"]
    if distance == 0:
        between = (
            scene.between(last.last, anchor.first)
            if last.first < anchor.first
            else scene.between(anchor.last, last.first)
        )
        out += [f"between={sign}" for sign in sorted(between & {",", ";", ":", "(", ")", "-", "far"})]
        out.append(f"tokens{bucket(abs(anchor.first - last.first))}")
        for cue in anchor.sentence.cues.get("aside", ()):
            if min(anchor.first, last.first) <= cue.first <= max(anchor.first, last.first):
                out += [f"aside_between={cue.value}", f"aside_between={cue.value}|{anchor.slot}"]
    here = {i.name for i in anchor.sentence.of("places")}
    there = {i.name for s in row.sentences for i in s.of("places")}
    if here and there:
        out.append(f"places={'shared' if here & there else 'other'}|{near}")
    elif here or there:
        out.append(f"places=one|{near}")
    days = {(i.found.values["first"], i.found.values["last"]) for i in anchor.sentence.of("dates")}
    others = {(i.found.values["first"], i.found.values["last"]) for s in row.sentences for i in s.of("dates")}
    if days and others:
        out.append(f"dates={'shared' if days & others else 'other'}|{near}")
    actors = len({i.name for i in anchor.sentence.of("companies")})
    out.append(f"firms={min(actors, 2)}|{near}")
    if any(i.name == row.actor for i in anchor.sentence.of("companies")):
        out.append(f"named|{near}")
    return out


def words_beside(scene: Scene, anchor: Anchor, before: int, after: int) -> list[str]:
    """The words of a sentence around an anchor, so many tokens before and after, each by its stem and its ending."""
    first, last = max(anchor.sentence.first, anchor.first - before), min(anchor.sentence.last, anchor.first + after)
    return scene.words.stems(first, last)


def action_features(scene: Scene, row: Row) -> list[str]:
    """What tells the action of a row."""
    out = ["bias"]
    for anchor in row.anchors:
        out.append(f"type={anchor.type}")
        if anchor.cue is not None:
            out.append(f"stem={scene.word(anchor.first)[:6]}")
        if anchor.member is not None:
            link = link_before(scene, anchor.sentence, anchor.member)
            out += [f"member|{f}" for f in around(scene, anchor.sentence, anchor.member, link)]
        for cue, distance in nearest_cues(scene, anchor.sentence, anchor.first, "action", CUES_SEEN):
            out.append(f"cue={cue.value}|{anchor.slot}|{'near' if abs(distance) <= 6 else 'far'}")
            out.append(f"cue={cue.value}")
            out.append(f"cue_rule={cue.rule}|{anchor.type}")
        for cue, _ in nearest_cues(scene, anchor.sentence, anchor.first, "aside", 1):
            out.append(f"aside={cue.value}|{anchor.type}")
        if anchor.member is not None or not anchor.sentence.cues.get("action"):
            for value, near in lead_cues(scene, anchor.sentence):
                out.append(f"lead={value}|{near}|{'member' if anchor.member else anchor.slot}")
                out.append(f"lead={value}|{'member' if anchor.member else anchor.slot}")
        out += [f"word={w}" for w in words_beside(scene, anchor, BESIDE, BESIDE)]
        out += [f"leading={w}|{anchor.slot}" for w in words_beside(scene, anchor, LEADING, 0)]
    bare = not any(a.sentence.cues.get("action") for a in row.anchors)
    member = all(a.member is not None for a in row.anchors)
    out += [f"{f}|bare={bare}|member={member}" for f in scene.tenor]
    slots = sorted(row.figures)
    out.append(f"slots={'+'.join(slots)}")
    out += [f"slot={s}" for s in slots]
    if row.actor is None:
        out.append("nobody")
    return list(dict.fromkeys(out))


NEEDS = {"cancelled": {"cancelled"}, "possible": {"possible", "conditional"}}  # statuses that only such a cue makes


def statuses(row: Row, all_statuses: Sequence[str]) -> list[str]:
    """The statuses a row may have: nothing is called off or merely possible unless a word of its sentences says so."""
    said = {str(c.value) for s in row.sentences for cls in ("status_cue", "mood") for c in s.cues.get(cls, ())}
    return [status for status in all_statuses if status not in NEEDS or NEEDS[status] & said]


def status_features(scene: Scene, row: Row, action: str) -> list[str]:
    """How certain a row is: tense and hedges near its anchors, and the dates beside these against the publication."""
    days = sorted({when(scene, d) for a in row.anchors for d in a.sentence.of("dates")})
    moment = "+".join(days) or "none"
    out = ["bias", f"action={action}", f"when={moment}", *(f"day={d}" for d in days)]
    for cls in ("status_cue", "mood"):
        near = [c for a in row.anchors for c in nearest_cues(scene, a.sentence, a.first, cls, CUES_SEEN)]
        out += [f"{cls}={cue.value}" for cue, distance in near if abs(distance) <= HEARD]
        nearest = min(near, key=lambda c: abs(c[1]), default=None)
        value = nearest[0].value if nearest else "none"
        out += [f"nearest_{cls}={value}", f"nearest_{cls}={value}|{moment}"]
    for anchor in row.anchors:
        for cue, _ in nearest_cues(scene, anchor.sentence, anchor.first, "action", 1):
            word = scene.word(cue.first)
            out += [f"end={word[-2:]}", f"end={word[-3:]}", f"end={word[-3:]}|{action}", f"cue_word={word}"]
        out += [f"word={w}" for w in words_beside(scene, anchor, BESIDE, BESIDE)]
    if row.anchors[0].sentence.index <= 2:
        out.append("lead")
    heard = any(f.startswith(("status_cue=", "mood=")) for f in out)
    out += [f"{f}|heard={heard}" for f in scene.moods]
    return list(dict.fromkeys(out))
