"""Partners: firms that stand beside a row's own, with the features that tell whether the row is theirs too."""

from __future__ import annotations

from pipeline.relate.anchors import bucket, link_before, nearest_cues
from pipeline.relate.rows import Row
from pipeline.relate.scene import Item, Scene

JOINED = 14  # tokens between firms that may act together


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
