"""A folder into a store: skipped, taken up again, quarantined; killed at any moment, the same content in the end."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.soak import content, outcomes
from pipeline.desk.batch import Tally, run_batch
from pipeline.desk.fetch import Client
from pipeline.desk.watch import refused_sources
from pipeline.run import Source, find_sources
from pipeline.store import Store, ledger, reading
from tests.desk.standin import ENGINE, Quiet, StandIn, inbox

ROOT = Path(__file__).parents[2]


def batch(store: Store, *paths: Path | Source, **more: object) -> Tally:
    sources = [s for p in paths for s in ([p] if isinstance(p, Source) else find_sources([str(p)], bytes))]
    options = {"engine": ENGINE, "watcher": Quiet(), "make": StandIn, "limit": 1.0, **more}
    return run_batch(store, sources, **options)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return inbox(tmp_path / "in", 12)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "s.db", create=True)


def test_what_is_there_is_skipped_until_bytes_or_engine_change(store: Store, folder: Path) -> None:
    seen = Quiet()
    first = batch(store, folder, watcher=seen)
    assert (first.met, first.new, first.unchanged, dict(first.refused), first.members) == (12, 10, 0, {"empty": 2}, 1)
    assert seen.steps == 12
    assert [r.code for r in seen.told] == ["empty", "empty"]
    assert first.facts == 11
    assert batch(store, folder) == Tally(met=12, unchanged=12)
    (folder / "0000.txt").write_text("Autre;4;Lyon\n")
    (folder / "0003.txt").write_text("Mieux;4;Lyon\n")  # was refused
    again = batch(store, folder)
    assert (again.changed, again.unchanged, again.facts) == (2, 10, 2)
    assert batch(store, folder, engine="standin 2").unchanged == 0
    assert reading.stats(store).engines == {"standin 2": 12}


def test_sources_that_kill_or_hang_are_quarantined_alone(store: Store, folder: Path) -> None:
    (folder / "die.txt").write_text("DIE")
    (folder / "hang.txt").write_text("HANG")
    tally = batch(store, folder, workers=2)
    assert (tally.new, tally.refused["worker_died"], tally.refused["timeout"]) == (10, 1, 1)
    assert tally.troubled
    assert batch(store, folder).unchanged == 14  # not again, while bytes and engine are the same
    (folder / "hang.txt").write_text("Firme;1;Lyon\n")
    again = batch(store, *refused_sources(store, Client(), ["worker_died", "timeout"]), again=True)
    assert (again.met, again.changed, dict(again.refused)) == (2, 1, {"worker_died": 1})
    assert [(r.code, r.tries) for r in ledger.refused(store) if r.code != "empty"] == [("worker_died", 2)]


def test_what_is_not_there_is_told_without_a_process(store: Store, tmp_path: Path) -> None:
    tally = batch(store, tmp_path / "no.txt", make=None)
    assert dict(tally.refused) == {"missing": 1}
    assert tally.troubled


def test_a_store_in_the_folder_that_is_read_is_no_source(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with Store.open(Path("s.db"), create=True) as store:
        assert (folder / "s.db-wal").exists()
        assert batch(store, Path(".")).met == 12  # noqa: PTH201
        assert batch(store, folder).met == 12


def test_standard_input_is_another_source_each_time(store: Store) -> None:
    for text in (b"A;1;Lyon\n", b"B;2;Lyon\n", b"A;1;Lyon\n"):
        batch(store, Source("stdin:", data=text))
    assert sorted(str(r["company"]) for r in reading.fact_rows(store)) == ["A", "B"]


def test_an_interruption_keeps_what_was_done(store: Store, folder: Path) -> None:
    class Impatient(Quiet):
        def step(self) -> None:
            super().step()
            if self.steps == 5:
                raise KeyboardInterrupt

    tally = Tally()
    with pytest.raises(KeyboardInterrupt):
        batch(store, folder, watcher=Impatient(), tally=tally)
    assert len(list(reading.outcomes(store))) >= 5
    batch(store, folder)
    undisturbed = store.path.with_name("other.db")
    with Store.open(undisturbed, create=True) as other:
        batch(other, folder)
    assert content(store.path) == content(undisturbed)


def test_killed_at_random_moments_and_run_twice_at_once_it_ends_as_undisturbed(tmp_path: Path) -> None:
    folder = inbox(tmp_path / "in", 40)
    calm, shaken = tmp_path / "calm.db", tmp_path / "shaken.db"

    def start(store: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "tests.desk.standin", store, "2", folder], cwd=ROOT)

    assert start(calm).wait() == 0
    moments = random.Random(4)
    for reached in (0, *sorted(moments.sample(range(1, 40), 4))):
        run = start(shaken)
        while run.poll() is None and outcomes(shaken) < reached:
            time.sleep(0.002)
        time.sleep(moments.uniform(0.0, 0.03))
        run.kill()
        run.wait()
    assert outcomes(shaken) < len(content(calm))
    twins = [start(shaken), start(shaken)]
    assert [run.wait() for run in twins] == [0, 0]
    assert content(shaken) == content(calm)


def test_the_engine_itself(tmp_path: Path) -> None:
    """Through the command line, with the model: read, skipped, told, and exported."""
    inside = tmp_path / "in"
    inside.mkdir()
    for name, town in (("a", "Mougins"), ("b", "Mougins"), ("c", "Lyon")):
        (inside / f"{name}.txt").write_text(
            f"Publié le 12 mars 2024\n\nEvroc (Suède) va investir 4 millions d’euros à {town}.\n", encoding="utf-8"
        )
    (inside / "d.pdf").write_bytes(b"\x00" * 64)

    def releve(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pipeline", "--lang", "en", *args]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)

    first = releve("batch", "in", "--store", "s.db", "--workers", "1")
    assert first.returncode == 0, first.stderr
    assert not first.stdout
    assert "3 new (3 facts)" in first.stderr
    assert "1 refused" in first.stderr
    again = releve("batch", "in", "--store", "s.db", "--strict")
    assert again.returncode == 0
    assert "4 unchanged" in again.stderr
    retried = releve("retry", "--store", "s.db", "--code", "timeout")
    assert retried.returncode == 0
    assert "0 sources" in retried.stderr
    told = releve("stats", "--store", "s.db")
    assert "1 event told by several releases" in told.stdout
    shutil.rmtree(inside)
    out = releve("export", "--store", "s.db", "--format", "jsonl").stdout.splitlines()
    assert len(out) == 3
    assert '"company": "Evroc"' in out[0]
    missing = releve("export", "--store", "no.db")
    assert missing.returncode == 2
    assert "no.db" in missing.stderr


def test_names_figures_and_words_that_a_database_cannot_hold_cost_nobody_else(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "good.txt").write_text("Evroc;4;Lyon\n")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text("Evroc;5;Lyon\n")
    (folder / "huge.txt").write_text(f"Evroc;1{'0' * 30};Lyon\n")
    tally = batch(store, folder)
    assert (tally.new, dict(tally.refused)) == (3, {})
    assert sorted(float(str(r["amount"])) for r in reading.fact_rows(store)) == [4e6, 5e6, 1e36]


def test_what_cannot_be_written_is_refused_alone(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = ledger.facts.replace

    def broken(store: Store, source: int, version: int, *more: object) -> None:
        if source == 2:
            raise OverflowError("too large")
        written(store, source, version, *more)  # type: ignore[arg-type]

    monkeypatch.setattr("pipeline.store.facts.replace", broken)
    tally = batch(store, folder)
    assert (tally.new, tally.refused["failed"]) == (9, 1)
