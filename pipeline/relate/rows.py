"""Rows: anchors of one operation brought together, with the features that choose action, status, places and date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.relate.anchors import Anchor, around, bucket, lead_cues, link_before, nearest_cues, when
from pipeline.relate.scene import Item, Scene, Sentence

BUILD = frozenset({"invest", "open", "expand"})
HEARD = 12  # tokens at which a hedge or a tense still speaks for an anchor
CUES_SEEN = 4  # cues of a class weighed for one anchor


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
    """Whether "dont" parts an anchor from a row in its sentence, and each side has a place of its own.

    A part of a sum with its own place is a fact of its own (corpus/ANNOTATION.md).
    """
    sentence = anchor.sentence
    mine = [a for a in row.anchors if a.sentence is sentence]
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


def status_features(scene: Scene, row: Row, action: str, date: Item | None) -> list[str]:
    """How certain a row is: tense and hedges near its anchors, and its date against the publication date."""
    moment = when(scene, date) if date is not None else "none"
    out = ["bias", f"action={action}", f"when={moment}"]
    for cls in ("status_cue", "mood"):
        near = [c for a in row.anchors for c in nearest_cues(scene, a.sentence, a.first, cls, CUES_SEEN)]
        out += [f"{cls}={cue.value}" for cue, distance in near if abs(distance) <= HEARD]
        nearest = min(near, key=lambda c: abs(c[1]), default=None)
        value = nearest[0].value if nearest else "none"
        out += [f"nearest_{cls}={value}", f"nearest_{cls}={value}|{moment}"]
    if row.anchors[0].sentence.index <= 2:
        out.append("lead")
    return list(dict.fromkeys(out))


@dataclass(slots=True, eq=False)
class Option:
    """A place or date a row may take, at its best mention: `near` says where that stands."""

    item: Item
    near: str
    distance: int


def options(scene: Scene, row: Row, kind: str) -> list[Option]:
    """Places or dates within reach of a row, each name or interval once, at the mention nearest to an anchor."""
    found: dict[object, Option] = {}

    def add(item: Item, near: str, distance: int) -> None:
        values = item.found.values
        key = values["name"] if kind == "places" else (values["first"], values["last"])
        known = found.get(key)
        if known is None or (_ORDER[near], distance) < (_ORDER[known.near], known.distance):
            found[key] = Option(item, near, distance)

    reach: dict[int, str] = {}
    for sentence in row.sentences:
        reach[sentence.index] = "here"
    for sentence in row.sentences:
        for step, near in ((-1, "previous"), (1, "next"), (-2, "before")):
            index = sentence.index + step
            if 0 <= index < len(scene.sentences):
                other = scene.sentences[index]
                reach.setdefault(index, near if other.block == sentence.block else f"{near}_block")
        if sentence.section >= 0:
            reach.setdefault(sentence.section, "section")
    for other in scene.sentences[:4]:
        reach.setdefault(other.index, "title" if other.index == 0 else "lead")
    first = min(a.sentence.index for a in row.anchors)
    for index in range(first - 1, max(-1, first - BACK), -1):  # the last one said before, within the section
        other = scene.sentences[index]
        if other.section != row.anchors[0].sentence.section:
            break
        if other.of(kind):
            reach.setdefault(index, "last_said")
            break
    if kind == "places":
        for index in scene.named_in.get(row.actor or "", ())[:MOST]:
            reach.setdefault(index, "with_actor")
        for index in scene.main_place_in[:1]:
            reach.setdefault(index, "main_place")
    for index, near in reach.items():
        for item in scene.sentences[index].of(kind):
            distance = min(_gap(item, a) for a in row.anchors)
            add(item, near, distance)
    return list(found.values())


BACK = 12  # sentences looked back for the last place or date said
JOINED = 14  # tokens between firms that may act together
SEEN = 40  # sentences naming an actor or place that are held against each other
MOST = 6  # sentences naming an actor whose places are weighed

_ORDER = {
    near: n
    for n, near in enumerate(
        (
            "here",
            "previous",
            "section",
            "next",
            "previous_block",
            "before",
            "next_block",
            "before_block",
            "last_said",
            "with_actor",
            "title",
            "lead",
            "main_place",
        )
    )
}


def _gap(item: Item, anchor: Anchor) -> int:
    if item.first < anchor.first:
        return max(0, anchor.first - item.last)
    return max(0, item.first - anchor.last)


def place_features(
    scene: Scene, row: Row, action: str, option: Option | None, all_options: Sequence[Option]
) -> list[str]:
    """Whether a place is the one where the row happens."""
    if option is None:
        nearest = min((_ORDER[o.near] for o in all_options), default=99)
        out = ["none", f"none|{action}", f"none|nearest={nearest}", f"none|nearest={nearest}|{action}"]
        return out + [f"none|{a.type}" for a in row.anchors]
    item, values = option.item, option.item.found.values
    kind, near = values["kind"], option.near
    sentence = scene.sentences[item.sentence]
    out = [f"kind={kind}", f"near={near}", f"near={near}|{kind}", f"action={action}|{near}", f"action={action}|{kind}"]
    link = "none"
    for cue in sentence.cues.get("link", ()):
        if 0 <= item.first - cue.last <= 1:
            link = str(cue.value)
    out += [f"link={link}", f"link={link}|{near}", f"link={link}|{kind}", f"link={link}|{near}|{action}"]
    window = list(scene.words.window(item.first, item.last, 3))
    out += window
    out += [f"{f}|{near}" for f in window if f[2] == "1"]
    if item.first == sentence.first:
        out += ["opens", f"opens|{near}"]
    if scene.bracketed(item):
        out += ["bracketed", f"bracketed|{kind}"]
    specific = {"commune", "city", "other"}
    others = [o for o in all_options if o is not option]
    better = [o for o in others if _ORDER[o.near] < _ORDER[near]]
    equal = [o for o in others if o.near == near]
    finer = [o for o in others if o.item.found.values["kind"] in specific]
    out.append(f"better={min(len(better), 2)}|{near}")
    out.append(f"equal={min(len(equal), 3)}|{near}")
    if kind not in specific:
        out.append(f"finer={min(len([o for o in finer if _ORDER[o.near] <= _ORDER[near]]), 2)}|{kind}")
    else:
        finer_better = [o for o in finer if (_ORDER[o.near], o.distance) < (_ORDER[near], option.distance)]
        out.append(f"nearer_specific={min(len(finer_better), 2)}|{near}")
    out.append(f"tokens{bucket(option.distance)}|{near}")
    anchor = row.anchors[0]
    out += _paths(scene, row, item)
    if near == "here":
        side = "before" if item.first < anchor.first else "after"
        out += [f"side={side}|{anchor.slot}", f"side={side}|{anchor.type}"]
        low, high = min(anchor.first, item.first), max(anchor.first, item.first)
        parted = [c for c in sentence.cues.get("aside", ()) if c.value == "part" and low < c.first < high]
        out.append(f"parted={bool(parted)}")
        firms = [i for i in sentence.of("companies") if i.name == row.actor]
        if firms and 0 <= item.first - firms[0].last <= 4:
            out.append("after_actor")
        if firms and 0 <= firms[0].first - item.last <= 3:
            out.append("before_actor")
    share = scene.place_count[item.name]
    out += [
        f"count={min(share, 4)}",
        f"count={min(share, 4)}|{near}",
        f"count={min(share, 4)}|{kind}|better={min(len(better), 1)}",
    ]
    if row.actor is not None:
        together = len(set(scene.named_in.get(row.actor, ())[:SEEN]) & set(scene.place_in[item.name][:SEEN]))
        out += [f"together={min(together, 3)}", f"together={min(together, 3)}|{near}"]
    if scene.main_place == item.name:
        out += ["main", f"main|{near}", f"main|better={min(len(better), 2)}"]
    return out


def _paths(scene: Scene, row: Row, item: Item) -> list[str]:
    """The words between a mention and the anchors of its sentence."""
    out = []
    for anchor in row.anchors:
        if anchor.sentence.index != item.sentence:
            continue
        before = item.first < anchor.first
        low, high = (item.last, anchor.first) if before else (anchor.last, item.first)
        side = "<" if before else ">"
        if low <= high:
            out.append(f"path{side}{scene.words.path(low, high)}")
            out += [f"between{side}{w[:7]}" for w in dict.fromkeys(scene.words.between(low, high, 12))]
    return out


def also_features(scene: Scene, row: Row, main: Option, option: Option) -> list[str]:
    """Whether a second place goes with the one that was chosen."""
    a, b = sorted((main.item, option.item), key=lambda i: i.first)
    same_sentence = a.sentence == b.sentence
    out = ["bias", f"near={option.near}", f"kinds={main.item.found.values['kind']}+{option.item.found.values['kind']}"]
    out.append(f"same_sentence={same_sentence}|{option.near}")
    if same_sentence:
        gap = b.first - a.last
        out.append(f"gap{bucket(gap)}")
        if gap <= 4:
            joined = " ".join(scene.word(t) for t in range(a.last, b.first))
            out += [f"joined={joined}", f"joined={joined}|{b.found.values['kind']}"]
        if scene.bracketed(option.item):
            out.append("bracketed")
        between = [i for i in scene.sentences[a.sentence].of("places") if a.first < i.first < b.first]
        out.append(f"between={min(len(between), 2)}")
    out += [f"type={x.type}" for x in row.anchors[:1]]
    return out


def partners(scene: Scene, row: Row) -> list[tuple[Item, Item]]:
    """(mention of the row's actor, mention of another firm) pairs that stand side by side in a sentence near the row."""
    if row.actor is None:
        return []
    near = {s.index + step for s in row.sentences for step in (-1, 0, 1)}
    near |= {s.section for s in row.sentences}
    found: dict[str, tuple[Item, Item]] = {}
    named = scene.sentences
    for index in sorted(near):
        if index < 0 or index >= len(named) or not any(i.name == row.actor for i in named[index].of("companies")):
            continue
        firms = scene.sentences[index].of("companies")
        mine = [i for i in firms if i.name == row.actor]
        for other in firms:
            if other.name == row.actor:
                continue
            closest = min(mine, key=lambda i: abs(i.first - other.first), default=None)
            if closest is not None and abs(closest.first - other.first) <= JOINED:
                found.setdefault(other.name, (closest, other))
    return list(found.values())


def joint_features(scene: Scene, row: Row, pair: tuple[Item, Item]) -> list[str]:
    """Whether a firm beside the row's actor does the same thing with it, so that the row is its own too."""
    a, b = sorted(pair, key=lambda i: i.first)
    sentence = scene.sentences[a.sentence]
    words = [scene.word(t) for t in range(a.last, b.first)]
    joined = " ".join(words) if len(words) <= 3 else "far"
    here = "here" if any(s is sentence for s in row.sentences) else "beside"
    out = ["bias", here, f"joined={joined}", f"joined={joined}|{here}", f"gap{bucket(b.first - a.last)}"]
    out.append(f"link={link_before(scene, sentence, pair[0])}+{link_before(scene, sentence, pair[1])}")
    out.append(f"first={'actor' if a is pair[0] else 'other'}")
    between = {i.name for i in sentence.of("companies") if a.first < i.first < b.first}
    out.append(f"between={min(len(between), 2)}|firms={min(len({i.name for i in sentence.of('companies')}), 4)}")
    for cue, _ in nearest_cues(scene, sentence, b.first, "action", 2):
        where = "between" if a.first < cue.first < b.first else "after" if cue.first > b.first else "before"
        out += [f"cue={cue.value}|{where}", f"{where}"]
    out += [f"type={x.type}" for x in row.anchors[:2]]
    if any(scene.bracketed(i) for i in (a, b)):
        out.append("bracketed")
    return out


def date_features(scene: Scene, row: Row, action: str, option: Option | None, count: int) -> list[str]:
    """Whether a date is that of a row."""
    if option is None:
        return ["none", f"none|{action}", f"none|count={min(count, 3)}", *(f"none|{a.type}" for a in row.anchors)]
    item, near = option.item, option.near
    sentence = scene.sentences[item.sentence]
    values = item.found.values
    days = (values["last"] - values["first"]).days
    length = (
        "day"
        if days <= 2
        else "month"
        if days <= 31
        else "season"
        if days <= 130
        else "year"
        if days <= 366
        else "long"
    )
    moment = when(scene, item)
    out = [f"near={near}", f"length={length}", f"when={moment}", f"near={near}|{moment}", f"action={action}|{moment}"]
    out += [
        f"near={near}|{action}",
        f"near={near}|{length}",
        f"tokens{bucket(option.distance)}|{near}",
        f"count={min(count, 4)}|{near}",
    ]
    window = list(scene.words.window(item.first, item.last, 3))
    out += window
    out += [f"{f}|{near}" for f in window if f[2] == "1"]
    out += [f"{f}|{action}" for f in window if f[2] == "1"]
    out += _paths(scene, row, item)
    if values["first"] == values["last"] == scene.published:
        out += ["is_published", f"is_published|{near}"]
    if str(sentence.kind) in ("byline", "footer", "about", "caption"):
        out.append(f"block={sentence.kind}")
    if scene.bracketed(item):
        out.append("bracketed")
    for cls in ("action", "status_cue", "aside"):
        for cue, distance in nearest_cues(scene, sentence, item.first, cls, 1):
            out.append(f"{cls}={cue.value}|{'near' if abs(distance) <= 5 else 'far'}")
            if cls == "action":
                out.append(f"cue={cue.value}|{action}")
    for anchor in row.anchors[:2]:
        out.append(f"near={near}|{anchor.type}")
        if near == "here":
            side = "before" if item.first < anchor.first else "after"
            out.append(f"side={side}|{anchor.type}")
            between = (
                scene.between(item.last, anchor.first) if side == "before" else scene.between(anchor.last, item.first)
            )
            out += [f"between={sign}" for sign in sorted(between & {",", ";", "(", ")", ":", "-"})]
    return out
