"""One source, one transaction: new, unchanged, changed, refused, containers; nothing lost and nothing doubled."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline.readers import Refusal
from pipeline.records import Release
from pipeline.store import Reading, Store, StoreError, Written, ledger, reading
from pipeline.store.schema import VERSION
from tests.store.conftest import told

LYON = ("Evroc", "investit", 40, "Lyon")


def put(store: Store, *outcomes: Release | Refusal, uri: str = "a.txt", engine: str = "e1", **more: object) -> Written:
    first = outcomes[0]
    sha = more.pop("sha", first.source.sha256 if isinstance(first, Release) else "0" * 64)
    return ledger.write(store, Reading(uri, sha, outcomes), engine, **more)  # type: ignore[arg-type]


def facts(store: Store) -> list[tuple[object, ...]]:
    return [(r["source_uri"], r["company"], r["amount"]) for r in reading.fact_rows(store)]


def test_the_same_bytes_are_written_once_for_an_engine(store: Store) -> None:
    record = told("a.txt", LYON)
    assert put(store, record) is Written.NEW
    assert put(store, record) is Written.UNCHANGED
    assert ledger.known(store, "a.txt", record.source.sha256, "e1")
    assert not ledger.known(store, "a.txt", record.source.sha256, "e2")
    assert put(store, record, engine="e2") is Written.CHANGED
    assert facts(store) == [("a.txt", "Evroc", 40e6)]
    assert store.connection.execute("SELECT COUNT(*) FROM version").fetchone()[0] == 2


def test_changed_bytes_supersede_and_bytes_that_come_back_do_too(store: Store) -> None:
    one, two = told("a.txt", LYON), told("a.txt", ("Evroc", "investit", 50, "Lyon"))
    put(store, one)
    assert put(store, two) is Written.CHANGED
    assert facts(store) == [("a.txt", "Evroc", 50e6)]
    assert put(store, one) is Written.CHANGED
    assert facts(store) == [("a.txt", "Evroc", 40e6)]


def test_a_record_comes_back_as_it_was(store: Store) -> None:
    record = told("a.txt", LYON)
    put(store, record)
    assert store.release(1) == record
    with pytest.raises(KeyError):
        store.release(7)


def test_a_refusal_takes_a_record_away_only_for_other_bytes(store: Store) -> None:
    record = told("a.txt", LYON)
    put(store, record)
    put(store, Refusal("a.txt", "unreadable", "denied"), sha=None)
    put(store, Refusal("a.txt", "timeout"), sha=record.source.sha256, engine="e2")
    assert facts(store) == [("a.txt", "Evroc", 40e6)]
    assert [r.code for r in ledger.refused(store)] == ["timeout"]
    put(store, Refusal("a.txt", "binary"), sha="1" * 64)
    assert facts(store) == []
    assert [(o[2], o[3]) for o in reading.outcomes(store)] == [("refused", "binary")]


def test_a_refusal_without_bytes_is_one_however_often_it_comes(store: Store) -> None:
    for _ in range(3):
        put(store, Refusal("a.txt", "missing"), sha=None)
    assert store.connection.execute("SELECT COUNT(*) FROM version").fetchone()[0] == 1
    assert [(r.code, r.tries) for r in ledger.refused(store, ["missing"])] == [("missing", 3)]
    assert not list(ledger.refused(store, ["binary"]))


def test_members_of_a_container_are_sources_with_a_parent(store: Store) -> None:
    inside = [told("a.zip#1.txt", LYON), Refusal("a.zip#2.png", "kind_unsupported", "image")]
    assert put(store, *inside, uri="a.zip", sha="a" * 64) is Written.NEW
    assert put(store, *inside, uri="a.zip", sha="a" * 64) is Written.UNCHANGED
    assert [(u, o, c) for u, _, o, c in reading.outcomes(store)] == [
        ("a.zip", "container", None),
        ("a.zip#1.txt", "record", None),
        ("a.zip#2.png", "refused", "kind_unsupported"),
    ]
    assert next(iter(ledger.refused(store))).parent == "a.zip"
    put(store, inside[1], uri="a.zip", sha="b" * 64)  # the first member has gone
    assert facts(store) == []
    assert {u: c for u, _, _, c in reading.outcomes(store)}["a.zip#1.txt"] == "member_gone"


def test_a_mail_has_a_text_of_its_own_beside_its_attachments(store: Store) -> None:
    put(store, told("m.eml", LYON), told("m.eml#1", LYON), told("m.eml#1", LYON), uri="m.eml", sha="a" * 64)
    assert [(u, o) for u, _, o, _ in reading.outcomes(store)] == [
        ("m.eml", "record"),
        ("m.eml#1", "record"),
        ("m.eml#1#2", "record"),  # two parts of one name are two sources
    ]


def test_what_fails_half_way_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.store.facts.put", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        put(store, told("a.txt", LYON))
    assert not list(reading.outcomes(store))
    assert not store.connection.in_transaction


def test_a_full_disk_loses_the_source_under_way_only(store: Store) -> None:
    put(store, told("a.txt", LYON))
    pages = store.connection.execute("PRAGMA page_count").fetchone()[0]
    store.connection.execute(f"PRAGMA max_page_count = {pages}")
    big = told("b.txt", *[(f"Firme{n}", "investit", n + 1, "Lyon") for n in range(300)])
    with pytest.raises(sqlite3.OperationalError, match="full"):
        put(store, big, uri="b.txt")
    store.connection.execute("PRAGMA max_page_count = 1000000")
    assert [o[0] for o in reading.outcomes(store)] == ["a.txt"]
    assert put(store, big, uri="b.txt") is Written.NEW
    assert store.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_two_on_one_store_double_nothing(store: Store) -> None:
    record = told("a.txt", LYON)
    with Store.open(store.path) as other:
        assert put(store, record) is Written.NEW
        assert put(other, record) is Written.UNCHANGED
        assert put(other, told("b.txt", LYON), uri="b.txt") is Written.NEW
    assert [f[0] for f in facts(store)] == ["a.txt", "b.txt"]


def test_stores_that_are_none_are_left_alone(tmp_path: Path) -> None:
    text, base, newer = tmp_path / "a.txt", tmp_path / "b.db", tmp_path / "c.db"
    text.write_text("Evroc investit\n" * 100)
    with sqlite3.connect(base) as db:
        db.execute("CREATE TABLE mine (x)")
    Store.open(newer, create=True).close()
    with sqlite3.connect(newer) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = {p: p.read_bytes() for p in (text, base)}
    for path, code in ((text, "not_ours"), (base, "not_ours"), (newer, "newer"), (tmp_path / "no.db", "missing")):
        with pytest.raises(StoreError) as error:
            Store.open(path)
        assert error.value.code == code
    assert {p: p.read_bytes() for p in before} == before
    with pytest.raises(StoreError):
        Store.open(tmp_path / "no" / "x.db", create=True)


def test_an_older_store_migrates_forward_in_one_step(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.store import schema

    put(store, told("a.txt", LYON))
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, ("CREATE TABLE later (x)", "nonsense")))
    monkeypatch.setattr(schema, "VERSION", VERSION + 1)
    with pytest.raises(StoreError):
        Store.open(store.path)
    assert store.connection.execute("PRAGMA user_version").fetchone()[0] == VERSION  # all of it, or nothing
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS[:-1], ("CREATE TABLE later (x)",)))
    with Store.open(store.path) as migrated:
        assert migrated.connection.execute("SELECT COUNT(*) FROM later").fetchone()[0] == 0
        assert facts(migrated) == [("a.txt", "Evroc", 40e6)]
