"""The facts that stand: written with their record, and what people decided carried over from the record before.

A decision stays with a fact that still stands: the same company and the same figures (value, upper end, bound,
currency, slot by slot; without figures, the same action and places), the nearest of several by its evidence. Where
action, status, places or period are others now, it stays and asks for another look. Where no such fact is read any
more, the decided one is kept beside what is read there now, and both ask for another look; a rejected one is let go.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import Any, Final

from pipeline.records import Amount, Fact, Quantity, Release, Span
from pipeline.sinks.rows import Cell
from pipeline.sinks.tables import plain
from pipeline.store.base import Store
from pipeline.store.schema import FLAT

SLOTS: Final = ("amount", "power", "energy", "jobs", "area", "revenue")
_PAIRS = 10_000  # so many pairs of equal facts are weighed; beyond that their order in the text decides
# Actions that tell of one thing in other words: the first names them all.
KINDS: Final = {"open": "invest", "expand": "invest"}


@dataclass(frozen=True)
class Kept:
    """A fact as the store has it. `read`: as the engine read it, None when a person added it; `fact`: as it counts."""

    fact_id: str
    version: int
    ordinal: int
    engine: str
    first_seen: str
    fact: Fact
    read: Fact | None = None
    state: str | None = None
    look: bool = False
    decision: int | None = None

    @classmethod
    def of(cls, row: sqlite3.Row) -> Kept:
        """From a row of the table."""
        return cls(
            row["fact_id"],
            row["version"],
            row["ordinal"],
            row["engine"],
            row["first_seen"],
            Fact.model_validate_json(row["fact"]),
            Fact.model_validate_json(row["read"]) if row["read"] else None,
            row["state"],
            bool(row["look"]),
            row["decision"],
        )


def of_source(store: Store, source: int) -> list[Kept]:
    """The facts of a source, in the order of the text."""
    rows = store.connection.execute("SELECT * FROM fact WHERE source = ? ORDER BY ordinal, start, fact_id", (source,))
    return [Kept.of(row) for row in rows.fetchall()]


def replace(store: Store, source: int, version: int, release: Release, engine: str) -> None:
    """Put a new record's facts in the place of the former record's."""
    old = of_source(store, source)
    now = store.stamp()
    fresh = [Kept(f.id, version, n, engine, now, f, f) for n, f in enumerate(release.facts)]
    _clear(store, source)
    for kept in _carried(store, old, fresh, release, version):
        put(store, source, kept, release if kept.version == version else None)


def retire(store: Store, source: int) -> None:
    """The record stands no more: decided facts are kept for another look, the others go."""
    old = of_source(store, source)
    _clear(store, source)
    for kept in old:
        if kept.state not in (None, "rejected"):
            put(store, source, _orphan(kept), None)


def put(store: Store, source: int, kept: Kept, release: Release | None) -> None:
    """Write one fact; `release` is its version's record, read from the store when it is not at hand."""
    release = release or store.release(kept.version)
    flat = store.rows.row(release, kept.fact)
    mark_stale(store, flat["company_key"], kept.fact.action)
    values: dict[str, Any] = {
        "source": source,
        "fact_id": kept.fact_id,
        "version": kept.version,
        "ordinal": kept.ordinal,
        "release_id": release.id,
        "source_uri": release.source.uri or "",
        **{name: plain(flat[name]) for name in FLAT},
        "read": kept.read.model_dump_json() if kept.read else None,
        "fact": kept.fact.model_dump_json(),
        "engine": kept.engine,
        "first_seen": kept.first_seen,
        "state": kept.state,
        "look": int(kept.look),
        "decision": kept.decision,
        "event_id": event_of_one(release.id, kept.fact_id),  # until the firm's events are worked out
    }
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" * len(values))
    store.connection.execute(f"INSERT OR REPLACE INTO fact ({names}) VALUES ({marks})", list(values.values()))


def mark_stale(store: Store, company_key: Cell, action: str) -> None:
    """The events of a firm are to be worked out again; what names no firm is an event by itself."""
    if company_key:
        store.connection.execute("INSERT OR IGNORE INTO stale VALUES (?, ?)", (company_key, KINDS.get(action, action)))


def event_of_one(release_id: str, fact_id: str) -> str:
    """The id of the event that a fact begins."""
    return hashlib.sha256(f"event:{release_id}:{fact_id}".encode()).hexdigest()[:16]


def signature(fact: Fact, store: Store) -> tuple[Any, ...]:
    """By what a fact is known to be the same after another reading."""
    key = store.rows.company_key(fact.company) if fact.company else None
    figures = tuple((slot, *figure(f)) for slot in SLOTS if (f := getattr(fact, slot)) is not None)
    return (key, *figures) if figures else (key, fact.action, *sorted(p.name for p in fact.places))


def figure(quantity: Quantity) -> tuple[Any, ...]:
    """What two equal figures share, whatever their words."""
    return quantity.figure, quantity.max, quantity.bound, quantity.currency if isinstance(quantity, Amount) else None


def anchored(fact: Fact, text: str) -> Fact | None:
    """The fact with its spans where its words stand in `text`; None when its evidence is not there any more."""
    at = _nearest(text, fact.evidence.text, fact.evidence.start)
    if at is None:
        return None
    shift = at - fact.evidence.start
    data = fact.model_dump()
    for part in _spans(data):
        moved = part["start"] + shift
        if text[moved : moved + len(part["text"])] != part["text"]:
            found = _nearest(text, part["text"], moved)
            if found is None:
                return None
            moved = found
        part["start"], part["end"] = moved, moved + len(part["text"])
    return Fact.model_validate(data)


def misplaced(fact: Fact, text: str) -> Span | None:
    """The first span of a fact that does not hold its words in `text`."""
    return next((s for s in fact.spans() if text[s.start : s.end] != s.text), None)


def _carried(store: Store, old: Sequence[Kept], fresh: Sequence[Kept], release: Release, version: int) -> list[Kept]:
    pairs = _matches(store, old, fresh)
    out: list[Kept] = []
    for kept in fresh:
        before = pairs.get(id(kept))
        out.append(_joined(before, kept, release.text) if before else kept)
    taken = {id(before) for before in pairs.values()}
    for before in old:
        if id(before) in taken or before.state in (None, "rejected"):
            continue
        again = anchored(before.fact, release.text) if before.state == "added" else None
        if again is not None:
            out.append(changed(before, fact=again, version=version, look=False))
            continue
        out.append(_orphan(before))
        rival = _rival(before, out[: len(fresh)])
        if rival is not None:
            out[rival] = changed(out[rival], look=True)
    return out


def _joined(before: Kept, kept: Kept, text: str) -> Kept:
    """A fact read anew, with what was known of it and decided on it."""
    kept = changed(kept, first_seen=before.first_seen)
    if before.state is None:
        return kept
    fact, look = kept.fact, before.look and not orphaned(before.fact_id)  # until somebody has looked
    if before.state in ("corrected", "added"):
        fact = anchored(before.fact, text) or _on_evidence(before.fact, kept.fact.evidence)
    read = before.read or before.fact
    for part in ("action", "status"):
        look |= getattr(read, part) != getattr(kept.fact, part)
    look |= [p.name for p in read.places] != [p.name for p in kept.fact.places]
    look |= _days(read) != _days(kept.fact)
    return changed(kept, fact=fact, state=before.state, decision=before.decision, look=look)


def _days(fact: Fact) -> tuple[datetime.date, datetime.date] | None:
    return (fact.date.first, fact.date.last) if fact.date else None


def _orphan(kept: Kept) -> Kept:
    """A decided fact that is not read any more: it keeps the record it was decided on."""
    fact_id = kept.fact_id if orphaned(kept.fact_id) else f"{kept.fact_id}~{kept.decision}"
    return changed(kept, fact_id=fact_id, look=True)


def orphaned(fact_id: str) -> bool:
    """Whether a fact stands by its decision alone, and is read no more."""
    return "~" in fact_id


def _rival(before: Kept, fresh: Sequence[Kept]) -> int | None:
    """What is read now where the decided fact was read: by the same words, the nearest."""
    words = before.fact.evidence.text
    near = [
        (abs(k.fact.evidence.start - before.fact.evidence.start), n)
        for n, k in enumerate(fresh)
        if k.state is None and (k.fact.evidence.text in words or words in k.fact.evidence.text)
    ]
    return min(near)[1] if near else None


def _matches(store: Store, old: Sequence[Kept], fresh: Sequence[Kept]) -> dict[int, Kept]:
    """Facts read anew (by id()) → the former fact each of them is; decided ones choose first."""
    pairs: dict[int, Kept] = {}
    free = list(fresh)
    left = sorted(old, key=lambda k: (k.state is None, k.look, k.ordinal))
    for view in ("read", "fact"):  # as the engine read it, then as a person wrote it
        before: dict[tuple[Any, ...], list[Kept]] = {}
        for kept in left:
            told = kept.read if view == "read" else kept.fact
            if told is not None and (view == "read" or kept.state in ("corrected", "added")):
                before.setdefault(signature(told, store), []).append(kept)
        after: dict[tuple[Any, ...], list[Kept]] = {}
        for kept in free:
            after.setdefault(signature(kept.fact, store), []).append(kept)
        for sign, olds in before.items():
            for one, other in _nearest_pairs(olds, after.get(sign, [])):
                pairs[id(other)] = one
        used = {id(kept) for kept in pairs.values()}
        left = [kept for kept in left if id(kept) not in used]
        free = [kept for kept in free if id(kept) not in pairs]
    return pairs


def _nearest_pairs(olds: Sequence[Kept], news: Sequence[Kept]) -> Iterable[tuple[Kept, Kept]]:
    if len(olds) * len(news) > _PAIRS:
        yield from zip(olds, news, strict=False)
        return
    order = sorted(
        (
            (
                o.state is None,
                o.fact.evidence.text != n.fact.evidence.text,
                abs(o.fact.evidence.start - n.fact.evidence.start),
                i,
                j,
            )
            for i, o in enumerate(olds)
            for j, n in enumerate(news)
        ),
    )
    gone_old, gone_new = set(), set()
    for *_, i, j in order:
        if i not in gone_old and j not in gone_new:
            gone_old.add(i)
            gone_new.add(j)
            yield olds[i], news[j]


def _on_evidence(fact: Fact, evidence: Span) -> Fact:
    """A person's fact whose own words are gone, all of it resting on the words of what is read there now."""
    data = fact.model_dump()
    for part in _spans(data):
        part["start"], part["end"], part["text"] = evidence.start, evidence.end, evidence.text
    return Fact.model_validate(data)


def _spans(data: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [data["evidence"], *(data[slot] for slot in SLOTS), *data["places"], data["date"]]
    return [p for p in parts if p is not None and p.get("start") is not None]


def _nearest(text: str, words: str, start: int) -> int | None:
    """Where `words` stand in `text`, the place nearest to `start`."""
    before, after = text.rfind(words, 0, max(0, start) + len(words)), text.find(words, max(0, start))
    found = [at for at in (before, after) if at >= 0]
    return min(found, key=lambda at: abs(at - start)) if found else None


def _clear(store: Store, source: int) -> None:
    for row in store.connection.execute(
        "SELECT DISTINCT company_key, action FROM fact WHERE source = ?", (source,)
    ).fetchall():
        mark_stale(store, row["company_key"], row["action"])
    store.connection.execute("DELETE FROM fact WHERE source = ?", (source,))


def state_json(kept: Kept | None) -> str | None:
    """A fact and its state as the audit keeps them."""
    if kept is None:
        return None
    return json.dumps({"state": kept.state, "fact": kept.fact.model_dump(mode="json")}, ensure_ascii=False)
