"""Mentions found against mentions annotated: paired one to one by place and value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pipeline.corpus import Annotated, Gold, publication_line
from pipeline.evaluate.facts import key
from pipeline.evaluate.scores import LISTS, Scores

Record: TypeAlias = Mapping[str, Any]
Offset: TypeAlias = Callable[[int], int | None]
# tag → attribute in the gold, field of the record, relative tolerance
VALUES = {
    "amount": ("value", "value", 1e-6),
    "jobs": ("value", "value", 1e-6),
    "power": ("mw", "megawatts", 1e-3),
    "energy": ("mwh", "megawatt_hours", 1e-3),
    "area": ("m2", "square_metres", 1e-3),
}
SHARED = 0.4  # of the union of two spans, for figures and dates
ON_ORGANISATION = 0.5  # the same, of a false alarm and an organisation that excuses it
GAP = 3  # characters that a reader may have lost at the edge of a mention


def score_mentions(scores: Scores, gold: Annotated, record: Record) -> None:
    """Count a release's mentions, kind by kind, and note their attributes and errors."""
    text = record["text"]
    start, end, aligned = _aligner(text, gold.text)
    scores.aligned.append(aligned)
    header = re.match(re.escape(publication_line()) + r" [\d/-]{10}\n", text)
    orgs = [m for m in gold.mentions if m.tag == "org"]
    scores.organisations += len(orgs)
    for tag, kind in LISTS.items():
        golden = [m for m in gold.mentions if m.tag == tag]
        predictions, outside = [], 0
        for p in record.get(kind) or []:
            scores.broken += text[p["start"] : p["end"]] != p["text"]
            first, last = start(p["start"]), end(p["end"])
            if first is not None and last is not None and first < last:
                predictions.append({**p, "start": first, "end": last})
            elif not (header and p["end"] <= header.end()):
                outside += 1
        hits, left = _pair(tag, golden, predictions)
        if tag in ("company", "place"):
            left = _without_organisations(scores, tag, orgs, left)
        scores.counts[tag].add(len(hits), len(golden), len(hits) + len(left) + outside)
        for one, prediction in hits:
            _note_attributes(scores, tag, one, prediction)
        met = {id(g) for g, _ in hits}
        scores.errors[tag] += [f"- {gold.name}: {g.text!r} {dict(g.attributes)}" for g in golden if id(g) not in met]
        scores.errors[tag] += [f"+ {gold.name}: {p['text']!r} {_values(p)}" for p in left]


def _values(prediction: Record) -> dict[str, Any]:
    """What a list of errors shows of a mention: its rule and page are left out, so that runs can be compared."""
    return {k: v for k, v in prediction.items() if k not in ("start", "end", "text", "rule", "page")}


def _without_organisations(scores: Scores, tag: str, orgs: Sequence[Gold], left: Sequence[Record]) -> list[Record]:
    """False alarms but those that stand on an organisation, one for each."""
    free, kept = list(orgs), []
    for p in left:
        org = next((o for o in free if _share(o.start, o.end, p) >= ON_ORGANISATION), None)
        if org is None:
            kept.append(p)
        else:
            free.remove(org)
            scores.on_organisation += tag == "company"
    return kept


def _note_attributes(scores: Scores, tag: str, gold: Gold, found: Record) -> None:
    said = gold.attributes
    if tag in ("amount", "jobs"):
        scores.note(f"{tag} role", said["role"] == found.get("role"))
    if tag in VALUES:
        scores.note("bounds", said.get("bound", "exact") == found.get("bound"))
    if tag == "place":
        scores.note("place kind", said["kind"] == found.get("kind"))
        code = said.get("insee") or said.get("code")
        if code:
            scores.note("place code", code == found.get("code"))
    if tag == "company":
        scores.note("company name", key(said["name"]) == key(found.get("name")))
        if said.get("country"):
            scores.note("company country", said["country"] == found.get("country"))


def _pair(
    tag: str, golds: Sequence[Gold], predictions: Sequence[Record]
) -> tuple[list[tuple[Gold, Record]], list[Record]]:
    """Gold and found mentions that agree, one to one, and the found ones left over."""
    left, hits = list(predictions), []
    for gold in golds:
        agreeing = [p for p in left if _agree(tag, gold, p)]
        if agreeing:
            best = max(agreeing, key=lambda p: _share(gold.start, gold.end, p))
            hits.append((gold, best))
            left.remove(best)
    return hits, left


def _agree(tag: str, gold: Gold, found: Record) -> bool:
    if tag in ("company", "place"):
        return bool(gold.start == found["start"] and gold.end == found["end"])
    if _share(gold.start, gold.end, found) < SHARED:
        return False
    said = gold.attributes
    if tag == "date":
        return bool(said["start"] == str(found.get("first")) and said["end"] == str(found.get("last")))
    ours, theirs, tolerance = VALUES[tag]
    return (
        _same(said[ours], found.get(theirs), tolerance)
        and _same(said.get("max"), found.get("max"), tolerance)
        and (tag != "amount" or said["currency"] == found.get("currency"))
    )


def _same(a: Any, b: Any, tolerance: float) -> bool:
    if a is None or b is None:
        return a is None and b is None
    a, b = float(a), float(b)
    return bool(abs(a - b) <= tolerance * max(abs(a), abs(b)))


def _share(start: int, end: int, found: Record) -> float:
    """Intersection over union of two spans."""
    inner = min(end, found["end"]) - max(start, found["start"])
    return float(max(0, inner) / (max(end, found["end"]) - min(start, found["start"])))


def _aligner(text: str, gold: str) -> tuple[Offset, Offset, float]:
    """From offsets of a record's text to the gold's, for starts and for ends, and the part of the gold that was found."""
    at = text.find(gold)
    if at >= 0:

        def inside(i: int) -> int | None:
            return i - at if 0 <= i - at <= len(gold) else None

        return inside, inside, 1.0
    blocks = [b for b in difflib.SequenceMatcher(None, text, gold, autojunk=False).get_matching_blocks() if b.size]

    def start(i: int) -> int | None:
        block = next((b for b in blocks if b.a + b.size > i), None)
        return block.b + max(0, i - block.a) if block and block.a - i <= GAP else None

    def end(i: int) -> int | None:
        block = next((b for b in reversed(blocks) if b.a < i), None)
        return block.b + min(block.size, i - block.a) if block and i - block.a - block.size <= GAP else None

    return start, end, sum(b.size for b in blocks) / max(1, len(gold))
