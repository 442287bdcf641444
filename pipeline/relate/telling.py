"""Telling: which sentence says what a firm does where no figure says it, if any does.

A firm is named again and again; one of these sentences, or none, is the row that a journalist would type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline.relate.anchors import Anchor, around, fact_features, lead_cues, link_before, members
from pipeline.relate.scene import FIGURES, Item, Scene, step

BESIDE = 5  # words on each side of a firm that are weighed by their place
REACH = 40  # tokens of its sentence on each side, and of the sentence before, whose words are weighed
MOST = 30  # sentences of a firm that are weighed


def tellers(found: Iterable[Anchor]) -> dict[str, list[Anchor]]:
    """Firm → its anchors in the sentences that name it, the first ones when there are many."""
    by_firm: dict[str, list[Anchor]] = {}
    for anchor in found:
        if anchor.member is not None:
            by_firm.setdefault(anchor.member.name, []).append(anchor)
    return {name: of[:MOST] for name, of in by_firm.items()}


def standing(scene: Scene, name: str) -> list[str]:
    """How much of a release a firm has to itself."""
    firm = scene.by_name[name]
    share = step(10 * len(firm.items) // max(1, scene.firms_named))
    return [f"share={share}", f"share={share}|{scene.scale[0]}", f"title={firm.in_title}|{scene.scale[0]}"]


def telling_features(scene: Scene, anchor: Anchor, item: Item, repeated: Counter[tuple[object, ...]]) -> list[str]:
    """Whether a sentence tells what a firm named there does: where the firm stands among the action words, what the
    sentences that lead to a list say, and the words of this sentence and of the one before."""
    sentence = anchor.sentence
    out = fact_features(scene, anchor, repeated)
    firms = members(scene, sentence)
    rank = [i.name for i in firms].index(item.name)
    out += [f"member|firms={min(len(firms), 4)}", f"member|firms={min(len(firms), 4)}|rank={min(rank, 3)}"]
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
    out += [
        f"+{n}={s}"
        for n in range(BESIDE)
        for s in scene.words.stems(item.last + n, min(sentence.last, item.last + n + 1))
    ]
    out += [
        f"-{n}={s}"
        for n in range(BESIDE)
        for s in scene.words.stems(max(sentence.first, item.first - n - 1), item.first - n)
    ]
    low, high = max(sentence.first, item.first - REACH), min(sentence.last, item.last + REACH)
    out += [f"word={stem}" for stem in dict.fromkeys(scene.words.stems(low, high))]
    if sentence.index:
        lead = scene.sentences[sentence.index - 1]
        stems = scene.words.stems(lead.first, min(lead.last, lead.first + REACH))
        out += [f"lead={stem}" for stem in dict.fromkeys(stems)]
    return out + standing(scene, item.name)


def silent_features(scene: Scene, name: str, sentences: int, figured: bool) -> list[str]:
    """Whether none of the sentences that name a firm tells what it does; `figured`: a figure tells another row of it."""
    main = [a.name for a in scene.main_actors[:1]] == [name]
    return [
        "none",
        f"none|figured={figured}",
        f"none|main={main}",
        f"none|main={main}|figured={figured}",
        f"none|mentions={min(scene.count[name], 6)}",
        f"none|mentions={min(scene.count[name], 6)}|{scene.scale[0]}",
        f"none|sentences={min(sentences, 6)}",
        f"none|title={scene.by_name[name].in_title}",
        *(f"none|{f}" for f in scene.scale),
    ]
