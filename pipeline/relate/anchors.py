"""Anchors: the figures and action words that a fact may be built on, with the features that decide about them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.grammar import Match
from pipeline.relate.scene import FIGURES, Item, Scene, Sentence

# What a figure's role says of the action by itself; the other roles and kinds leave it to the cues.
SLOT = {"amounts": "amount", "powers": "power", "energies": "energy", "jobs": "jobs", "areas": "area"}


@dataclass(slots=True, eq=False)
class Anchor:
    """A figure (`item`), an action cue (`cue`) or a firm in a list (`member`) in a sentence."""

    sentence: Sentence
    first: int
    last: int
    item: Item | None = None
    cue: Match | None = None
    member: Item | None = None
    slot: str = ""  # of the fact, that a figure fills

    def __post_init__(self) -> None:
        if self.item is not None:
            revenue = self.item.kind == "amounts" and self.item.found.values["role"] == "revenue"
            self.slot = "revenue" if revenue else SLOT[self.item.kind]

    @property
    def value(self) -> tuple[object, ...]:
        """What makes two figures the same."""
        values = self.item.found.values if self.item else {}
        names = ("value", "megawatts", "megawatt_hours", "square_metres", "max", "currency")
        return tuple(values.get(n) for n in names)

    @property
    def type(self) -> str:
        """What it is, in one word: slot and role, or the cue's action."""
        if self.cue is not None:
            return f"cue:{self.cue.value}"
        if self.item is None:
            return "member"
        return f"{self.slot}:{self.item.found.values.get('role', '')}"


def anchors(scene: Scene) -> Iterator[Anchor]:
    """Every figure, then every action cue, sentence by sentence."""
    for sentence in scene.sentences:
        for item in sentence.of(*FIGURES):
            yield Anchor(sentence, item.first, item.last, item=item)
        for item in members(scene, sentence):
            yield Anchor(sentence, item.first, item.last, member=item)
        if sentence.of("companies"):
            continue  # its action words belong to the firms it names
        seen: set[object] = set()
        for cue in sentence.cues.get("action", ()):
            if cue.value not in seen:  # the first of its kind speaks for the sentence
                seen.add(cue.value)
                yield Anchor(sentence, cue.first, cue.last, cue=cue)


def members(scene: Scene, sentence: Sentence) -> list[Item]:
    """The firms of a sentence, each at its first mention there."""
    return sorted({i.name: i for i in reversed(sentence.of("companies"))}.values(), key=lambda i: i.first)


def bucket(distance: int) -> str:
    for limit in (1, 3, 6, 10, 16, 25):
        if distance <= limit:
            return f"<={limit}"
    return ">25"


def nearest_cues(scene: Scene, sentence: Sentence, token: int, cls: str, most: int = 2) -> list[tuple[Match, int]]:
    """The cues of a class nearest to a token, with their signed distances."""
    cues = [(m, m.first - token) for m in sentence.cues.get(cls, ())]
    return sorted(cues, key=lambda c: abs(c[1]))[:most]


def fact_features(scene: Scene, anchor: Anchor, repeated: Counter[tuple[object, ...]]) -> list[str]:
    """Whether an anchor makes a fact."""
    sentence = anchor.sentence
    out = ["bias", f"type={anchor.type}", f"block={sentence.kind}", f"type={anchor.type}|block={sentence.kind}"]
    if anchor.item is not None:
        values = anchor.item.found.values
        low = next(float(v) for v in anchor.value if isinstance(v, int | float))
        out += [f"size={anchor.slot}|{int(math.log10(low)) if low >= 1 else -1}", f"bound={values.get('bound')}"]
        same = sum(1 for i in sentence.of(anchor.item.kind))
        out.append(f"same_kind={anchor.slot}|{min(same, 4)}")
        if repeated[(anchor.slot, *anchor.value)] > 1:
            out.append(f"repeated={anchor.slot}")
    elif anchor.cue is not None:
        out.append(f"rule={anchor.cue.rule}")
        figures = sentence.of(*FIGURES)
        out.append(f"{anchor.type}|figures={min(len(figures), 2)}")
        word = scene.word(anchor.first)[:6]
        out.append(f"stem={word}")
    if scene.bracketed(anchor):
        out += ["bracketed", f"{anchor.type}|bracketed"]
    for cls in ("action", "status_cue", "aside"):
        for cue, distance in nearest_cues(scene, sentence, anchor.first, cls):
            if cue is anchor.cue:
                continue
            side = "after" if distance > 0 else "before"
            out.append(f"{cls}={cue.value}|{side}")
            out.append(f"{anchor.type}|{cls}={cue.value}")
            if abs(distance) <= 5:
                out.append(f"{cls}={cue.value}|{side}|near|{anchor.slot}")
    listing = scene.listings.get(sentence.index)
    if listing is not None:
        lead = scene.leads[sentence.index]
        said = sorted({str(c.value) for c in scene.sentences[lead].cues.get("action", ())}) if lead >= 0 else []
        holds = f"listed={listing.share('companies')}+{listing.share(*FIGURES)}+{listing.share('places')}"
        out += [f"{holds}|{anchor.slot or anchor.type}", f"{holds}|{bool(said)}|{bool(sentence.cues.get('action'))}"]
        out += [f"listed|{value}|{anchor.slot or anchor.type}" for value in said]
    actors = sentence.of("companies")
    out.append(f"{anchor.type}|firms={min(len(actors), 3)}")
    out.append(f"orgs={min(len(sentence.of('organisations')), 2)}")
    out.append(f"{anchor.type}|places={min(len(sentence.of('places')), 2)}")
    out.append(f"{anchor.type}|dates={min(len(sentence.of('dates')), 2)}")
    for date in sentence.of("dates")[:2]:
        out.append(f"when={when(scene, date)}|{anchor.slot or anchor.type}")
    kind = anchor.slot or ("cue" if anchor.cue is not None else "member")
    out += [f"{f}|{kind}" for f in scene.tenor]
    out.append(f"{scene.tenor[1]}|{anchor.type}")
    out += [f"{f}|{kind}" for f in scene.scale]
    out.append(f"at={bucket(sentence.index)}|{kind}")
    out.append(
        f"first_of_block={sentence.index == 0 or scene.sentences[sentence.index - 1].block != sentence.block}|{kind}"
    )
    if sentence.index == 0:
        out.append("first_sentence")
    if scene.tokens.keys[sentence.last - 1] == "?":
        out.append("question")
    if scene.first_firm is None:
        out.append("no_firm_at_all")
    if anchor.slot:
        out += [f"{f}|{anchor.slot}" for f in scene.words.window(anchor.first, anchor.last, 2)]
    return out


def around(scene: Scene, sentence: Sentence, item: Item, link: str) -> list[str]:
    """The action words of a sentence seen from a firm: which, on which side, how far, with which preposition."""
    out = []
    nearest = sorted(sentence.cues.get("action", ()), key=lambda c: abs(c.first - item.first))[:4]
    for rank, cue in enumerate(nearest):
        after = cue.first > item.first
        gap = cue.first - item.last if after else item.first - cue.last
        side = "after" if after else "before"
        near = "next" if gap <= 2 else "near" if gap <= 6 else "far"
        out.append(f"cue={cue.value}|{side}|{near}")
        out.append(f"cue={cue.value}|{side}|{near}|{link}")
        out.append(f"cue={cue.value}")
        if rank == 0:
            out.append(f"nearest={cue.value}|{side}|{link}")
            out.append(f"nearest_rule={cue.rule}|{scene.word(cue.first)[:6]}|{side}")
        others = [
            i
            for i in sentence.of("companies")
            if min(i.first, cue.first) > min(item.first, cue.first)
            and max(i.first, cue.first) < max(item.first, cue.first)
        ]
        if others:
            out.append(f"cue={cue.value}|{side}|other_between")
    if not nearest:
        out.append("no_cue")
    return out


def lead_cues(scene: Scene, sentence: Sentence) -> list[tuple[str, str]]:
    """The actions said by the title, by the head of the section and by the sentence before the list, with where."""
    out: dict[tuple[str, str], None] = {}
    before = scene.leads.get(sentence.index, sentence.index - 1)
    for near, index in (("title", 0), ("before", before), ("section", sentence.section)):
        if 0 <= index < len(scene.sentences) and index != sentence.index:
            for cue in scene.sentences[index].cues.get("action", ()):
                out[str(cue.value), near] = None
    return list(out)


def when(scene: Scene, date: Item) -> str:
    """A date against the publication date: past, present, future, far."""
    published = scene.published
    if published is None:
        return "unknown"
    first, last = date.found.values["first"], date.found.values["last"]
    if last < published:
        return "past" if published.year - last.year < 2 else "long_past"
    if first > published:
        return "future"
    return "present"


def link_before(scene: Scene, sentence: Sentence, item: Item) -> str:
    for cue in sentence.cues.get("link", ()):
        if cue.last == item.first or (cue.last == item.first - 1 and len(scene.word(cue.last)) <= 3):
            return str(cue.value)
    word = scene.word(item.first - 1) if item.first > sentence.first else "^"
    return word if len(word) <= 1 and not word.isalnum() else "none"
