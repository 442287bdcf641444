"""The tables of a store, and how an older store becomes one of today.

`user_version` holds the number of the schema. A migration is a list of statements that never changes once it was
released; a new one is added at the end of MIGRATIONS. All of them run in one transaction, or none does.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from pathlib import Path
from typing import Final

from pipeline.sinks import COLUMNS

APPLICATION: Final = 0x52454C56  # "RELV": by this a file is known to be a store
_PATIENCE = 30.0  # seconds that one process waits for another's transaction

# The flat columns of the first schema, spelled out: a column that is added to COLUMNS needs a migration here.
_FLAT: Final = """
  published TEXT, company TEXT, company_key TEXT, company_country TEXT, action TEXT NOT NULL, status TEXT NOT NULL,
  amount REAL, amount_max REAL, amount_bound TEXT, currency TEXT, power_mw REAL, energy_mwh REAL, jobs REAL,
  area_m2 REAL, revenue REAL, place TEXT, place_kind TEXT, place_code TEXT, department_code TEXT, region_code TEXT,
  country TEXT, date_from TEXT, date_to TEXT, quote TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
  page INTEGER, confidence REAL NOT NULL, why TEXT, "schema" TEXT NOT NULL"""

_FIRST: Final = (
    # What was met, by its name. `latest` is the last outcome, `standing` the record whose facts count: they differ
    # when bytes that were read once could not be read again.
    """CREATE TABLE source (
  id INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE, location TEXT,
  parent INTEGER REFERENCES source(id), first_seen TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  latest INTEGER REFERENCES version(id), standing INTEGER REFERENCES version(id))""",
    "CREATE INDEX source_parent ON source(parent) WHERE parent IS NOT NULL",
    # What came of some bytes with some engine: a record, a refusal, or members ("container"). Never changed.
    """CREATE TABLE version (
  id INTEGER PRIMARY KEY, source INTEGER NOT NULL REFERENCES source(id), sha256 TEXT, engine TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('record', 'refused', 'container')), read_at TEXT NOT NULL,
  code TEXT, detail TEXT, release_id TEXT, title TEXT, published TEXT, language TEXT, record BLOB)""",
    "CREATE INDEX version_source ON version(source)",
    "CREATE INDEX version_release ON version(release_id) WHERE release_id IS NOT NULL",
    "CREATE INDEX version_refused ON version(outcome, code)",
    # The facts that stand. `read` is the fact as the engine read it (null when a person added it), `fact` as it counts
    # now; the flat columns are `fact`'s. `ordinal` is its place in the release.
    f"""CREATE TABLE fact (
  source INTEGER NOT NULL REFERENCES source(id), fact_id TEXT NOT NULL, version INTEGER NOT NULL,
  ordinal INTEGER NOT NULL, release_id TEXT NOT NULL, source_uri TEXT NOT NULL, {_FLAT},
  read TEXT, fact TEXT NOT NULL, engine TEXT NOT NULL, first_seen TEXT NOT NULL,
  state TEXT CHECK (state IN ('accepted', 'rejected', 'corrected', 'added')),
  look INTEGER NOT NULL DEFAULT 0, decision INTEGER REFERENCES decision(id), event_id TEXT,
  PRIMARY KEY (source, fact_id)) WITHOUT ROWID""",
    "CREATE INDEX fact_company ON fact(company_key, action)",
    "CREATE INDEX fact_event ON fact(event_id)",
    "CREATE INDEX fact_release ON fact(release_id, fact_id)",
    "CREATE INDEX fact_queue ON fact(state, look, confidence)",
    "CREATE INDEX fact_published ON fact(published)",
    # What people decided: only ever added to. `prior` is the decision before it on the same fact, whose id may differ.
    """CREATE TABLE decision (
  id INTEGER PRIMARY KEY AUTOINCREMENT, source INTEGER NOT NULL REFERENCES source(id), fact_id TEXT NOT NULL,
  version INTEGER NOT NULL REFERENCES version(id),
  action TEXT NOT NULL CHECK (action IN ('accept', 'reject', 'correct', 'add', 'undo')),
  who TEXT NOT NULL, at TEXT NOT NULL, engine TEXT NOT NULL, before TEXT, after TEXT, note TEXT,
  undoes INTEGER UNIQUE REFERENCES decision(id), prior INTEGER REFERENCES decision(id))""",
    "CREATE INDEX decision_fact ON decision(source, fact_id)",
    "CREATE TRIGGER decision_kept BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are kept'); END",
    "CREATE TRIGGER decision_stays BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decisions are kept'); END",
    # What several releases tell, or tell differently: one row an event, its facts have its id.
    """CREATE TABLE event (
  id TEXT PRIMARY KEY, company_key TEXT NOT NULL, kind TEXT NOT NULL, witnesses INTEGER NOT NULL, disagrees TEXT
  ) WITHOUT ROWID""",
    "CREATE INDEX event_company ON event(company_key, kind)",
    # Firms and kinds of action whose events are to be worked out again.
    "CREATE TABLE stale (company_key TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (company_key, kind)) WITHOUT ROWID",
    # Feeds, and the entries met in them.
    """CREATE TABLE feed (
  url TEXT PRIMARY KEY, etag TEXT, modified TEXT, engine TEXT, failures INTEGER NOT NULL DEFAULT 0, wait_until TEXT,
  checked_at TEXT, trouble TEXT) WITHOUT ROWID""",
    """CREATE TABLE entry (
  feed TEXT NOT NULL, entry TEXT NOT NULL, stamp TEXT NOT NULL, uri TEXT NOT NULL, engine TEXT NOT NULL,
  PRIMARY KEY (feed, entry)) WITHOUT ROWID""",
)
# Words of titles and texts, one row a version: versions never change, so that nothing here ever does. The texts
# themselves stay in the records.
_SEARCH: Final = (
    """CREATE VIRTUAL TABLE search USING fts5(
  title, text, content = '', tokenize = "unicode61 remove_diacritics 2")""",
    "INSERT INTO search (rowid, title, text) SELECT id, title, record_text(record) FROM version WHERE record NOT NULL",
)
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _SEARCH)
VERSION: Final = len(MIGRATIONS)

FLAT: Final = tuple(name for name in COLUMNS if name not in ("release_id", "fact_id", "source_uri"))


class StoreError(Exception):
    """A store that cannot be used. `code`: missing, not_ours, newer, unusable; `detail` is the reason, one line."""

    def __init__(self, path: Path, code: str, detail: str = "") -> None:
        super().__init__(f"{path}: {code}" + (f" ({detail})" if detail else ""))
        self.path, self.code, self.detail = path, code, detail


def connect(path: Path, create: bool) -> sqlite3.Connection:
    """A connection to the store at `path`, its schema brought up to today's; StoreError when that cannot be."""
    if not create and not path.exists():
        raise StoreError(path, "missing")
    try:
        connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(path, "unusable", str(error)) from error
    try:
        connection.row_factory = sqlite3.Row
        _check(connection, path)
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.create_function("record_text", 1, _record_text, deterministic=True)
        migrate(connection, path)
    except sqlite3.DatabaseError as error:
        connection.close()
        code = "not_ours" if "not a database" in str(error) else "unusable"
        raise StoreError(path, code, str(error)) from error
    except StoreError:
        connection.close()
        raise
    return connection


def _record_text(record: bytes) -> str:
    """The text of a record as a version keeps it."""
    text: str = json.loads(zlib.decompress(record))["text"]
    return text


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Before anything is written to it: is it a store, or an empty file?"""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise StoreError(path, "not_ours")
    if number > VERSION:
        raise StoreError(path, "newer", f"{number} > {VERSION}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """WAL, which two processes that make a store at once refuse each other for a moment without waiting."""
    for attempt in range(100):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if attempt == 99:
                raise
            time.sleep(0.05)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """From whatever schema the store has to today's, in one transaction."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        _check(connection, path)  # another process may have been faster
        (number,) = connection.execute("PRAGMA user_version").fetchone()
        for statements in MIGRATIONS[number:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled back already, and it is the disk that is to be told of
            connection.execute("ROLLBACK")
        raise
