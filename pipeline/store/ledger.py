"""What was read and what came of it: one source, one transaction.

A source is known by its uri; it has a version for each outcome of other bytes or another engine. Its `latest` version
is the last outcome, its `standing` one the record whose facts count. A refusal takes the place of a record only when
the bytes are others: what was read once still counts while the same bytes, or none, cannot be read.

A container (archive, mail with attachments) gives several outcomes: those under other uris than its own become sources
with it as their parent, in the same transaction.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from pipeline.readers import Refusal
from pipeline.records import Release
from pipeline.store import facts
from pipeline.store.base import Store

Outcome: TypeAlias = Release | Refusal

GONE: Final = "member_gone"  # a member that its container holds no more
QUARANTINED: Final = ("worker_died", "timeout")  # twice the end of its process


class Written(StrEnum):
    """What a write did."""

    NEW = "new"
    CHANGED = "changed"  # a further version of a source that was known
    UNCHANGED = "unchanged"  # the store had this outcome; nothing was written


@dataclass(frozen=True)
class Reading:
    """What came of one source.

    `sha256`: of the bytes read, None when there were none to be had. `location`: where it can be read again, an
    absolute path or an address. `outcomes`: one, or several for a container.
    """

    uri: str
    sha256: str | None
    outcomes: Sequence[Outcome]
    location: str | None = None


@dataclass(frozen=True)
class Refused:
    """A source whose latest outcome is a refusal."""

    uri: str
    location: str | None
    parent: str | None
    code: str
    detail: str
    tries: int
    read_at: str


def known(store: Store, uri: str, sha256: str, engine: str) -> bool:
    """Whether the latest outcome of a source is that of these bytes with this engine."""
    row = store.connection.execute(
        "SELECT 1 FROM source s JOIN version v ON v.id = s.latest WHERE s.uri = ? AND v.sha256 = ? AND v.engine = ?",
        (uri, sha256, engine),
    ).fetchone()
    return row is not None


def write(store: Store, reading: Reading, engine: str, again: bool = False) -> Written:
    """Write what came of one source, in one transaction; nothing when it is known already and not to be done again."""
    with store.transaction() as db:
        source, fresh = _source(db, reading.uri, reading.location, None, store.stamp())
        if reading.sha256 and not again and known(store, reading.uri, reading.sha256, engine):
            return Written.UNCHANGED  # another run was faster
        own, members = _split(reading)
        met = set()
        written = False
        for uri, outcome in members:
            member, _ = _source(db, uri, None, source, store.stamp())
            met.add(member)
            sha256 = outcome.source.sha256 if isinstance(outcome, Release) else reading.sha256
            written |= _record(store, member, sha256, engine, outcome)
        earlier = db.execute("SELECT id, uri FROM source WHERE parent = ?", (source,)).fetchall()
        if reading.sha256:
            for row in earlier:
                if row["id"] not in met:
                    written |= _record(store, row["id"], reading.sha256, engine, Refusal(row["uri"], GONE))
        written |= _record(store, source, reading.sha256, engine, own)
    return Written.NEW if fresh else Written.CHANGED if written else Written.UNCHANGED


def refused(store: Store, codes: Collection[str] = ()) -> Iterator[Refused]:
    """The sources whose latest outcome is a refusal, with one of `codes` when some are given; by uri."""
    rows = store.connection.execute(
        """SELECT s.uri, s.location, p.uri AS parent, p.location AS home, s.tries, v.code, v.detail, v.read_at
        FROM source s JOIN version v ON v.id = s.latest LEFT JOIN source p ON p.id = s.parent
        WHERE v.outcome = 'refused' ORDER BY s.uri"""
    ).fetchall()
    for r in rows:
        if r["code"] != GONE and (not codes or r["code"] in codes):
            location = r["location"] or r["home"]
            yield Refused(r["uri"], location, r["parent"], r["code"], r["detail"], r["tries"], r["read_at"])


def _source(db: sqlite3.Connection, uri: str, location: str | None, parent: int | None, now: str) -> tuple[int, bool]:
    """The number of a source, and whether it is new."""
    row = db.execute("SELECT id, location FROM source WHERE uri = ?", (uri,)).fetchone()
    if row is None:
        made = db.execute(
            "INSERT INTO source (uri, location, parent, first_seen) VALUES (?, ?, ?, ?)", (uri, location, parent, now)
        )
        assert made.lastrowid is not None
        return made.lastrowid, True
    if location is not None and location != row["location"]:
        db.execute("UPDATE source SET location = ? WHERE id = ?", (location, row["id"]))
    return int(row["id"]), False


def _split(reading: Reading) -> tuple[Outcome | None, list[tuple[str, Outcome]]]:
    """The source's own outcome, None for a mere container, and its members' by their uri. Names are made distinct."""
    own: Outcome | None = None
    members: dict[str, Outcome] = {}
    for number, outcome in enumerate(reading.outcomes):
        uri = outcome.source.uri if isinstance(outcome, Release) else outcome.uri
        uri = uri or f"{reading.uri}#{number}"
        if uri == reading.uri and own is None:
            own = outcome
            continue
        if uri == reading.uri or uri in members:
            uri = f"{uri}#{number}"
        members[uri] = outcome
    if own is None and not members:
        own = Refusal(reading.uri, "empty")
    return own, list(members.items())


def _record(store: Store, source: int, sha256: str | None, engine: str, outcome: Outcome | None) -> bool:
    """Make an outcome (None: a mere container) a source's latest version; False when it is that already."""
    db = store.connection
    db.execute("UPDATE source SET tries = tries + 1 WHERE id = ?", (source,))
    if isinstance(outcome, Release):
        kind, code, detail = "record", None, None
    elif isinstance(outcome, Refusal):
        kind, code = "refused", outcome.code
        detail = outcome.detail.encode("utf-8", "backslashreplace").decode()  # whatever an error's words held
    else:
        kind, code, detail = "container", None, None
    latest = db.execute(
        "SELECT v.* FROM source s JOIN version v ON v.id = s.latest WHERE s.id = ?", (source,)
    ).fetchone()
    said = (sha256, engine, kind, code, detail)
    if latest is not None and said == tuple(latest[k] for k in ("sha256", "engine", "outcome", "code", "detail")):
        return False
    held = outcome if isinstance(outcome, Release) else None
    made = db.execute(
        "INSERT INTO version (source, sha256, engine, outcome, code, detail, read_at, release_id, title, published,"
        " language, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(source, *said, store.stamp()),
            held and held.id,
            held and held.title,
            held.published.isoformat() if held and held.published else None,
            held and held.language,
            zlib.compress(held.to_json().encode()) if held else None,
        ),
    )
    version = made.lastrowid
    db.execute("UPDATE source SET latest = ? WHERE id = ?", (version, source))
    if held is not None:
        assert version is not None
        db.execute("INSERT INTO search (rowid, title, text) VALUES (?, ?, ?)", (version, held.title, held.text))
        facts.replace(store, source, version, held, engine)
        db.execute("UPDATE source SET standing = ? WHERE id = ?", (version, source))
    elif sha256 is not None:
        standing = db.execute(
            "SELECT v.sha256 FROM source s JOIN version v ON v.id = s.standing WHERE s.id = ?", (source,)
        ).fetchone()
        if standing is not None and standing["sha256"] != sha256:
            facts.retire(store, source)
            db.execute("UPDATE source SET standing = NULL WHERE id = ?", (source,))
    return True
