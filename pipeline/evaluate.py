"""Found against annotated: precision, recall and F1 by kind of mention, for the slots of facts and for whole rows.

The counting is that of the contract's scorer, number for number (tests hold one against the other).
"""

from __future__ import annotations

import difflib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pipeline.corpus import KINDS, Annotated, Gold, plain_text, read_folder

Record: TypeAlias = Mapping[str, Any]
Row: TypeAlias = tuple[str, frozenset[tuple[str, ...]]]

LISTS = {tag: kind for tag, kind in KINDS.items() if tag != "org"}
# tag → attribute in the gold, field of the record, relative tolerance
VALUES = {
    "amount": ("value", "value", 1e-6),
    "jobs": ("value", "value", 1e-6),
    "power": ("mw", "megawatts", 1e-3),
    "energy": ("mwh", "megawatt_hours", 1e-3),
    "area": ("m2", "square_metres", 1e-3),
}
FIGURES = {
    "amount": "value",
    "power": "megawatts",
    "energy": "megawatt_hours",
    "jobs": "value",
    "area": "square_metres",
    "revenue": "value",
}
ONE_ACTION = {"invest": "build", "open": "build", "expand": "build"}
GENERIC = {"groupe", "group", "sa", "sas", "societe", "la", "le", "les"}
STAMP = re.compile(r"Publié le [\d/-]{10}\n")
SHARED = 0.4  # of the union of two spans, for figures and dates
SURE = 0.9
TOTALS = ("ALL MENTIONS", "slots", "pairs", "sure slots", "whole facts")


@dataclass
class Count:
    hits: int = 0
    gold: int = 0
    predicted: int = 0

    def add(self, hits: int, gold: int, predicted: int) -> None:
        self.hits += hits
        self.gold += gold
        self.predicted += predicted

    def measures(self) -> dict[str, float | int | None]:
        both = self.gold + self.predicted
        return {
            "precision": self.hits / self.predicted if self.predicted else None,
            "recall": self.hits / self.gold if self.gold else None,
            "f1": 2 * self.hits / both if both else None,
            "gold": self.gold,
            "predicted": self.predicted,
        }


@dataclass
class Scores:
    """Counts by kind, attributes right on what was found, and every miss (-) and false alarm (+) by kind."""

    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    right: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    on_organisation: int = 0
    organisations: int = 0
    broken: int = 0
    quiet: list[int] = field(default_factory=lambda: [0, 0])
    aligned: list[float] = field(default_factory=list)
    read: int = 0

    def note(self, name: str, right: bool) -> None:
        self.right[name][0] += right
        self.right[name][1] += 1

    def results(self) -> dict[str, Any]:
        """The figures as the contract's scorer gives them in JSON."""
        total = Count()
        for tag in LISTS:
            one = self.counts[tag]
            total.add(one.hits, one.gold, one.predicted)
        self.counts["ALL MENTIONS"] = total
        out: dict[str, Any] = {name: self.counts[name].measures() for name in (*LISTS, *TOTALS)}
        out["attributes"] = {name: a / b for name, (a, b) in sorted(self.right.items())}
        out["negatives given none"] = self.quiet[0] / self.quiet[1] if self.quiet[1] else None
        out["organisations called companies"] = (
            self.on_organisation / self.organisations if self.organisations else None
        )
        out["gold text aligned"] = sum(self.aligned) / max(1, len(self.aligned))
        out["broken offsets"] = self.broken
        out["releases read"] = f"{self.read} of {len(self.aligned)}"
        return out

    def to_json(self) -> str:
        """The figures, with the errors by kind so that a later run can be compared with this one."""
        return json.dumps({**self.results(), "errors": dict(self.errors)}, ensure_ascii=False, indent=1)

    def table(self) -> str:
        results = self.results()
        lines = []
        for name in (*LISTS, *TOTALS):
            m = results[name]
            figures = f"P {_show(m['precision'])}  R {_show(m['recall'])}  F1 {_show(m['f1'])}"
            lines.append(f"{name:13} {figures}  ({m['gold']} gold, {m['predicted']} predicted)")
        lines.append("right on what was found: " + "  ".join(f"{k} {v:.3f}" for k, v in results["attributes"].items()))
        rest = list(results.items())[-5:]
        lines.append("  ".join(f"{k}: {v if isinstance(v, str | int) else _show(v)}" for k, v in rest))
        return "\n".join(lines)

    def compare(self, earlier: Mapping[str, Any]) -> str:
        """Gains and losses against the JSON of an earlier run: F1 by kind, then errors gone and errors new."""
        results, lines = self.results(), []
        for name in (*LISTS, *TOTALS):
            before, now = earlier.get(name, {}).get("f1"), results[name]["f1"]
            if before is not None and now is not None and abs(now - before) >= 0.0005:
                lines.append(f"{name:13} F1 {before:.3f} → {now:.3f}  ({now - before:+.3f})")
        for kind in sorted({*self.errors, *earlier.get("errors", {})}):
            then, here = earlier.get("errors", {}).get(kind, []), self.errors.get(kind, [])
            lines += [f"gone {kind}: {e}" for e in then if e not in here]
            lines += [f"new  {kind}: {e}" for e in here if e not in then]
        return "\n".join(lines) or "no difference"

    def below(self, wanted: Mapping[str, float]) -> list[str]:
        """A line for each kind whose F1 is under its floor; ValueError for a kind without anything in the gold."""
        results, lines = self.results(), []
        for name, floor in wanted.items():
            figures = results.get(name)
            if not isinstance(figures, dict) or not figures.get("gold"):
                raise ValueError(f"{name}: nothing of this kind is annotated, so it can have no floor")
            if (figures["f1"] or 0.0) < floor:
                lines.append(f"{name}: F1 {_show(figures['f1'])} is under {floor:.3f}")
        return lines


def floors(given: Iterable[str]) -> dict[str, float]:
    """ "KIND=F1" pairs as a mapping; ValueError when one is not such a pair."""
    out = {}
    for pair in given:
        name, _, value = pair.rpartition("=")
        try:
            out[name] = float(value)
        except ValueError:
            name = ""
        if not name:
            raise ValueError(f"{pair!r} is no KIND=F1")
    return out


def through_engine(texts: list[tuple[str, str]]) -> Iterator[Record]:
    """Records of (name, text) pairs, as `extract` would give them."""
    from pipeline.engine import Engine

    for release in Engine.load().extract_many((text, None) for _, text in texts):
        yield release.model_dump(mode="json")


def _show(value: float | None) -> str:
    return "  –  " if value is None else f"{value:.3f}"


def evaluate_folder(
    folder: Path, split: str | None, extract: Callable[[list[tuple[str, str]]], Iterable[Record]]
) -> Scores:
    """Send the plain texts of a folder's releases through `extract` (name and text in, records in order out)."""
    golds = read_folder(folder, [split] if split else None)
    records = extract([(name, plain_text(release)) for name, release in golds.items()])
    return score(golds, dict(zip(golds, records, strict=True)))


def score(golds: Mapping[str, Annotated], records: Mapping[str, Record]) -> Scores:
    """Compare records with annotated releases of the same name; a release without a record found nothing."""
    scores = Scores()
    for name, gold in golds.items():
        record = records.get(name) or {"text": gold.text, "facts": []}
        scores.read += name in records
        _score_mentions(scores, gold, record)
        _score_facts(scores, gold, record)
    return scores


# Mentions


def _score_mentions(scores: Scores, gold: Annotated, record: Record) -> None:
    text = record["text"]
    start, end, aligned = _aligner(text, gold.text)
    scores.aligned.append(aligned)
    stamp = STAMP.match(text)
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
            elif not (stamp and p["end"] <= stamp.end()):
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
    return {k: v for k, v in prediction.items() if k not in ("start", "end", "text", "rule", "page")}


def _without_organisations(scores: Scores, tag: str, orgs: Sequence[Gold], left: Sequence[Record]) -> list[Record]:
    """False alarms but those that stand on an organisation, one for each."""
    free, kept = list(orgs), []
    for p in left:
        org = next((o for o in free if _share(o.start, o.end, p) >= 0.5), None)
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


Offset: TypeAlias = Callable[[int], int | None]


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
        return block.b + max(0, i - block.a) if block and block.a - i <= 3 else None

    def end(i: int) -> int | None:
        block = next((b for b in reversed(blocks) if b.a < i), None)
        return block.b + min(block.size, i - block.a) if block and i - block.a - block.size <= 3 else None

    return start, end, sum(b.size for b in blocks) / max(1, len(gold))


# Facts


def key(name: Any) -> str:
    """A company's or place's name as compared: no accents, case, hyphens or generic words."""
    plain = unicodedata.normalize("NFKD", str(name or "")).encode("ascii", "ignore").decode().lower().replace("-", " ")
    return " ".join(w for w in re.findall(r"[a-z0-9&+]+", plain) if w not in GENERIC)


def row_of(fact: Mapping[str, Any], gold: bool) -> Row:
    """A fact as (company key, slots); a slot is a tuple that is equal when it is right."""
    action = str(fact.get("action"))
    slots: set[tuple[str, ...]] = {("action", ONE_ACTION.get(action, action))}
    for slot, name in FIGURES.items():
        figure = fact.get(slot) or {}
        value = figure.get("value" if gold else name)
        if value is not None:
            high = figure.get("max")
            slots.add(
                (
                    slot,
                    f"{float(value):.6g}",
                    f"{float(high):.6g}" if high is not None else "",
                    figure.get("currency", "EUR") if slot in ("amount", "revenue") else "",
                )
            )
    for place in fact.get("places") or []:
        slots.add(("place", key(place if isinstance(place, str) else place.get("name") or place.get("text"))))
    date = fact.get("date")
    if date:
        first, last = ("start", "end") if gold else ("first", "last")
        slots.add(("date", str(date.get(first)), str(date.get(last))))
    return key(fact.get("company")), frozenset(slots)


def pair_rows(golds: Sequence[Row], found: Sequence[Row]) -> list[tuple[int, int]]:
    """Pairs (i, j) of rows of the same company, one to one, most shared slots first."""
    ranked = sorted(
        (
            (len(g[1] & p[1]), -len(p[1] - g[1]), -i, -j)
            for i, g in enumerate(golds)
            for j, p in enumerate(found)
            if g[0] == p[0]
        ),
        reverse=True,
    )
    used: tuple[set[int], set[int]] = (set(), set())
    pairs = []
    for shared, _, i, j in ranked:
        if shared and -i not in used[0] and -j not in used[1]:
            used[0].add(-i)
            used[1].add(-j)
            pairs.append((-i, -j))
    return pairs


def _key_figures(rows: Iterable[Row]) -> set[tuple[str, tuple[str, ...]]]:
    return {(who, slot) for who, slots in rows for slot in slots if slot[0] in ("amount", "power")}


def _score_facts(scores: Scores, gold: Annotated, record: Record) -> None:
    facts = record.get("facts") or []
    golds, rows = [row_of(f, True) for f in gold.facts], [row_of(f, False) for f in facts]
    pairs = pair_rows(golds, rows)
    sure = [(f.get("confidence") or 0) >= SURE for f in facts]
    in_gold = sum(len(g[1]) for g in golds)
    shared = {(i, j): len(golds[i][1] & rows[j][1]) for i, j in pairs}
    scores.counts["slots"].add(sum(shared.values()), in_gold, sum(len(r[1]) for r in rows))
    scores.counts["sure slots"].add(
        sum(n for (_, j), n in shared.items() if sure[j]),
        in_gold,
        sum(len(r[1]) for r, ok in zip(rows, sure, strict=True) if ok),
    )
    whole = sum(golds[i][1] == rows[j][1] for i, j in pairs)
    scores.counts["whole facts"].add(whole, len(golds), len(rows))
    ours, theirs = _key_figures(golds), _key_figures(rows)
    scores.counts["pairs"].add(len(ours & theirs), len(ours), len(theirs))
    for i, j in pairs:
        scores.note("status", gold.facts[i].get("status") == facts[j].get("status"))
        for slot in ("amount", "power", "jobs"):
            a, b = gold.facts[i].get(slot), facts[j].get(slot)
            if a and b:
                scores.note("bounds in facts", a.get("bound", "exact") == b.get("bound"))
    if not gold.facts:
        scores.quiet[0] += not facts
        scores.quiet[1] += 1
    scores.errors["facts"] += list(_row_errors(gold.name, golds, rows, dict(pairs)))


def _row_errors(name: str, golds: Sequence[Row], rows: Sequence[Row], pairs: Mapping[int, int]) -> Iterator[str]:
    for i, (who, slots) in enumerate(golds):
        other = rows[pairs[i]][1] if i in pairs else frozenset()
        if slots != other:
            instead = f"   found instead {sorted(other - slots)}" if i in pairs else "   (row not found)"
            yield f"- {name}: {who}: {sorted(slots - other)}{instead}"
    met = set(pairs.values())
    for j, (who, slots) in enumerate(rows):
        if j not in met:
            yield f"+ {name}: {who}: {sorted(slots)}"
