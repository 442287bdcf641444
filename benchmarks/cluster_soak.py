"""A cluster whose workers are killed, with the real engine: part of `make soak`, or `python -m benchmarks.cluster_soak`.

`releve batch --cluster` runs twice over one folder on the same local workers: once undisturbed, once while workers are
killed with SIGKILL at moments drawn by chance. Every source must have one outcome, and every Parquet file must be the
undisturbed run's to the last byte.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from benchmarks.soak import ROOT, inbox
from pipeline.cluster.driver import LOCAL, connected
from pipeline.cluster.parts import END, Counts, Parts

PACE = 0.2  # seconds between looks at the folder


def start(address: str, folder: Path, store: Path, size: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipeline", "--lang", "en", "batch", folder.name]
    command += ["--store", str(store), "--cluster", address, "--shard", str(size)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder.parent, env=environment, stderr=subprocess.PIPE, text=True)


def end(run: subprocess.Popen[str]) -> None:
    """Wait for a run and tell its last line; ClickException when it failed."""
    said = run.communicate()[1].strip().splitlines()
    click.echo(f"  {said[-1] if said else ''}")
    if run.returncode:
        raise click.ClickException("\n".join(["a run failed:", *said[-5:]]))


def parts(store: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(store.glob(f"*{END}"))}


@click.command()
@click.option("--sources", default=20_000, show_default=True)
@click.option("--length", default=700, show_default=True, help="Characters of a source.")
@click.option("--kills", default=10, show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option("--shard", "size", default=250, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(sources: int, length: int, kills: int, workers: int, size: int, seed: int) -> None:
    """A cluster whose workers are killed, against the same one left alone."""
    base = Path(tempfile.mkdtemp(prefix="releve-cluster-"))
    moments = random.Random(seed)
    try:
        folder = inbox(base / "inbox", sources, length)
        calm, shaken = base / "calm", base / "shaken"
        with connected(LOCAL, workers) as client:
            address = client.scheduler.address
            begun = time.monotonic()
            end(start(address, folder, calm, size))
            click.echo(f"undisturbed: {sources} sources, {time.monotonic() - begun:.0f} s")
            begun = time.monotonic()
            run = start(address, folder, shaken, size)
            for reached in sorted(moments.choices(range(len(parts(calm))), k=kills)):
                while run.poll() is None and len(list(shaken.glob(f"*{END}"))) < reached:
                    time.sleep(PACE)
                time.sleep(moments.uniform(0.0, 5.0))
                if run.poll() is not None:
                    raise click.ClickException("the run ended before all kills")
                victim = moments.choice([nanny.pid for nanny in client.cluster.workers.values() if nanny.pid])
                os.kill(victim, signal.SIGKILL)
                click.echo(f"  killed a worker after {len(list(shaken.glob(f'*{END}')))} parts")
            end(run)
            click.echo(f"killed {kills} times: {sources} sources, {time.monotonic() - begun:.0f} s")
        one, other = parts(calm), parts(shaken)
        held = Parts(str(shaken))
        counts = sum((held.count(name) for name in other), Counts())
        if counts.sources != sources or one != other:
            raise click.ClickException(f"{counts.sources} outcomes of {sources}; parts equal: {one == other}")
        click.echo(
            f"exactly {sources} outcomes, and the {len(one)} Parquet files of the undisturbed run, byte for byte"
        )
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
