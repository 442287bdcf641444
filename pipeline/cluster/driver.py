"""Shards handed to `dask.distributed`, and their parts gathered into one folder that mirrors the inputs."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from pipeline.cluster.inputs import SIZE, shards
from pipeline.cluster.parts import END, MANIFEST, NOTES, Counts, Manifest, Parts
from pipeline.cluster.shard import Done, HopelessError, Job, Make, do_shard
from pipeline.desk.batch import Tally, Watcher
from pipeline.run import Processor
from pipeline.sinks import MissingExtra
from pipeline.workers import LIMIT

try:
    import dask
    from distributed import Client, LocalCluster, as_completed
    from distributed.client import FutureCancelledError
    from distributed.comm import CommClosedError
    from distributed.scheduler import KilledWorker
except ImportError as error:
    raise MissingExtra("cluster") from error

LOCAL: Final = "local"
_AHEAD: Final = 3  # shards a core that are known to the scheduler
_TOLD: Final = 10.0  # seconds between two manifests: a part that is in none yet is found where it stands
_QUIET: Final = {"distributed.worker.profile.enabled": False}  # it looks at each worker a hundred times a second
_PATIENCE: Final = 30.0  # seconds to reach a scheduler


class ClusterError(RuntimeError):
    """A cluster that cannot be used. `code`: unreachable, hopeless or lost."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class OtherInputsError(ValueError):
    """A folder that holds the outcome of other inputs; the message names them."""


@dataclass
class Outcome:
    """What a run came to: `tally` what it did, `counts` what the folder holds now, `planned` how many sources it found."""

    tally: Tally = field(default_factory=Tally)
    counts: Counts = field(default_factory=Counts)
    planned: int = 0
    parts: int = 0

    @property
    def whole(self) -> bool:
        """Whether every source that went in has come out."""
        return self.planned == self.counts.sources


@contextmanager
def connected(address: str, workers: int = 1) -> Iterator[Client]:
    """A client of the scheduler at `address`, or of one of its own with so many worker processes ("local").

    ClusterError "unreachable" when nobody answers.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # workers that end are no news here
    if address == LOCAL:
        with (
            dask.config.set(_QUIET),
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError("unreachable", str(error)) from error
    with client:
        yield client


def run_cluster(
    client: Client,
    paths: Sequence[str],
    parts: Parts,
    engine: str,
    watcher: Watcher,
    *,
    size: int = SIZE,
    limit: float = LIMIT,
    make: Make = Processor.load,
    outcome: Outcome | None = None,
) -> Outcome:
    """Every source of `paths` into `parts`: what stands there already is left, what no source has any more is removed.

    A shard whose worker is killed is done again by another one. OtherInputsError when the folder holds the outcome of
    other paths; ClusterError "hopeless" when no worker can do a shard, "lost" when the scheduler is gone. `outcome`:
    one to go on counting in, which also tells what was done when an exception ends the run.
    """
    outcome = outcome if outcome is not None else Outcome()
    manifest = parts.manifest() or Manifest(engine, list(paths))
    if manifest.paths != list(paths):
        raise OtherInputsError(" ".join(manifest.paths))
    standing, known = set(parts.names()), manifest.parts
    manifest = Manifest(engine, list(paths))
    told = time.monotonic()

    def planned() -> Iterator[Job]:
        for shard in shards(paths, engine, size, parts.local):
            outcome.planned += shard.sources
            if shard.name in known and shard.name in standing:
                take(Done(shard.name, known[shard.name]))
            else:
                yield Job(parts.url, shard, engine, limit, make)

    def take(done: Done) -> None:
        nonlocal told
        manifest.parts[done.name] = done.counts
        outcome.counts += done.counts
        outcome.parts += 1
        fresh = done.name not in standing
        _count(outcome.tally, done.counts, fresh)
        for refusal in done.troubled if fresh else ():
            watcher.refused(refusal)
        for _ in range(done.counts.sources):
            watcher.step()
        if time.monotonic() - told > _TOLD:
            parts.write(MANIFEST, manifest.to_json().encode())
            told = time.monotonic()

    try:
        for done in _results(client, planned()):
            take(done)
        manifest.complete = outcome.whole and manifest.parts.keys() <= set(parts.names())
    finally:
        parts.write(MANIFEST, manifest.to_json().encode())
        with suppress(OSError):
            _tidy(parts, manifest)
    return outcome


def _results(client: Client, jobs: Iterator[Job]) -> Iterator[Done]:
    """What came of each job, as they are done; few are taken ahead of the workers."""
    running: dict[str, Job] = {}
    tries: Counter[str] = Counter()
    completed = as_completed()

    def submit(job: Job) -> None:
        key = f"releve-{job.shard.name}-{tries[job.shard.name]}-{id(running)}"
        running[key] = job
        completed.add(client.submit(do_shard, job, key=key, pure=False))

    def fill() -> None:
        room = _AHEAD * max(1, sum(client.nthreads().values()))
        while len(running) < room and (job := next(jobs, None)) is not None:
            submit(job)

    fill()
    while running:
        future = next(completed)
        job = running.pop(future.key)
        try:
            done: Done = future.result()
        except KilledWorker:  # several workers were killed while they had it; its note remembers
            tries[job.shard.name] += 1
            submit(job)
            continue
        except HopelessError as error:
            raise ClusterError("hopeless", str(error)) from error
        except (CommClosedError, FutureCancelledError) as error:
            raise ClusterError("lost", type(error).__name__) from error
        yield done
        fill()


def _count(tally: Tally, counts: Counts, fresh: bool) -> None:
    tally.met += counts.sources
    if not fresh:
        tally.unchanged += counts.sources
        return
    tally.new += counts.read
    tally.members += counts.outcomes - counts.sources
    tally.facts += counts.facts
    tally.refused.update(counts.refused)


def _tidy(parts: Parts, manifest: Manifest) -> None:
    """What shards under way or killed left behind; and once all is done, the parts of sources that are no more."""
    for name in parts.names():
        stale = manifest.complete and name.endswith(END) and name not in manifest.parts
        if stale or name == NOTES or name.startswith("."):
            parts.remove(name)
