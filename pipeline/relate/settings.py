"""Settings: the places and dates within reach of a row, with the features that choose where and when it happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.relate.anchors import Anchor, bucket, nearest_cues, when
from pipeline.relate.rows import Row
from pipeline.relate.scene import ACTORS, Item, Scene

BACK = 12  # sentences looked back for the last place or date said
SEEN = 40  # sentences naming an actor or place that are held against each other
MOST = 6  # sentences naming an actor whose places are weighed


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
    out += _company(scene, row, item, near)
    before = scene.word(item.first - 2 if link != "none" else item.first - 1)
    out.append(f"ending={before[-3:]}|{link}")
    if any(0 <= item.first - c.last <= 2 and c.value == "firm" for c in sentence.cues.get("anaphor", ())):
        out += ["of_firm", f"of_firm|{near}"]
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


def _company(scene: Scene, row: Row, item: Item, near: str) -> list[str]:
    """Whether the sentence of a mention is of the row's section, and whether it names the row's actor or others."""
    sentence = scene.sentences[item.sentence]
    same = sentence.section == row.anchors[0].sentence.section
    names = {i.name for i in sentence.of(*ACTORS)}
    told = "actor" if row.actor in names else "others" if names else "nobody"
    return [f"section={same}|{near}", f"told={told}|{near}", f"told={told}|section={same}|{near}"]


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
        run = [i for i in scene.sentences[a.sentence].of("places") if a.first <= i.first <= b.first]
        between = max(0, len(run) - 2)
        out.append(f"between={min(between, 2)}")
        if between:  # an enumeration is one whose names stand close to each other
            widest = max(after.first - before.last for before, after in pairwise(run))
            out.append(f"widest{bucket(widest)}|between={min(between, 3)}")
    out += [f"type={x.type}" for x in row.anchors[:1]]
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
    out += _company(scene, row, item, near)
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
