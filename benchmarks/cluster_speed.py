"""What a cluster costs: `python -m benchmarks.cluster_speed`; one worker against two, and both against plain `batch`.

The four runs are made in turn, several rounds, over two folders: what a source more costs is the difference between the
two, and what is left is the start. CPU seconds are those of all processes; they say more than the clock on a machine
with other things to do.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.soak import CORPUS, ROOT, SPLITS
from benchmarks.texts import variants
from pipeline.corpus import read_folder

FEW = 16  # sources of the smaller folder
RUNS = {
    "batch, 1 worker": [],
    "cluster, 1 worker": ["--cluster", "local"],
    "batch, 2 workers": ["--workers", "2"],
    "cluster, 2 workers": ["--cluster", "local", "--workers", "2"],
}


def inbox(folder: Path, texts: Sequence[str]) -> Path:
    folder.mkdir(parents=True)
    for n, text in enumerate(texts):
        (folder / f"{n:05}.txt").write_text(text, encoding="utf-8")
    return folder


def run(folder: Path, more: Sequence[str], size: int) -> tuple[float, float]:
    """Seconds by the clock, and of CPU, of one run."""
    store = folder.parent / "store"
    command = [sys.executable, "-m", "pipeline", "batch", str(folder), "--store", str(store), "--shard", str(size)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    begun = time.monotonic()
    process = subprocess.Popen([*command, *more], env=environment, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise click.ClickException(f"a run failed: {command}")
    for left in folder.parent.glob("store*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return seconds, used.ru_utime + used.ru_stime


@click.command()
@click.option("--sources", default=400, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--shard", "size", default=50, show_default=True)
def main(sources: int, rounds: int, size: int) -> None:
    """One worker against two, and a cluster against plain batch."""
    base = Path(tempfile.mkdtemp(prefix="releve-speed-"))
    try:
        texts = variants(read_folder(CORPUS, SPLITS).values(), sources + FEW)
        many, few = inbox(base / "many" / "in", texts[FEW:]), inbox(base / "few" / "in", texts[:FEW])
        click.echo(f"{sources} releases of {statistics.mean(map(len, texts)):.0f} characters, {rounds} rounds")
        took: dict[str, list[tuple[float, ...]]] = {name: [] for name in RUNS}
        for _ in range(rounds):
            for name, more in RUNS.items():  # of the few, too, each worker has some
                took[name].append((*run(few, more, FEW // 2), *run(many, more, size)))
        for name, rows in took.items():
            start, start_cpu, whole, cpu = (statistics.median(column) for column in zip(*rows, strict=True))
            each = sources - FEW
            click.echo(
                f"{name:<18} start {start:5.1f} s ({start_cpu:5.1f} of CPU), then {(whole - start) / each * 1e3:5.1f} ms"
                f" a release ({(cpu - start_cpu) / each * 1e3:5.1f} of CPU); {sources} in {whole:5.1f} s"
            )
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
