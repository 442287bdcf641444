"""Anchors: the figures and action words that a fact may be built on, with the features that decide about them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.document import BlockKind
from pipeline.grammar import Match
from pipeline.relate.scene import FIGURES, Actor, Item, Scene, Sentence

# What a figure's role says of the action by itself; the other roles and kinds leave it to the cues.
SLOT = {"amounts": "amount", "powers": "power", "energies": "energy", "jobs": "jobs", "areas": "area"}
NEAR = 3  # sentences looked back for an actor, besides the head of the section and the title
SINCE = 400  # tokens looked back for others named since an actor was
SOON = 3  # sentences in which a firm told of is named at the latest
MAX_ACTORS = 12  # candidates weighed for one anchor


@dataclass(slots=True, eq=False)
class Anchor:
    """A figure (`item`), an action cue (`cue`) or a firm in a list (`member`) in a sentence."""

    sentence: Sentence
    first: int
    last: int
    item: Item | None = None
    cue: Match | None = None
    member: Item | None = None

    @property
    def slot(self) -> str:
        """Slot of the fact it fills; "" for a cue."""
        if self.item is None:
            return ""
        if self.item.kind == "amounts" and self.item.found.values["role"] == "revenue":
            return "revenue"
        return SLOT[self.item.kind]

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
    elif anchor.member is not None:
        out += _member_features(scene, anchor, anchor.member)
    else:
        assert anchor.cue is not None
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
    actors = sentence.of("companies")
    out.append(f"{anchor.type}|firms={min(len(actors), 3)}")
    out.append(f"orgs={min(len(sentence.of('organisations')), 2)}")
    out.append(f"{anchor.type}|places={min(len(sentence.of('places')), 2)}")
    out.append(f"{anchor.type}|dates={min(len(sentence.of('dates')), 2)}")
    for date in sentence.of("dates")[:2]:
        out.append(f"when={when(scene, date)}|{anchor.slot or anchor.type}")
    if sentence.index == 0:
        out.append("first_sentence")
    if scene.tokens.keys[sentence.last - 1] == "?":
        out.append("question")
    if scene.first_firm is None:
        out.append("no_firm_at_all")
    if anchor.slot:
        out += [f"{f}|{anchor.slot}" for f in scene.words.window(anchor.first, anchor.last, 2)]
    return out


def _member_features(scene: Scene, anchor: Anchor, item: Item) -> list[str]:
    """Where a firm stands among the action words, and what the sentences that lead to a list say."""
    sentence = anchor.sentence
    firms = members(scene, sentence)
    rank = [i.name for i in firms].index(item.name)
    out = [f"member|firms={min(len(firms), 4)}", f"member|firms={min(len(firms), 4)}|rank={min(rank, 3)}"]
    figures = min(len(sentence.of(*FIGURES)), 2)
    out.append(f"member|{sentence.kind}|figures={figures}")
    out.append(f"member|before={scene.word(item.first - 1)}")
    out.append(f"member|after={scene.word(item.last)}")
    link = link_before(scene, sentence, item)
    out.append(f"member|link={link}")
    cues = sentence.cues.get("action", ())
    out.append(f"member|cues={min(len(cues), 2)}|figures={figures}")
    out += [f"member|{f}" for f in around(scene, sentence, item, link)]
    if any(0 <= p.first - item.last <= 2 for p in sentence.of("places")):
        out += ["member|place_after", f"member|place_after|{sentence.kind}"]
    if any(0 <= item.first - p.last <= 2 for p in sentence.of("places")):
        out.append("member|place_before")
    if scene.main_actors[:1] and scene.main_actors[0].name == item.name:
        out += ["member|main", f"member|main|cues={min(len(cues), 2)}"]
    out.append(f"member|mentions={min(scene.count[item.name], 3)}")
    first = scene.first_sentence[item.name] == sentence.index
    out.append(f"member|first_mention={first}|{min(scene.count[item.name], 3)}")
    for value, near in lead_cues(scene, sentence):
        out.append(f"member|lead={value}|{near}|{min(len(cues), 1)}")
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
    at = sentence.index
    while at > 0 and scene.sentences[at - 1].kind == sentence.kind == BlockKind.BULLET:
        at -= 1
    places = [("title", 0), ("before", at - 1), ("section", sentence.section)]
    for near, index in places:
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


def candidates(scene: Scene, anchor: Anchor) -> list[Actor | None]:
    """The actors worth weighing: those near, those that head the section or title, the most named; then nobody."""
    sentence = anchor.sentence
    near: dict[str, None] = {}
    low = max(0, sentence.index - NEAR)
    for s in [*reversed(scene.sentences[low : sentence.index + 1]), *scene.sentences[sentence.index + 1 :][:1]]:
        for item in s.of("companies", "organisations"):
            near.setdefault(item.name)
    if sentence.section >= 0:
        for item in scene.sentences[sentence.section].of("companies", "organisations"):
            near.setdefault(item.name)
    near_first = list(near)[:MAX_ACTORS]
    rest = [a for a in scene.main_actors if a.name not in near_first]
    soon = scene.sentences[sentence.index : sentence.index + SOON]
    named = scene.first_firm is not None and scene.first_firm < anchor.first
    if not named and not any(s.of("companies") for s in soon):
        rest = []  # running text that has named nobody, nor is about to, tells of nobody
    return [*(scene.by_name[n] for n in near_first), *rest, None]


def actor_features(scene: Scene, anchor: Anchor, actor: Actor | None) -> list[str]:
    """Whether an actor is the one whose fact an anchor tells."""
    sentence, kind = anchor.sentence, anchor.type
    here = sentence.of("companies", "organisations")
    firms_here = len({i.name for i in here if i.kind == "companies"})
    out: list[str] = []
    if actor is None:
        out = [
            "nobody",
            f"nobody|{kind}",
            f"nobody|firms_here={min(firms_here, 2)}",
            f"nobody|block={sentence.kind}",
        ]
        if scene.first_firm is None:
            out.append("nobody|no_firm_at_all")
        named = scene.first_firm is not None and scene.first_firm < anchor.first
        out += [f"nobody|named_before={named}", f"nobody|named_before={named}|{kind}"]
        for cue in sentence.cues.get("anaphor", ()):
            out.append(f"nobody|anaphor={cue.value}")
        for cue in sentence.cues.get("aside", ()):
            out.append(f"nobody|aside={cue.value}")
        return out

    def add(feature: str) -> None:
        out.append(feature)
        out.append(f"{feature}|{kind}")

    mine = [i for i in here if i.name == actor.name]
    if actor is not None:
        last = actor.last_before(anchor.first + 1)
        if last is not None:
            out += [f"a{f}" for f in scene.words.window(last.first, last.last, 2)]
            out.append(f"apath={scene.words.path(last.last, anchor.first)}")
        if mine:
            after = [i for i in mine if i.first >= anchor.last]
            if after:
                out.append(f"apath>{scene.words.path(anchor.last, after[0].first)}")
                out += [f"A{f}" for f in scene.words.window(after[0].first, after[0].last, 2)]
    if not actor.firm:
        add("org")
    if mine:
        item = min(mine, key=lambda i: min(abs(anchor.first - i.last), abs(i.first - anchor.last)))
        before = item.first < anchor.first
        distance = anchor.first - item.last if before else item.first - anchor.last
        side = "before" if before else "after"
        add(f"here|{side}")
        out.append(f"here|{side}|{bucket(max(distance, 0))}")
        add(f"here|n={min(len({i.name for i in here}), 4)}|rank={min(_rank(here, actor.name), 3)}")
        between = scene.between(item.last, anchor.first) if before else scene.between(anchor.last, item.first)
        for sign in sorted(between & {",", ";", ":", "(", ")", "-", "far"}):
            add(f"here|{side}|{sign}")
        closer = [i for i in here if i.name != actor.name and _nearer(i, item, anchor)]
        add(f"here|{side}|closer={min(len(closer), 2)}")
        same_side = [i for i in closer if (i.first < anchor.first) == before]
        add(f"here|{side}|closer_same_side={min(len(same_side), 2)}")
        link = link_before(scene, sentence, item)
        add(f"here|{side}|link={link}")
        if scene.bracketed(item):
            add("here|bracketed")
        for cue in sentence.cues.get("action", ()):
            if 0 <= cue.first - item.last <= 4:
                add(f"verb_after={cue.value}")
            if 0 <= item.first - cue.last <= 2:
                add(f"verb_before={cue.value}|{link}")
        for cue in sentence.cues.get("anaphor", ()):
            if item.first - cue.last in (0, 1, 2) and cue.value == "firm":
                add("titled")
        if item.first - sentence.first <= 2:
            add("opens_sentence")
        if scene.word(item.last) == ":":
            add("colon_after")
    else:
        back = _sentences_back(scene, sentence, actor)
        same_block = back is not None and scene.sentences[sentence.index - back].block == sentence.block
        add(f"away|back={back}|{'block' if same_block else 'other'}|firms_here={min(firms_here, 2)}")
        if back is not None:
            earlier = scene.sentences[sentence.index - back].of("companies", "organisations")
            add(f"away|rank={min(_rank(earlier, actor.name), 3)}|of={min(len({i.name for i in earlier}), 3)}")
            add(f"away|recent={_recent(scene, sentence) == actor.name}|firms_here={min(firms_here, 2)}")
        recent, main = _recent(scene, sentence) == actor.name, scene.main_actors[:1] == [actor]
        for cue in sentence.cues.get("anaphor", ()):
            add(f"away|anaphor={cue.value}|main={main}|recent={recent}")
        ahead = scene.sentences[sentence.index + 1 :][:1]
        if ahead and any(i.name == actor.name for i in ahead[0].items if i.kind in ("companies", "organisations")):
            add("ahead")
    if sentence.section >= 0 and sentence.section != sentence.index:
        head = scene.sentences[sentence.section].of("companies", "organisations")
        if any(i.name == actor.name for i in head):
            add(f"heads_section|here={bool(mine)}|firms_here={min(firms_here, 2)}")
    firms: Counter[str] = scene.section_firms.get(sentence.section, Counter())
    if actor.firm:
        if actor.name in firms:
            first = next(iter(firms)) == actor.name
            most = max(firms.values()) == firms[actor.name]
            add(f"section|first={first}|most={most}|n={min(len(firms), 3)}|here={bool(mine)}")
            out.append(f"section|only={len(firms) == 1}|here={bool(mine)}|firms_here={min(firms_here, 2)}")
        else:
            out.append(f"section|absent|n={min(len(firms), 2)}")
        last = actor.last_before(anchor.first)
        if last is None:
            add(f"not_yet|here={bool(mine)}")
        else:
            said = scene.sentences[last.sentence]
            since = scene.items_between(max(last.last, anchor.first - SINCE), anchor.first)
            others = {i.name for i in since if i.kind == "companies"}
            add(f"since={min(len(others - {actor.name}), 3)}|here={bool(mine)}")
            add(f"last|subject={_subject(scene, said, last)}|here={bool(mine)}")
    elif mine:
        out.append(f"org|count={min(scene.count[actor.name], 2)}|words={min(actor.name.count(' '), 2)}|{kind}")
        cues = sentence.cues.get("action", ())
        out += [f"org|cue={c.value}|{kind}" for c in cues]
    topic = scene.topics[sentence.index] == actor.name
    opener = scene.opener(sentence)
    opens = "none" if opener is None else str(opener.name == actor.name)
    add(f"topic={topic}|opens={opens}|firms_here={min(firms_here, 2)}")
    add(f"topic={topic}|here={bool(mine)}")
    if topic:
        for cue in sentence.cues.get("anaphor", ()):
            out.append(f"topic|anaphor={cue.value}|firms_here={min(firms_here, 2)}")
    block_head = scene.block_head(sentence)
    if block_head is not None:
        add(f"heads_block={block_head == actor.name}|here={bool(mine)}")
    if actor.in_title:
        add(f"title|here={bool(mine)}|firms_here={min(firms_here, 2)}")
    if scene.main_actors[:1] == [actor]:
        add(f"main|here={bool(mine)}|firms_here={min(firms_here, 2)}")
    out.append(f"mentions={min(len(actor.items), 4)}")
    return out


def _subject(scene: Scene, sentence: Sentence, item: Item) -> bool:
    """Whether a firm comes before the first action word of its sentence, with no preposition."""
    cues = sentence.cues.get("action", ())
    return (not cues or item.first < cues[0].first) and link_before(scene, sentence, item) in ("none", "^")


def _rank(items: list[Item], name: str) -> int:
    names = list(dict.fromkeys(i.name for i in items))
    return names.index(name) if name in names else 9


def _nearer(other: Item, item: Item, anchor: Anchor) -> bool:
    def gap(i: Item) -> int:
        return max(0, anchor.first - i.last if i.first < anchor.first else i.first - anchor.last)

    return gap(other) < gap(item)


def link_before(scene: Scene, sentence: Sentence, item: Item) -> str:
    for cue in sentence.cues.get("link", ()):
        if cue.last == item.first or (cue.last == item.first - 1 and len(scene.word(cue.last)) <= 3):
            return str(cue.value)
    word = scene.word(item.first - 1) if item.first > sentence.first else "^"
    return word if len(word) <= 1 and not word.isalnum() else "none"


def _sentences_back(scene: Scene, sentence: Sentence, actor: Actor) -> int | None:
    for back in range(1, NEAR + 1):
        if sentence.index - back < 0:
            return None
        if any(i.name == actor.name for i in scene.sentences[sentence.index - back].of("companies", "organisations")):
            return back
    return None


def _recent(scene: Scene, sentence: Sentence) -> str | None:
    """The first actor of the last sentence before this one that names one, within reach."""
    for back in range(1, NEAR + 1):
        if sentence.index - back < 0:
            return None
        firms = scene.sentences[sentence.index - back].of("companies")
        if firms:
            return firms[0].name
    return None
