"""The facts that wait: in which order, how many are done, what comes next, and which say exactly the same."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from pipeline.review.filters import FIGURES, TODO, Filters
from pipeline.store import Store

PAGE: Final = 50  # rows of a page of the queue
_DOUBT: Final = "min(f.confidence - f.look)"  # what was read otherwise since it was decided comes before all
_SAME: Final = (
    "company_key", "action", "status", *FIGURES.values(), "amount_max", "amount_bound", "currency", "place",
    "place_code", "date_from", "date_to",
)  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far one is: facts that match, whatever their state, and those of them that wait."""

    total: int
    todo: int

    @property
    def done(self) -> int:
        return self.total - self.todo


@dataclass(frozen=True)
class Place:
    """Where to go next: a fact of a source."""

    source: int
    fact_id: str


@dataclass(frozen=True)
class Choices:
    """What the filters can be set to, with how many facts each has; firms by their key, the name beside it."""

    regions: dict[str, int]
    actions: dict[str, int]
    firms: list[tuple[str, str, int]]


def progress(store: Store, filters: Filters) -> Progress:
    where, values = filters.where(state=False)
    row = store.connection.execute(
        f"SELECT count(*), coalesce(sum({TODO}), 0) FROM fact f WHERE {where}", values
    ).fetchone()
    return Progress(*row)


def rows(store: Store, filters: Filters, page: int) -> tuple[list[sqlite3.Row], int]:
    """A page of facts, the doubtful first, and how many there are in all; pages count from 1."""
    where, values = filters.where()
    (total,) = store.connection.execute(f"SELECT count(*) FROM fact f WHERE {where}", values).fetchone()
    found = store.connection.execute(
        f"""SELECT f.*, v.title, substr(f.quote, 1, 300) AS said, coalesce(e.witnesses, 1) AS witnesses, e.disagrees
        FROM fact f JOIN version v ON v.id = f.version LEFT JOIN event e ON e.id = f.event_id WHERE {where}
        ORDER BY f.look DESC, f.confidence, f.source, f.ordinal, f.fact_id LIMIT ? OFFSET ?""",
        [*values, PAGE, PAGE * (page - 1)],
    )
    return found.fetchall(), total


def matching(store: Store, filters: Filters, source: int) -> set[str]:
    """The facts of a source that match, whatever their state."""
    where, values = filters.where(state=False)
    found = store.connection.execute(f"SELECT f.fact_id FROM fact f WHERE f.source = ? AND {where}", [source, *values])
    return {row[0] for row in found}


def following(store: Store, filters: Filters, source: int | None = None, *, stay: bool = False) -> Place | None:
    """The fact to look at next: the most doubtful of the release after `source`'s; None when nothing waits.

    Releases stand by their most doubtful fact, whatever was decided of it, so that their order lasts; after the last
    comes the first. With `stay`, what waits in `source` itself comes before all others.
    """
    matched, values = filters.where(state=False)
    wanted, more = filters.where()
    order = store.connection.execute(
        f"""SELECT f.source, {_DOUBT} AS doubt, max({wanted}) AS waits FROM fact f WHERE {matched}
        GROUP BY f.source ORDER BY doubt, f.source""",
        [*more, *values],
    ).fetchall()
    ids = [row["source"] for row in order]
    at = ids.index(source) if source in ids else -1
    ring = [*order[at + 1 :], *order[: at + 1]]
    if stay and at >= 0:
        ring.insert(0, order[at])
    for row in ring:
        if row["waits"]:
            return _most_doubtful(store, filters, row["source"])
    return None


def preceding(store: Store, filters: Filters, source: int) -> Place | None:
    """The same backwards, without a turn at the first."""
    matched, values = filters.where(state=False)
    order = store.connection.execute(
        f"SELECT f.source, {_DOUBT} AS doubt FROM fact f WHERE {matched} GROUP BY f.source ORDER BY doubt, f.source",
        values,
    ).fetchall()
    ids = [row["source"] for row in order]
    at = ids.index(source) if source in ids else 0
    return _most_doubtful(store, filters, ids[at - 1]) if at > 0 else None


def _most_doubtful(store: Store, filters: Filters, source: int) -> Place | None:
    for state in (True, False):
        where, values = filters.where(state=state)
        row = store.connection.execute(
            f"""SELECT f.fact_id FROM fact f WHERE f.source = ? AND {where}
            ORDER BY f.look DESC, f.confidence, f.ordinal, f.fact_id LIMIT 1""",
            [source, *values],
        ).fetchone()
        if row is not None:
            return Place(source, row["fact_id"])
    return None


def repeats(store: Store, source: int, fact_id: str) -> list[sqlite3.Row]:
    """Facts nobody looked at that say exactly what this one does, in its release or in others; it must name a firm."""
    same = " AND ".join(f"f.{name} IS one.{name}" for name in _SAME)
    return store.connection.execute(
        f"""SELECT f.source, f.fact_id, f.source_uri, f.decision FROM fact one JOIN fact f ON {same}
        WHERE one.source = ? AND one.fact_id = ? AND one.company_key IS NOT NULL AND f.state IS NULL AND NOT f.look
        AND NOT (f.source = one.source AND f.fact_id = one.fact_id) ORDER BY f.source_uri, f.ordinal LIMIT 200""",
        (source, fact_id),
    ).fetchall()


def choices(store: Store) -> Choices:
    regions: dict[str, int] = {}
    for codes, n in store.connection.execute(
        "SELECT region_code, count(*) FROM fact WHERE region_code IS NOT NULL GROUP BY 1"
    ):
        for code in {c for c in codes.split(" | ") if c}:
            regions[code] = regions.get(code, 0) + n
    actions = dict(store.connection.execute("SELECT action, count(*) FROM fact GROUP BY 1 ORDER BY 2 DESC").fetchall())
    firms = store.connection.execute(
        """SELECT company_key, min(company), count(*) AS n FROM fact WHERE company_key IS NOT NULL
        GROUP BY 1 ORDER BY n DESC, 1 LIMIT 200"""
    ).fetchall()
    return Choices(regions, actions, sorted((tuple(row) for row in firms), key=lambda f: f[0]))
