"""What stands in a store, for exports, counts and pages."""

from __future__ import annotations

import datetime
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from pipeline.sinks import COLUMNS, FlatRows
from pipeline.sinks.rows import Cell
from pipeline.store.base import Store
from pipeline.store.facts import Kept

# What a store adds to the contract's flat row: the event and how many releases tell of it, where they disagree, what
# people said ("accepted", "corrected", "added", "rejected"), the number of their last decision, and 1 where another
# reading since then asks for another look.
FACT_COLUMNS: Final[dict[str, type]] = {
    **COLUMNS,
    "event_id": str,
    "witnesses": int,
    "disagrees": str,
    "reviewed": str,
    "decision": int,
    "look": int,
    "engine_version": str,
    "first_seen": datetime.date,
}
MENTION_COLUMNS: Final[dict[str, type]] = {
    "release_id": str,
    "source_uri": str,
    "published": datetime.date,
    "kind": str,
    "text": str,
    "start": int,
    "end": int,
    "page": int,
    "name": str,
    "company_key": str,
    "value": float,
    "max": float,
    "bound": str,
    "currency": str,
    "role": str,
    "place_kind": str,
    "place_code": str,
    "country": str,
    "date_from": datetime.date,
    "date_to": datetime.date,
    "rule": str,
    "engine_version": str,
}
LISTS: Final = ("companies", "organisations", "amounts", "powers", "energies", "jobs", "areas", "places", "dates")
_SQL: Final = {
    "witnesses": "COALESCE(e.witnesses, 1)",
    "disagrees": "e.disagrees",
    "reviewed": "f.state",
    "engine_version": "f.engine",
}
_VALUES: Final = ("value", "megawatts", "megawatt_hours", "square_metres")
_DAYS: Final = tuple(name for name, kind in FACT_COLUMNS.items() if kind is datetime.date)
REVIEWED: Final = ("accepted", "corrected", "added")

Row = dict[str, Cell]


@dataclass(frozen=True)
class Witness:
    """A fact of an event, with the source that tells it."""

    source: int
    uri: str
    kept: Kept


@dataclass(frozen=True)
class Stats:
    """Counts of a store. `outcomes`: latest outcomes of sources; `reasons`: refusals by code; `days`: sources by the
    day they were first met, the last first; `engines`: standing records by engine version; `states`: facts by what
    people said of them, None for those not looked at; `look`: decided facts to be looked at again."""

    sources: int
    outcomes: dict[str, int]
    reasons: dict[str, int]
    facts: int
    firms: int
    events: int
    told_twice: int
    disagreeing: int
    states: dict[str | None, int]
    look: int
    decisions: int
    engines: dict[str, int]
    days: dict[str, int]


@contextmanager
def snapshot(store: Store) -> Iterator[sqlite3.Connection]:
    """All reads inside see the store at one moment, whatever others write meanwhile."""
    store.connection.execute("BEGIN")
    try:
        yield store.connection
    finally:
        store.connection.execute("COMMIT")


def fact_rows(
    store: Store, *, reviewed: bool = False, since: datetime.date | None = None, rejected: bool = False
) -> Iterator[Row]:
    """The facts as flat rows with the columns of FACT_COLUMNS, by source and place in the text.

    `reviewed`: only those that people accepted, corrected or added. `since`: those first read on that day (UTC) or
    later. `rejected`: also those that people rejected.
    """
    where = ["1"]
    values: list[Any] = []
    if reviewed:
        where.append(f"f.state IN ({', '.join('?' * len(REVIEWED))})")
        values += REVIEWED
    if not rejected:
        where.append("f.state IS NOT 'rejected'")
    if since is not None:
        where.append("f.first_seen >= ?")
        values.append(since.isoformat())
    columns = ", ".join(_SQL.get(name, f'f."{name}"') + f' AS "{name}"' for name in FACT_COLUMNS)
    cursor = store.connection.execute(
        f"""SELECT {columns} FROM fact f LEFT JOIN event e ON e.id = f.event_id
        WHERE {" AND ".join(where)} ORDER BY f.source_uri, f.ordinal, f.start, f.fact_id""",
        values,
    )
    for found in cursor:
        row: Row = {name: found[name] for name in FACT_COLUMNS}
        for name in _DAYS:
            row[name] = _day(found[name])
        yield row


def mention_rows(store: Store, *, reviewed: bool = False, since: datetime.date | None = None) -> Iterator[Row]:
    """Every mention of the standing records, with the columns of MENTION_COLUMNS, by source and kind.

    `reviewed`: of releases with a reviewed fact. `since`: of records read on that day (UTC) or later.
    """
    cursor = store.connection.execute(
        """SELECT s.uri, v.record, v.engine FROM source s JOIN version v ON v.id = s.standing
        WHERE v.read_at >= ? AND (? = 0 OR EXISTS
          (SELECT 1 FROM fact f WHERE f.source = s.id AND f.state IN ('accepted', 'corrected', 'added')))
        ORDER BY s.uri""",
        (since.isoformat() if since else "", int(reviewed)),
    )
    for found in cursor:
        record = json.loads(zlib.decompress(found["record"]))
        for kind in LISTS:
            for entry in record[kind]:
                yield mention_row(store.rows, record, kind, entry, found["engine"])


def mention_row(rows: FlatRows, record: dict[str, Any], kind: str, entry: dict[str, Any], engine: str) -> Row:
    """One mention of a record, as its JSON has it, with the columns of MENTION_COLUMNS."""
    place = kind == "places"
    firm = kind in ("companies", "organisations")
    return {
        "release_id": record["id"],
        "source_uri": record["source"]["uri"],
        "published": _day(record["published"]),
        "kind": kind,
        "text": entry["text"],
        "start": entry["start"],
        "end": entry["end"],
        "page": entry.get("page"),
        "name": entry.get("name"),
        "company_key": rows.company_key(entry["name"]) if firm else None,
        "value": next((entry[name] for name in _VALUES if name in entry), None),
        "max": entry.get("max"),
        "bound": entry.get("bound"),
        "currency": entry.get("currency"),
        "role": entry.get("role"),
        "place_kind": entry["kind"] if place else None,
        "place_code": entry.get("code"),
        "country": entry.get("country"),
        "date_from": _day(entry.get("first")),
        "date_to": _day(entry.get("last")),
        "rule": entry.get("rule"),
        "engine_version": engine,
    }


def witnesses(store: Store, event_id: str) -> list[Witness]:
    """The facts of an event, in the order in which their releases came out."""
    rows = store.connection.execute(
        "SELECT * FROM fact WHERE event_id = ? ORDER BY published, source_uri, ordinal", (event_id,)
    ).fetchall()
    return [Witness(row["source"], row["source_uri"], Kept.of(row)) for row in rows]


def outcomes(store: Store) -> Iterator[tuple[str, str | None, str, str | None]]:
    """(uri, hash of the bytes, outcome, code of the refusal) of every source, by uri."""
    for row in store.connection.execute(
        "SELECT s.uri, v.sha256, v.outcome, v.code FROM source s JOIN version v ON v.id = s.latest ORDER BY s.uri"
    ):
        yield tuple(row)


def stats(store: Store) -> Stats:
    """The counts of a store at one moment."""
    with snapshot(store) as db:

        def one(sql: str) -> int:
            return int(db.execute(sql).fetchone()[0])

        def table(sql: str) -> dict[Any, int]:
            return dict(db.execute(sql).fetchall())

        latest = "FROM source s JOIN version v ON v.id = s.latest"
        return Stats(
            sources=one("SELECT COUNT(*) FROM source"),
            outcomes=table(f"SELECT v.outcome, COUNT(*) {latest} GROUP BY 1"),
            reasons=table(
                f"SELECT v.code, COUNT(*) AS n {latest} WHERE v.outcome = 'refused' GROUP BY 1 ORDER BY n DESC"
            ),
            facts=one("SELECT COUNT(*) FROM fact"),
            firms=one("SELECT COUNT(DISTINCT company_key) FROM fact"),
            events=one("SELECT COUNT(DISTINCT event_id) FROM fact"),
            told_twice=one("SELECT COUNT(*) FROM event WHERE witnesses > 1"),
            disagreeing=one("SELECT COUNT(*) FROM event WHERE disagrees IS NOT NULL"),
            states=table("SELECT state, COUNT(*) FROM fact GROUP BY 1"),
            look=one("SELECT COUNT(*) FROM fact WHERE look"),
            decisions=one("SELECT COUNT(*) FROM decision"),
            engines=table(
                "SELECT v.engine, COUNT(*) FROM source s JOIN version v ON v.id = s.standing GROUP BY 1 ORDER BY 1"
            ),
            days=table(
                "SELECT substr(first_seen, 1, 10) AS day, COUNT(*) FROM source GROUP BY 1 ORDER BY 1 DESC LIMIT 14"
            ),
        )


def _day(text: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(text[:10]) if text else None
