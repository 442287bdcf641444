"""Events: the same fact told by several releases, its witnesses side by side; none is merged away.

Two facts tell of one event when they name the same firm (`company_key`) and the same kind of action (to invest, to
open and to expand are one kind), their releases came out within WINDOW days of each other, their places do not
contradict each other, and

- a figure they share is equal within NEAR of the greater, or
- they share a place, and what figures they share differ by less than TWICE, or
- neither has a figure or a place, and their periods, of a month at most, meet.

A firm's facts are taken in one order (day, release, place in the text), each joining the event whose first fact it
fits best, or beginning one: what comes out depends on the facts that stand, and not on the order in which they
arrived. Two facts of one release share an event only when nothing in them differs. What a person rejected, and what
names nobody, is an event by itself.
"""

from __future__ import annotations

import datetime
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pipeline.store.base import Store
from pipeline.store.facts import KINDS, event_of_one

WINDOW: Final = 60  # days
NEAR: Final = 0.1
TWICE: Final = 2.0
MONTH: Final = 31  # days
FIGURES: Final = ("amount", "power_mw", "energy_mwh", "jobs", "area_m2", "revenue")
_COLUMNS: Final = (
    "source, release_id, fact_id, published, action, currency, place, place_kind, place_code, department_code,"
    " region_code, country, date_from, date_to, start, amount, power_mw, energy_mwh, jobs, area_m2, revenue, state"
)
_JOIN: Final = " | "
_FINE: Final = ("commune", "city", "other")


@dataclass(frozen=True)
class Told:
    """What of a fact decides to which event it belongs."""

    source: int
    release_id: str
    fact_id: str
    start: int
    day: datetime.date | None
    figures: Mapping[str, float]
    currency: str | None
    places: tuple[frozenset[str], ...]  # from the finest (communes, cities) to countries
    period: tuple[datetime.date, datetime.date] | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Told:
        def parts(column: str) -> list[str]:
            return str(row[column]).split(_JOIN) if row[column] else []

        fine = {
            (code or name).casefold()
            for name, kind, code in _side_by_side(parts("place"), parts("place_kind"), parts("place_code"))
            if kind in _FINE
        }
        coarse = (frozenset(filter(None, parts(c))) for c in ("department_code", "region_code", "country"))
        return cls(
            row["source"],
            row["release_id"],
            row["fact_id"],
            row["start"],
            _day(row["published"]) or _day(row["date_from"]),
            {name: row[name] for name in FIGURES if row[name] is not None},
            row["currency"],
            (frozenset(fine), *coarse),
            (_day(row["date_from"]), _day(row["date_to"])) if row["date_from"] else None,  # type: ignore[arg-type]
        )


@dataclass
class _Event:
    first: Told
    facts: list[Told] = field(default_factory=list)


def refresh(store: Store) -> int:
    """Work out the events of the firms whose facts changed; how many firms there were."""
    done = 0
    while True:
        with store.transaction() as db:
            row = db.execute("SELECT company_key, kind FROM stale LIMIT 1").fetchone()
            if row is None:
                return done
            _regroup(db, row["company_key"], row["kind"])
            db.execute("DELETE FROM stale WHERE company_key = ? AND kind = ?", tuple(row))
        done += 1


def grouped(facts: Iterable[Told]) -> dict[str, list[Told]]:
    """The facts of one firm and one kind of action by the id of their event; the first fact of each began it."""
    events: list[_Event] = []
    index: dict[tuple[Any, ...], list[int]] = {}
    for fact in sorted(facts, key=lambda f: (f.day or datetime.date.min, f.release_id, f.start, f.fact_id)):
        best: tuple[tuple[int, ...], int] | None = None
        for number in sorted({n for hint in _hints(fact) for n in index.get(hint, ())}):
            event = events[number]
            rank = _fit(event.first, fact)
            if rank is None or any(f.release_id == fact.release_id and not _identical(f, fact) for f in event.facts):
                continue
            if best is None or rank > best[0]:
                best = rank, number
        if best is not None:
            events[best[1]].facts.append(fact)
            continue
        for hint in _hints(fact):
            index.setdefault(hint, []).append(len(events))
        events.append(_Event(fact, [fact]))
    return {event_of_one(e.first.release_id, e.first.fact_id): e.facts for e in events}


def disagreements(facts: Iterable[Told]) -> dict[str, list[float]]:
    """Figures of which the witnesses of an event tell several: their values, the smallest first."""
    told: dict[str, set[float]] = {}
    for fact in facts:
        for name, value in fact.figures.items():
            told.setdefault(name, set()).add(value)
    return {name: sorted(values) for name, values in told.items() if len(values) > 1}


def _regroup(db: sqlite3.Connection, company_key: str, kind: str) -> None:
    actions = [kind, *(action for action, of in KINDS.items() if of == kind)]
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM fact WHERE company_key = ? AND action IN ({', '.join('?' * len(actions))})",
        (company_key, *actions),
    ).fetchall()
    db.execute("DELETE FROM event WHERE company_key = ? AND kind = ?", (company_key, kind))
    for row in rows:
        if row["state"] == "rejected":
            _set(db, Told.of(row), event_of_one(row["release_id"], row["fact_id"]))
    for event_id, facts in grouped(Told.of(row) for row in rows if row["state"] != "rejected").items():
        for fact in facts:
            _set(db, fact, event_id)
        differ = _JOIN.join(
            f"{name}: {' / '.join(f'{value:.12g}' for value in values)}"
            for name, values in disagreements(facts).items()
        )
        witnesses = len({fact.release_id for fact in facts})
        if witnesses > 1 or differ:
            db.execute(
                "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?)",
                (event_id, company_key, kind, witnesses, differ or None),
            )


def _set(db: sqlite3.Connection, fact: Told, event_id: str) -> None:
    db.execute(
        "UPDATE fact SET event_id = ? WHERE source = ? AND fact_id = ? AND event_id IS NOT ?",
        (event_id, fact.source, fact.fact_id, event_id),
    )


def _fit(one: Told, other: Told) -> tuple[int, ...] | None:
    """How well two facts fit, greater is better; None when they do not tell of one event."""
    if one.day and other.day and abs((one.day - other.day).days) > WINDOW:
        return None
    if any(a and b and not a & b for a, b in zip(one.places, other.places, strict=True)):
        return None
    shared = [name for name in FIGURES if name in one.figures and name in other.figures]
    money = "amount" in shared and one.currency != other.currency
    near = sum(_ratio(one.figures[n], other.figures[n]) <= 1 / (1 - NEAR) for n in shared if not money or n != "amount")
    place = bool(one.places[0] & other.places[0])
    meet = _meet(one, other)
    if not near:
        if place:
            if money or any(_ratio(one.figures[n], other.figures[n]) >= TWICE for n in shared):
                return None
        elif shared or one.figures or other.figures or one.places[0] or other.places[0] or not meet:
            return None
    equal = sum(one.figures[name] == other.figures[name] for name in shared)
    return 2 * near - len(shared), equal, int(place), int(meet)


def _ratio(a: float, b: float) -> float:
    """The greater by the smaller, 1 when they are equal."""
    if a == b:
        return 1.0
    return math.inf if min(a, b) <= 0 else max(a, b) / min(a, b)


def _meet(one: Told, other: Told) -> bool:
    if one.period is None or other.period is None:
        return False
    short = all((last - first).days <= MONTH for first, last in (one.period, other.period))
    return short and one.period[0] <= other.period[1] and other.period[0] <= one.period[1]


def _identical(one: Told, other: Told) -> bool:
    return (one.figures, one.currency, one.places) == (other.figures, other.currency, other.places)


def _hints(fact: Told) -> Iterator[tuple[Any, ...]]:
    """Two facts of one event share one of these: so a firm with thousands of facts needs no pairwise weighing."""
    for place in fact.places[0]:
        yield "place", place
    for name, value in fact.figures.items():
        step = math.floor(math.log(value) / -math.log(1 - NEAR)) if value > 0 else None
        for near in (step,) if step is None else (step - 1, step, step + 1):
            yield name, near
    if not fact.figures and not fact.places[0] and fact.period is not None:
        first, last = fact.period
        for month in range(12 * first.year + first.month, min(12 * last.year + last.month, 12 * first.year + 14) + 1):
            yield "month", month


def _side_by_side(names: list[str], kinds: list[str], codes: list[str]) -> Iterator[tuple[str, str, str]]:
    for n, name in enumerate(names):
        yield name, kinds[n] if n < len(kinds) else "", codes[n] if n < len(codes) else ""


def _day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None
