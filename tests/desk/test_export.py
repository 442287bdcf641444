"""Facts and mentions out in every format, with types that others read, joined with a list of firms."""

from __future__ import annotations

import csv
import datetime
import io
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import frictionless
import pytest

from pipeline.desk.export import Firms, ListError, export
from pipeline.desk.tables import FORMATS
from pipeline.sinks import NotOurs
from pipeline.store import Reading, Store, decisions, facts, ledger
from pipeline.store.reading import FACT_COLUMNS, MENTION_COLUMNS
from tests.store.conftest import Clock, told

HOSTILE = '=Evil;"x"\nà 2'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    clock = Clock()
    with Store.open(tmp_path / "s.db", create=True, now=clock) as store:
        for n, record in enumerate(
            (
                told("a.txt", ("Evroc", "investit", 40.25, "Mougins"), (HOSTILE, "investit", 2, "Lyon")),
                told("b.txt", ("Groupe Evroc", "investit", 42, "Mougins")),
                told("c.txt", ("Umami", "ne dit rien", None, None), published=None),
            )
        ):
            clock.moment = clock.moment.replace(day=3 + n)
            assert record.source.uri is not None
            ledger.write(store, Reading(record.source.uri, record.source.sha256, [record]), "e1")
        decisions.decide(store, 1, facts.of_source(store, 1)[0].fact_id, "accept", "Anne")
        yield store


Out = Callable[..., Path]


@pytest.fixture
def out(store: Store, tmp_path: Path) -> Out:
    def write(form: str, name: str, **more: object) -> Path:
        export(store, form, tmp_path / name, io.BytesIO(), **more)  # type: ignore[arg-type]
        return tmp_path / name

    return write


def test_every_format_tells_the_same(out: Out) -> None:
    path = {form: out(form, f"{form}.x") for form in FORMATS}
    with path["csv"].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(FACT_COLUMNS)
    told = [(r["company"], float(r["amount"]) if r["amount"] else None) for r in rows]
    assert told == [("Evroc", 40.25e6), (HOSTILE, 2e6), ("Groupe Evroc", 42e6), ("Umami", None)]
    lines = [json.loads(line) for line in path["jsonl"].read_text(encoding="utf-8").splitlines()]
    assert [(r["company"], r["amount"]) for r in lines] == told
    assert lines[0]["disagrees"] == "amount: 40250000 / 42000000"
    assert (lines[0]["reviewed"], lines[0]["witnesses"], lines[0]["first_seen"]) == ("accepted", 2, "2025-03-03")
    parquet = duckdb.sql(f"SELECT company, amount FROM read_parquet('{path['parquet']}')").fetchall()
    assert parquet == told
    with sqlite3.connect(path["sqlite"]) as db:
        assert db.execute("SELECT company, amount FROM facts").fetchall() == told
        assert db.execute("SELECT COUNT(*) FROM mentions WHERE kind = 'places'").fetchone() == (3,)
    package = path["datapackage"] / "facts.csv"
    assert package.read_bytes() == path["csv"].read_bytes()


def test_parquet_has_real_types(out: Out) -> None:
    path = out("parquet", "f.parquet")
    types = {name: str(kind) for name, kind, *_ in duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()}
    assert {types[n] for n in ("published", "date_from", "first_seen")} == {"DATE"}
    assert {types[n] for n in ("amount", "confidence", "jobs")} == {"DOUBLE"}
    assert {types[n] for n in ("start", "page", "witnesses")} == {"BIGINT"}
    mentions = path.with_name("f.mentions.parquet")
    found = duckdb.sql(f"SELECT m.text FROM '{mentions}' m JOIN '{path}' f USING (release_id, company_key)").fetchall()
    assert ("Groupe Evroc",) in found
    assert duckdb.sql(f"SELECT published FROM '{path}' WHERE company = 'Umami'").fetchall() == [(None,)]


def test_the_data_package_validates(out: Out) -> None:
    folder = out("datapackage", "package")
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])
    package = json.loads((folder / "datapackage.json").read_text())
    assert [r["name"] for r in package["resources"]] == ["facts", "mentions"]
    text = (folder / "facts.csv").read_text(encoding="utf-8").replace("40250000", "beaucoup")
    (folder / "facts.csv").write_text(text, encoding="utf-8")
    assert not frictionless.validate(str(folder / "datapackage.json")).valid


def test_excel_in_french(out: Out) -> None:
    data = out("csv-excel", "f.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbfrelease_id;fact_id;")
    text = data.decode("utf-8-sig")
    assert "0,8;" in text
    assert "'=Evil" in text  # no formula


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_reads_it_as_french_excel_does(out: Out, tmp_path: Path) -> None:
    path = out("csv-excel", "f.csv")
    # 59: semicolon, 34: quotes, 76: UTF-8, 1: from line 1, 1036: French numbers, then: quoted cells are texts
    done = subprocess.run(
        [
            *("soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to"),
            *("fods", "--infilter=Text - txt - csv (StarCalc):59,34,76,1,,1036,false,true", "--outdir", str(tmp_path)),
            str(path),
        ],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sheet = (tmp_path / "f.fods").read_text(encoding="utf-8")
    assert 'office:value-type="float" office:value="40250000"' in sheet
    assert 'office:value-type="float" office:value="0.8"' in sheet
    assert 'office:value-type="date" office:date-value="2025-03-03"' in sheet
    assert "table:formula" not in sheet


def test_reviewed_and_since(out: Out) -> None:
    def companies(**more: object) -> list[object]:
        path = out("jsonl", "f.jsonl", **more)
        return [json.loads(line)["company"] for line in path.read_text().splitlines()]

    assert companies(reviewed=True) == ["Evroc"]
    assert companies(since=datetime.date(2025, 3, 4)) == ["Groupe Evroc", "Umami"]
    assert companies(reviewed=True, since=datetime.date(2025, 3, 4)) == []
    assert len(out("jsonl", "g.jsonl", reviewed=True).with_name("g.mentions.jsonl").read_text().splitlines()) == 6


def test_mentions_have_their_columns_and_can_be_left_out(out: Out) -> None:
    path = out("csv", "f.csv").with_name("f.mentions.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(MENTION_COLUMNS)
    assert ("places", "Mougins", "06085") in {(r["kind"], r["name"], r["place_code"]) for r in rows}
    assert not out("csv", "g.csv", mentions=False).with_name("g.mentions.csv").exists()


def test_a_list_of_firms_is_joined_by_name_with_a_report(store: Store, tmp_path: Path) -> None:
    told = "Société;SIREN;company\nx;552 081 317;EVROC SA\ny;1;Personne\nz;2;evroc\n".encode("cp1252")
    firms = Firms.read(told, store)
    assert firms.doubled == ["evroc"]
    export(store, "csv", tmp_path / "f.csv", io.BytesIO(), firms=firms)
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["company"], r["SIREN"], r["list_company"]) for r in rows[::2]] == [
        ("Evroc", "552 081 317", "EVROC SA"),
        ("Groupe Evroc", "552 081 317", "EVROC SA"),
    ]
    assert rows[3]["SIREN"] == ""
    assert firms.missed() == ["Personne"]
    report = (tmp_path / "f.unmatched.csv").read_text(encoding="utf-8").splitlines()
    assert report[1] == "list,personne,Personne"
    assert "store,umami,Umami" in report


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "empty"), (b"\n\n", "empty"), (bytes(range(256)) * 4, "binary"), (b"a;a\n1;2\n", "columns")],
)
def test_lists_that_are_none_are_told(store: Store, data: bytes, code: str) -> None:
    with pytest.raises(ListError) as error:
        Firms.read(data, store)
    assert error.value.code == code


def test_what_was_there_stays_whole_when_an_export_fails(
    out: Out, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {form: out(form, f"{form}.x") for form in ("csv", "sqlite", "parquet")}
    held = {path: path.read_bytes() for path in before.values()}

    def broken(*_: object, **__: object) -> Iterator[object]:
        yield from ()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.desk.export.mention_rows", broken)
    for form in before:
        with pytest.raises(OSError, match="space"):
            out(form, f"{form}.x")
    assert {path: path.read_bytes() for path in held} == held
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_other_peoples_files_are_left_alone(out: Out, tmp_path: Path, store: Store) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine.txt").touch()
    for form, name in (("sqlite", "s.db"), ("datapackage", "folder")):
        with pytest.raises(NotOurs):
            out(form, name)
    assert store.connection.execute("SELECT COUNT(*) FROM fact").fetchone()[0] == 4
