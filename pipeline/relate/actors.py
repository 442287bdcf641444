"""Actors: the firms and organisations whose fact an anchor may tell, with the features that choose among them."""

from __future__ import annotations

from collections import Counter

from pipeline.relate.anchors import Anchor, bucket, link_before
from pipeline.relate.scene import ACTORS, Actor, Item, Scene, Sentence

NEAR = 3  # sentences looked back for an actor, besides the head of the section and the title
SINCE = 400  # tokens looked back for others named since an actor was
SOON = 3  # sentences in which a firm told of is named at the latest
MAX_ACTORS = 12  # candidates weighed for one anchor
HEARD = 8  # words on each side of an anchor that may say that it is nobody's
BESIDE = 4  # words on each side of an anchor that is told of one named elsewhere
OPENING = 6  # tokens that begin such a sentence
ACROSS = 20  # tokens between an actor and its anchor whose words are weighed


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
    listing = scene.listings.get(sentence.index)
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
        if listing is not None:
            out.append(f"nobody|listed={listing.share('companies')}|firms_here={min(firms_here, 2)}")
        return out + [f"nobody|word={stem}" for stem in _near(scene, anchor, HEARD)]

    def add(feature: str) -> None:
        out.append(feature)
        out.append(f"{feature}|{kind}")

    mine = [i for i in here if i.name == actor.name]
    last = actor.last_before(anchor.first + 1)
    if last is not None:
        out += [f"a{f}" for f in scene.words.window(last.first, last.last, 2)]
        out.append(f"apath={scene.words.path(last.last, anchor.first)}")
    later = next((i for i in mine if i.first >= anchor.last), None)
    if later is not None:
        out.append(f"apath>{scene.words.path(anchor.last, later.first)}")
        out += [f"A{f}" for f in scene.words.window(later.first, later.last, 2)]
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
        low, high = (item.last, anchor.first) if before else (anchor.last, item.first)
        if high - low <= ACROSS:
            out += [f"across|{side}|{stem}" for stem in dict.fromkeys(scene.words.stems(low, high))]
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
        opening = scene.words.stems(sentence.first, min(sentence.last, sentence.first + OPENING))
        out += [f"away|opening={stem}" for stem in dict.fromkeys(opening)]
        out += [f"away|word={stem}" for stem in _near(scene, anchor, BESIDE)]
    out += [f"spoken{stem}" for stem in scene.spoken_of(actor)]
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
    if listing is not None:
        holds, lead = listing.share("companies"), scene.leads[sentence.index]
        led = lead >= 0 and any(i.name == actor.name for i in scene.sentences[lead].of(*ACTORS))
        told = lead >= 0 and scene.topics[lead] == actor.name
        add(f"listed={holds}|here={bool(mine)}|lead={led}")
        add(f"listed={holds}|here={bool(mine)}|firms_here={min(firms_here, 2)}|topic={told}")
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


def _near(scene: Scene, anchor: Anchor, size: int) -> dict[str, None]:
    """The words so many tokens before and after an anchor, in its sentence."""
    sentence = anchor.sentence
    first, last = max(sentence.first, anchor.first - size), min(sentence.last, anchor.first + size + 1)
    return dict.fromkeys(scene.words.stems(first, last))


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
