"""Facts found against facts annotated: rows of one company paired one to one, most shared slots first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pipeline.corpus import Annotated, scoring_words
from pipeline.evaluate.scores import Scores

Row: TypeAlias = tuple[str, frozenset[tuple[str, ...]]]
FIGURES = {
    "amount": "value",
    "power": "megawatts",
    "energy": "megawatt_hours",
    "jobs": "value",
    "area": "square_metres",
    "revenue": "value",
}
ONE_ACTION = {"invest": "build", "open": "build", "expand": "build"}
SURE = 0.9


def key(name: Any) -> str:
    """A company's or place's name as compared: no accents, case, hyphens or generic words."""
    plain = unicodedata.normalize("NFKD", str(name or "")).encode("ascii", "ignore").decode().lower().replace("-", " ")
    generic = scoring_words("word_of_no_name")
    return " ".join(w for w in re.findall(r"[a-z0-9&+]+", plain) if w not in generic)


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


def score_facts(scores: Scores, gold: Annotated, record: Mapping[str, Any]) -> None:
    """Count a release's slots, pairs and whole rows, and note statuses, bounds and errors."""
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
