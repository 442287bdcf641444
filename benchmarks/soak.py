"""Crash and memory tests of the batch desk, with the real engine: `make soak`, or `python -m benchmarks.soak`.

The crash test runs `releve batch` over a folder and kills it with SIGKILL, again and again, at moments drawn by chance;
then it lets it end, and holds what stands in the store against an undisturbed run: every source with one outcome, and
the same content to the last byte of each record. The memory test runs on one folder and writes down what all processes
hold after the first hundred sources, and at the end.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.texts import variants
from pipeline.corpus import read_folder
from pipeline.store import Store

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus" / "releases"
SPLITS = ("train", "dev", "written")
SMALL = 700  # characters of a source
REFUSED = 25  # one source in so many is no text
PACE = 0.01  # seconds between looks at the store


def content(path: Path) -> list[tuple[object, ...]]:
    """Everything in a store but times and the numbers of rows; AssertionError when it is not sound."""
    with Store.open(path) as store:
        db = store.connection
        found = [
            tuple(row)
            for sql in (
                "SELECT s.uri, p.uri, v.sha256, v.engine, v.outcome, v.code, v.record, s.standing = s.latest"
                " FROM source s JOIN version v ON v.id = s.latest LEFT JOIN source p ON p.id = s.parent ORDER BY s.uri",
                "SELECT source_uri, fact_id, ordinal, company_key, amount, event_id, fact, state FROM fact ORDER BY 1, 2",
                "SELECT * FROM event ORDER BY id",
            )
            for row in db.execute(sql)
        ]
        (versions,) = db.execute("SELECT COUNT(*) FROM version").fetchone()
        (sources,) = db.execute("SELECT COUNT(*) FROM source").fetchone()
        assert versions == sources, f"{versions} outcomes of {sources} sources"
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("SELECT COUNT(*) FROM stale").fetchone()[0] == 0
    return found


def outcomes(path: Path) -> int:
    """How many sources have their outcome, for one who looks in from outside."""
    try:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as db:
            return int(db.execute("SELECT COUNT(*) FROM source").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0


def inbox(folder: Path, count: int, length: int = SMALL) -> Path:
    """`count` sources of at most `length` characters, no two alike, some of which are no text."""
    folder.mkdir(parents=True)
    for n, text in enumerate(variants(read_folder(CORPUS, SPLITS).values(), count)):
        data = b"\x00\x01" * 40 if n % REFUSED == REFUSED - 1 else text[:length].encode()
        (folder / f"{n:05}.txt").write_bytes(data + str(n).encode())
    return folder


def start(store: Path, folder: Path, workers: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pipeline", "batch", folder.name, "--store", str(store), "--workers", str(workers)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder.parent, env=environment, stderr=subprocess.DEVNULL)


def crash(folder: Path, count: int, kills: int, workers: int, seed: int) -> None:
    """The crash test; ClickException when the stores differ."""
    calm, shaken = folder.parent / "calm.db", folder.parent / "shaken.db"
    begun = time.monotonic()
    if start(calm, folder, workers).wait():
        raise click.ClickException("the undisturbed run failed")
    click.echo(f"undisturbed: {count} sources, {time.monotonic() - begun:.0f} s")
    moments = random.Random(seed)
    loading = 0
    for reached in sorted(moments.choices(range(count), k=kills)):
        run = start(shaken, folder, workers)
        before = outcomes(shaken)
        while run.poll() is None and outcomes(shaken) < reached:
            time.sleep(PACE)
        time.sleep(moments.uniform(0.0, 1.0))
        run.kill()
        run.wait()
        loading += outcomes(shaken) == before
    stood = outcomes(shaken)
    if start(shaken, folder, workers).wait():
        raise click.ClickException("the last run failed")
    click.echo(
        f"killed {kills} times, {loading} of them before the first outcome of the run; {stood} stood at the last"
    )
    one, other = content(calm), content(shaken)
    if outcomes(shaken) != count or one != other:
        raise click.ClickException(f"{outcomes(shaken)} outcomes of {count}; content equal: {one == other}")
    click.echo(f"exactly {count} outcomes, and the content of the undisturbed run ({len(one)} rows)")


def memory(folder: Path, count: int, workers: int) -> None:
    """The memory test: what the processes hold together, in MB, as the run goes on."""
    store = folder.parent / "memory.db"
    begun = time.monotonic()
    run = start(store, folder, workers)
    held: list[tuple[int, float]] = []
    marks = iter([100, *range(500, count + 1, 500)])
    mark = next(marks)
    while run.poll() is None:
        done = outcomes(store)
        if done >= mark:
            held.append((done, sum(map(resident, [run.pid, *children(run.pid)]))))
            click.echo(f"{held[-1][0]:>6} sources: {held[-1][1]:.0f} MB")
            mark = next(marks, count + 1)
        time.sleep(0.2)
    seconds = time.monotonic() - begun
    size = store.stat().st_size / 1e6
    click.echo(f"{count} sources in {seconds:.0f} s, {count / seconds:.1f} a second; the store holds {size:.1f} MB")


def children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        yield from map(int, task.read_text().split())


def resident(pid: int) -> float:
    """MB of memory of a process that are its own or shared, each shared page counted in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e3


@click.command()
@click.option("--sources", default=500, show_default=True)
@click.option("--kills", default=30, show_default=True)
@click.option("--memory", "many", default=0, show_default=True, help="Sources of the memory test; 0: without it.")
@click.option("--workers", default=2, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(sources: int, kills: int, many: int, workers: int, seed: int) -> None:
    """Crash and memory tests of the batch desk."""
    base = Path(tempfile.mkdtemp(prefix="releve-soak-"))
    try:
        if kills:
            crash(inbox(base / "crash" / "inbox", sources), sources, kills, workers, seed)
        if many:
            memory(inbox(base / "memory" / "inbox", many), many, workers)
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
