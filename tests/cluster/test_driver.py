"""A scheduler and its workers: everything comes out once, whatever happens to the workers."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from distributed import Client

from benchmarks.soak import content
from pipeline.cli import main
from pipeline.cluster import driver, shard
from pipeline.cluster.driver import LOCAL, ClusterError, OtherInputsError, Outcome, connected, run_cluster
from pipeline.cluster.intake import Export, take_in
from pipeline.cluster.parts import END, MANIFEST, Parts
from pipeline.cluster.shard import Make
from pipeline.desk.batch import Tally, run_batch
from pipeline.desk.export import export, write
from pipeline.engine import Engine
from pipeline.readers import Layout, Readers, Refusal
from pipeline.records import Release
from pipeline.run import Processor, Source, find_sources
from pipeline.store import Store
from pipeline.version import engine_version
from tests.desk.standin import Quiet, StandIn, inbox


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Scheduler and worker as threads of this process."""
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return inbox(tmp_path / "in", 23)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(str(tmp_path / "out"))


def run(client: Client, folder: Path, parts: Parts, make: Make = StandIn, seen: Quiet | None = None) -> Outcome:
    return run_cluster(client, [str(folder)], parts, engine_version(), seen or Quiet(), size=5, make=make)


def none() -> StandIn:
    raise AssertionError("nothing was to be done")


def files(parts: Parts) -> list[str]:
    return [name for name in parts.names() if name.endswith(END)]


def test_every_source_comes_out_and_once_is_enough(client: Client, folder: Path, parts: Parts) -> None:
    seen = Quiet()
    first = run(client, folder, parts, seen=seen)
    assert (first.planned, first.counts.sources, first.parts, first.whole) == (23, 23, 5, True)
    assert (first.tally.met, first.tally.new, first.tally.members) == (23, 20, 2)
    assert dict(first.tally.refused) == {"empty": 3}
    assert seen.steps == 23
    again = run(client, folder, parts, make=none)
    assert again.tally == Tally(met=23, unchanged=23)
    assert again.counts == first.counts


def test_only_shards_with_a_change_are_done_and_old_parts_go(client: Client, folder: Path, parts: Parts) -> None:
    run(client, folder, parts)
    before = files(parts)
    (folder / "0000.txt").write_text("Autre;4;Lyon\n")
    assert run(client, folder, parts).tally.unchanged == 18
    assert [a == b for a, b in zip(before, files(parts), strict=True)] == [False, True, True, True, True]


def test_a_run_that_was_killed_is_taken_up(client: Client, folder: Path, parts: Parts) -> None:
    whole = run(client, folder, parts)
    lost = files(parts)[2]
    parts.remove(MANIFEST)
    parts.remove(lost)
    parts.write(".part-of-something", b"...")
    again = run(client, folder, parts)
    assert (again.tally.unchanged, again.counts) == (18, whole.counts)
    assert (lost in files(parts), parts.names()[:1]) == (True, files(parts)[:1])


def test_a_folder_of_other_inputs_is_left_alone(client: Client, folder: Path, parts: Parts, tmp_path: Path) -> None:
    run(client, folder, parts)
    before = parts.read(MANIFEST)
    with pytest.raises(OtherInputsError, match="in"):
        run(client, tmp_path, parts)
    assert parts.read(MANIFEST) == before


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_PATIENCE", 0.2)
    with pytest.raises(ClusterError, match="unreachable"), connected("tcp://127.0.0.1:9"):
        pass


def test_the_ledger_takes_it_in_as_if_it_had_read_it(
    client: Client, folder: Path, parts: Parts, tmp_path: Path
) -> None:
    run(client, folder, parts)
    taken, read = Tally(), Tally()
    with Store.open(tmp_path / "taken.db", create=True) as store:
        take_in(store, parts, Quiet(), taken)
        take_in(store, parts, Quiet(), again := Tally())
        out, seen = io.BytesIO(), io.BytesIO()
        export(store, "jsonl", None, out)
    with Store.open(tmp_path / "read.db", create=True) as store:
        make: object = StandIn
        run_batch(store, find_sources([str(folder)], bytes), engine_version(), Quiet(), tally=read, make=make)  # type: ignore[arg-type]
    assert taken == read
    assert (again.met, again.unchanged) == (23, 20)
    assert content(tmp_path / "taken.db") == content(tmp_path / "read.db")
    held = Export(parts)
    assert write("jsonl", None, seen, held.facts(), held.mentions())["facts"] == len(out.getvalue().splitlines()) == 22


class DiesOnce(StandIn):
    """A worker that is killed at its first look at "0007.txt", and at each at "DIE"."""

    def by_source(self, sources: Sequence[Source]) -> list[list[Release | Refusal]]:  # type: ignore[override]
        for source in sources:
            mark = Path(os.environ["RELEVE_TEST_MARK"])
            if source.uri.endswith("0007.txt") and not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return super().by_source(sources)


def test_killed_workers_cost_nothing_and_a_killing_source_its_outcome(
    folder: Path, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELEVE_TEST_MARK", str(tmp_path / "mark"))
    (folder / "0020.txt").write_text("DIE")
    seen = Quiet()
    with connected(LOCAL, 2) as client:
        found = run(client, folder, parts, DiesOnce, seen)
    assert (tmp_path / "mark").exists()
    assert (found.planned, found.counts.sources, found.whole) == (23, 23, True)
    assert [(Path(r.uri).name, r.code) for r in seen.told] == [("0020.txt", "worker_died")]
    assert dict(found.tally.refused) == {"empty": 3, "worker_died": 1}


def test_the_command(engine: Engine, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    processor = Processor(engine, Readers(Layout.load()))

    @contextmanager
    def here(address: str, workers: int) -> Iterator[Client]:
        assert address == LOCAL
        yield client

    def releve(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, list(words))
        return done.exit_code, done.output

    monkeypatch.setattr(driver, "connected", here)
    monkeypatch.setattr(shard, "_engine", lambda make, sources: processor)  # the worker is a thread of this process
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/rows.jsonl").write_text(
        '{"id": "a", "text": "Evroc investit 4 millions d’euros à Mougins."}\n{"id": "b"}\n'
    )
    status, said = releve("batch", "in", "--store", "out", "--cluster", "local")
    assert status == 0, said
    assert "2" in said.splitlines()[-1]
    assert releve("batch", "in", "--store", "out", "--cluster", "local", "--strict")[0] == 0  # unchanged
    assert releve("batch", "in/rows.jsonl", "--store", "out", "--cluster", "local")[0] == 2
    assert releve("batch", "-", "--store", "o", "--cluster", "local")[0] == 2
    assert releve("batch", "in", "--store", "out")[0] == 2
    assert releve("export", "--store", "out", "--reviewed")[0] == 2
    status, said = releve("export", "--store", "out", "--format", "csv", "-o", "facts.csv")
    assert status == 0, said
    status, said = releve("batch", "out", "--store", "releves.db")
    assert status == 0, said
    assert releve("export", "--store", "releves.db", "--format", "csv", "-o", "again.csv")[0] == 0
    one, other = (Path(name).read_text().splitlines() for name in ("facts.csv", "again.csv"))
    assert [line.split(",")[:8] for line in one] == [line.split(",")[:8] for line in other]
    assert len(one) > 1


def test_without_the_extra_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in [n for n in sys.modules if n.startswith("pipeline.cluster")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = CliRunner().invoke(main, ["batch", str(tmp_path), "--store", str(tmp_path / "out"), "--cluster", "local"])
    assert done.exit_code == 2
    assert "releve[cluster]" in done.output
