"""Mentions to facts: where a statement begins and ends, who acts, what each figure belongs to, and how sure it is."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from pipeline.choose import Weights
from pipeline.records import Amount, Area, Energy, Fact, Jobs, Power, Span
from pipeline.relate.linker import Linked, Thresholds, link
from pipeline.relate.scene import Scene, Sentence

RECORDS: Mapping[str, type[Amount | Power | Energy | Jobs | Area]] = {
    "amount": Amount,
    "revenue": Amount,
    "power": Power,
    "energy": Energy,
    "jobs": Jobs,
    "area": Area,
}


# Chosen on folds of train and dev, TELLING on dev, fresh and unseen.
DOUBTFUL = 0.3  # confidence under which a fact is not told
TELLING = 0.4  # confidence that one fact of a release must have, or none of them is told


class Relater:
    """Built once from the weights; pure."""

    def __init__(self, weights: Weights, sureness: Mapping[str, float], limits: Thresholds | None = None) -> None:
        """`sureness` are the weights of the confidence, by feature."""
        self._weights = weights
        self._sureness = sureness
        self._limits = limits or Thresholds()

    def relate(self, scene: Scene, mentions: Mapping[int, Any]) -> tuple[list[Fact], int]:
        """The facts of a release, in the order of the text, and how many were too doubtful to be told.

        `mentions` are the records, by the id() of their Found.
        """
        document = scene.document
        facts: list[Fact] = []
        digest = hashlib.sha256(document.text.encode()).hexdigest()
        seen: dict[tuple[int, int], int] = {}
        for linked in sorted(link(scene, self._weights, self._limits), key=lambda k: k.row.anchors[0].first):
            start, end = evidence(linked)
            order = seen[start, end] = seen.get((start, end), -1) + 1
            identity = hashlib.sha256(f"{digest}:{start}:{end}:{order}".encode()).hexdigest()[:16]
            slots = {slot: mentions[id(a.item.found)] for slot, a in linked.row.figures.items() if a.item is not None}
            facts.append(
                Fact(
                    id=identity,
                    company=linked.row.actor,
                    action=linked.action,  # type: ignore[arg-type]
                    status=linked.status,  # type: ignore[arg-type]
                    places=tuple(mentions[id(i.found)] for i in linked.places),
                    date=mentions[id(linked.date.found)] if linked.date else None,
                    evidence=Span(start=start, end=end, text=document.text[start:end]),
                    confidence=round(confidence(self._sureness, linked), 3),
                    why=tuple(reasons(linked)),
                    sure={decision: round(p, 3) for decision, p in linked.sure.items()},  # type: ignore[misc]
                    **slots,
                )
            )
        sure = [f for f in facts if f.confidence >= DOUBTFUL]
        kept = sure if any(f.confidence >= TELLING for f in sure) else []
        return kept, len(facts) - len(kept)


def evidence(linked: Linked) -> tuple[int, int]:
    """The sentences of a row's anchors: all of them when they stand together, else that of the first."""
    sentences = sorted(linked.row.sentences, key=lambda s: s.index)
    first = linked.row.anchors[0].sentence
    run: list[Sentence] = [first]
    for sentence in sentences:
        if sentence.block == first.block and sentence.index == run[-1].index + 1:
            run.append(sentence)
    return run[0].start, run[-1].end


def confidence_features(linked: Linked) -> dict[str, float]:
    """What the confidence of a row is worked out from: the odds of its decisions and what was inferred."""
    odds = {f"odds={name}": logit(p) for name, p in linked.sure.items()}
    slots = len(linked.row.figures) + len(linked.places) + (linked.date is not None)
    return {
        "bias": 1.0,
        **odds,
        f"action={linked.action}": 1.0,
        f"slots={min(slots, 3)}": 1.0,
        "figure": float(bool(linked.row.figures)),
        **dict.fromkeys(reasons(linked), 1.0),
    }


def load_confidence() -> dict[str, float]:
    """The shipped weights of the confidence, by feature."""
    path = files("pipeline") / "model" / "confidence.json"
    table: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return table


def confidence(table: Mapping[str, float], linked: Linked) -> float:
    """The probability that a slot of the row, taken at random, is right."""
    score = sum(table.get(name, 0.0) * value for name, value in confidence_features(linked).items())
    return 1 / (1 + math.exp(-score))


def logit(p: float) -> float:
    p = min(max(p, 0.01), 0.99)
    return math.log(p / (1 - p))


def reasons(linked: Linked) -> list[str]:
    """Codes of what was inferred, told in words by the messages."""
    row = linked.row
    inside = {s.index for s in row.sentences}
    out = []
    if row.actor is None:
        out.append("no_actor")
    elif not any(i.name == row.actor for s in row.sentences for i in s.of("companies", "organisations")):
        out.append("actor_inferred")
    if linked.date is not None and linked.date.sentence not in inside:
        out.append("date_inherited")
    if linked.reckoned:
        out.append("date_reckoned")
    if any(p.sentence not in inside for p in linked.places):
        out.append("place_inherited")
    for slot, anchor in row.figures.items():
        if anchor.item is not None and slot in ("amount", "power"):
            kind = anchor.item.kind
            if any(i is not anchor.item for i in anchor.sentence.of(kind)):
                out.append(f"several_{slot}s")
    if len(inside) > 1:
        out.append("several_sentences")
    if linked.sure["status"] < 0.5:
        out.append("status_unsure")
    return out
