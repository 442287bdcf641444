"""One shard, and workers that end on it."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from pipeline.cluster.inputs import shards
from pipeline.cluster.parts import NOTES, Parts
from pipeline.cluster.shard import CHUNK, HopelessError, Job, Make, Note, do_shard
from pipeline.version import engine_version
from tests.desk.standin import StandIn


def job(tmp_path: Path, make: Make = StandIn, limit: float = 60.0, engine: str | None = None) -> Job:
    (shard,) = shards([str(tmp_path / "in")], engine_version())
    return Job(str(tmp_path / "out"), shard, engine or engine_version(), limit, make)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for n in range(3 * CHUNK):
        (tmp_path / "in" / f"{n:02}.txt").write_text(f"Firme;{n + 1};Lyon\n")
    return tmp_path / "in"


def work(job: Job) -> int:
    """Workers take the shard until one of them comes back; how many did not."""
    for ended in range(10):
        process = multiprocessing.get_context("fork").Process(target=do_shard, args=(job,))
        process.start()
        process.join(60)
        if process.exitcode == 0:
            return ended
    raise AssertionError("ten workers ended")


def outcomes(tmp_path: Path) -> dict[str, str]:
    parts = Parts(str(tmp_path / "out"))
    (name,) = (n for n in parts.names() if n.endswith(".parquet"))
    return {Path(r["uri"]).name: r["code"] or r["outcome"] for r in parts.table(name).to_pylist()}


@pytest.mark.parametrize(("word", "limit"), [("DIE", 60.0), ("HANG", 1.0)])
def test_a_source_that_ends_two_workers_is_quarantined_by_name(
    tmp_path: Path, folder: Path, word: str, limit: float
) -> None:
    (folder / "20.txt").write_text(word)
    assert work(job(tmp_path, limit=limit)) == 2
    found = outcomes(tmp_path)
    assert found.pop("20.txt") == "worker_died"
    assert (len(found), set(found.values())) == (3 * CHUNK - 1, {"record"})
    assert list((tmp_path / "out" / NOTES).iterdir()) == []


def test_two_such_sources_in_one_shard_take_a_worker_more_each(tmp_path: Path, folder: Path) -> None:
    for name in ("20.txt", "21.txt", "40.txt"):
        (folder / name).write_text("DIE")
    assert work(job(tmp_path)) == 5  # the first worker puts 20 and 21 under suspicion together
    assert sorted(name for name, said in outcomes(tmp_path).items() if said == "worker_died") == [
        "20.txt",
        "21.txt",
        "40.txt",
    ]


def test_workers_killed_for_no_reason_quarantine_nothing() -> None:
    note = Note(now=[4, 5, 6]).taken_up()
    assert (note.alone, note.lost) == ([4, 5, 6], [])
    note.now = [7]  # not under suspicion
    note = note.taken_up()
    assert (note.alone, note.lost) == ([4, 5, 6, 7], [])
    note.now = [5]
    note = note.taken_up()
    assert (note.alone, note.lost) == ([4, 5, 6, 7], [5])
    groups = list(note.groups(CHUNK + 12))
    assert groups[:6] == [[0, 1, 2, 3], [4], [5], [6], [7], list(range(8, 8 + CHUNK))]
    assert [n for group in groups for n in group] == list(range(CHUNK + 12))


def test_a_shard_that_no_worker_gets_to_is_given_up(tmp_path: Path, folder: Path) -> None:
    def ends() -> StandIn:
        os._exit(3)

    ending = job(tmp_path, make=ends)
    for _ in range(5):
        process = multiprocessing.get_context("fork").Process(target=do_shard, args=(ending,))
        process.start()
        process.join(60)
        assert process.exitcode == 3
    with pytest.raises(HopelessError):
        do_shard(ending)


def test_another_engine_does_not_work_on_it(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(HopelessError, match="another"):
        do_shard(job(tmp_path, engine="another"))
    assert not (tmp_path / "out").exists()


def test_what_stands_is_not_done_again(tmp_path: Path, folder: Path) -> None:
    (folder / "00.txt").unlink()
    (folder / "00.txt").symlink_to("nowhere")
    first = do_shard(job(tmp_path))
    again = do_shard(job(tmp_path, make=lambda: pytest.fail("an engine was made")))
    assert first == again  # also for a driver that did not hear of it the first time
    assert [(Path(r.uri).name, r.code) for r in again.troubled] == [("00.txt", "missing")]
    assert (first.counts.facts, first.counts.sources) == (3 * CHUNK - 1, 3 * CHUNK)
