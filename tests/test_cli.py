"""The command line: statuses and messages of the contract, data on standard output and nothing else there."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = "Publié le 12 mars 2024\n\nEvroc (Suède) va investir 4 millions d’euros à Mougins et créer 50 emplois.\n"


def releve(*args: str | Path, stdin: bytes = b"", cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "pipeline", *map(str, args)]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good releases and every kind of bad source side by side."""
    folder = tmp_path_factory.mktemp("inbox")
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    (folder / "b.txt").write_bytes(TEXT.replace("’", "'").encode("cp1252"))
    (folder / "c.txt").write_bytes(TEXT.encode("utf-16"))
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.bin").write_bytes(bytes(range(256)) * 8)
    (folder / "digits.txt").write_text("12 345  678\n\n9")
    (folder / "gold.release").write_text("published: 2020-01-01\n---\nx\n---\n[]\n")
    return folder


@pytest.fixture(scope="module")
def run_all(inbox: Path) -> subprocess.CompletedProcess[bytes]:
    return releve("extract", inbox)


def test_the_good_are_written_and_the_bad_named(inbox: Path, run_all: subprocess.CompletedProcess[bytes]) -> None:
    records = [json.loads(line) for line in run_all.stdout.splitlines()]
    assert [Path(r["source"]["uri"]).name for r in records] == ["a.txt", "b.txt", "c.txt"]
    assert {r["amounts"][0]["value"] for r in records} == {4_000_000}
    assert {r["published"] for r in records} == {"2024-03-12"}
    told = run_all.stderr.decode()
    for name in ("empty.txt", "binary.bin", "digits.txt", "gold.release"):
        assert sum(name in line for line in told.splitlines()) == 1, told
    assert run_all.returncode == 1


def test_all_good_is_zero(inbox: Path) -> None:
    done = releve("extract", inbox / "a.txt", "--published", "2024-05-01")
    assert done.returncode == 0
    assert not done.stderr
    assert json.loads(done.stdout)["published"] == "2024-05-01"


def test_standard_input(inbox: Path) -> None:
    done = releve("extract", "-", stdin=TEXT.encode())
    record = json.loads(done.stdout)
    assert record["source"]["uri"] == "stdin:"
    assert record["companies"][0]["country"] == "SE"


def test_csv_has_one_row_for_each_fact(inbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "facts.csv"
    assert releve("extract", inbox / "a.txt", "--format", "csv", "-o", out).returncode == 0
    rows = list(csv.DictReader(out.open(encoding="utf-8", newline="")))
    assert rows
    assert rows[0]["company"] == "Evroc"
    assert (rows[0]["company_key"], rows[0]["amount"], rows[0]["place_code"]) == ("evroc", "4000000", "06085")
    assert (rows[0]["department_code"], rows[0]["region_code"]) == ("06", "93")


def test_two_workers_give_what_one_gives(inbox: Path, run_all: subprocess.CompletedProcess[bytes]) -> None:
    assert releve("extract", inbox, "--workers", "2").stdout == run_all.stdout


@pytest.mark.parametrize(
    ("args", "status", "named"),
    [
        (["extract"], 2, ""),
        (["extract", "x.txt", "--published", "hier"], 2, "hier"),
        (["extract", "x.txt", "--format", "parquet"], 2, "parquet"),
        (["extract", "nowhere.txt"], 1, "nowhere.txt"),
        (["extract", "x.txt", "--workers", "0"], 2, ""),
        (["nonsense"], 2, "nonsense"),
        (["evaluate", "nowhere"], 2, "nowhere"),
        (["evaluate", "corpus/releases", "--split", "nothing"], 2, "nothing"),
        (["evaluate", "corpus/releases", "--fail-under", "x"], 2, "x"),
        (["explain", "nowhere.txt"], 1, "nowhere.txt"),
        (["report"], 2, ""),
        (["report", "x.txt", "-o", "corpus"], 2, "corpus"),
    ],
)
def test_errors_are_told_and_have_their_status(args: list[str], status: int, named: str) -> None:
    done = releve(*args)
    assert done.returncode == status, done.stderr
    assert named in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert not done.stdout


def test_a_folder_that_cannot_be_written_is_named(inbox: Path) -> None:
    done = releve("extract", inbox / "a.txt", "-o", "/nonexistent/out.jsonl")
    assert done.returncode == 1
    assert "/nonexistent/out.jsonl" in done.stderr.decode()


def test_show_and_explain_tell_facts_with_their_words(inbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "record.json"
    shown = releve("show", inbox / "a.txt", "--json", out)
    assert shown.returncode == 0
    text = shown.stdout.decode()
    assert "Evroc" in text
    assert "4 M€" in text
    assert str(out) in text
    assert json.loads(out.read_text(encoding="utf-8"))["companies"][0]["name"] == "Evroc"
    told = releve("explain", inbox / "a.txt").stdout.decode()
    assert "amounts.sum" in told
    assert "confiance" in told
    assert "confidence" in releve("--lang", "en", "explain", inbox / "a.txt").stdout.decode()


def test_explain_for_programs(inbox: Path) -> None:
    data = json.loads(releve("explain", inbox / "a.txt", "--json").stdout)
    rule = data["rules"]["amounts.sum"]
    line = (ROOT / rule["file"]).read_text(encoding="utf-8").splitlines()[rule["line"] - 1]
    assert line == 'id = "sum"'
    assert rule["examples"]
    assert {m["rule"] for m in data["mentions"]} == set(data["rules"])
    assert all(i["text"] for i in data["facts"][0]["influences"])


def test_explain_tells_every_source_of_a_folder(inbox: Path) -> None:
    done = releve("explain", inbox, "--json")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 3
    assert "binary.bin" in done.stderr.decode()


def test_report_is_a_page_of_the_good_and_the_bad(inbox: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.txt", "empty.txt"):
        (folder / name).write_bytes((inbox / name).read_bytes())
    out = folder / "page.html"
    for _ in range(2):  # the page of the first run is no source of the second
        done = releve("report", folder, "-o", out)
        assert done.returncode == 1
        assert not done.stdout
        assert [line for line in done.stderr.decode().splitlines() if "empty.txt" not in line] == []
        page = out.read_text(encoding="utf-8")
        assert page.count('<section class="release"') == 1
        assert "empty.txt" in page
        assert "page.html" not in page
    assert releve("report", folder / "a.txt").stdout.startswith(b"<!doctype html>")


def test_schema_is_the_committed_one() -> None:
    committed = json.loads((ROOT / "docs" / "schema.json").read_text(encoding="utf-8"))
    assert json.loads(releve("schema").stdout) == committed
