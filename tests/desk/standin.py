"""A stand-in for the engine: a file of lines "firm;millions;town" is a release, other words make trouble.

As a program: `python -m tests.desk.standin STORE WORKERS PATH…` runs a batch with it.
"""

from __future__ import annotations

import datetime
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pipeline.desk.batch import run_batch
from pipeline.readers import Refusal, release_id
from pipeline.records import Release
from pipeline.run import Source, find_sources
from pipeline.store import Store
from tests.store.conftest import told

ENGINE = "standin 1"


class StandIn:
    """What a Processor does, without a model."""

    def by_source(
        self, sources: Sequence[Source], published: datetime.date | None = None
    ) -> list[list[Release | Refusal]]:
        return [self._one(source) for source in sources]

    def _one(self, source: Source) -> list[Release | Refusal]:
        if source.refusal is not None:
            return [source.refusal]
        data = source.path.read_bytes() if source.path is not None else source.data or b""
        text = data.decode()
        if "DIE" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "HANG" in text:
            signal.pause()
        if "REFUSE" in text or not text:
            return [Refusal(source.uri, "empty")]
        if "BOX" in text:
            return [self._record(f"{source.uri}#{n}", line, source) for n, line in enumerate(text.splitlines()[1:])]
        if "SLOW" in text:
            time.sleep(0.02)
        return [self._record(source.uri, text, source)]

    def _record(self, uri: str, text: str, source: Source) -> Release:
        import hashlib

        rows = [line.split(";") for line in text.splitlines() if line.count(";") >= 2]
        record = told(uri, *[(r[0], "investit", float(r[1]), r[2]) for r in rows], published=source.published)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return record.model_copy(
            update={"id": release_id(uri, digest), "source": record.source.model_copy(update={"sha256": digest})}
        )


class Quiet:
    """Sees a run and keeps what was refused."""

    def __init__(self) -> None:
        self.steps = 0
        self.told: list[Refusal] = []

    def step(self) -> None:
        self.steps += 1

    def refused(self, refusal: Refusal) -> None:
        self.told.append(refusal)


def inbox(folder: Path, count: int) -> Path:
    """Releases of which every seventh is refused, and every eleventh is a box of two."""
    folder.mkdir()
    towns = ("Lyon", "Nantes", "Mougins", "Dunkerque")
    for n in range(count):
        line = f"Firme {n % 9};{n % 23 + 1};{towns[n % 4]}\n"
        text = "REFUSE" if n % 7 == 3 else "BOX\n" + line * 2 if n % 11 == 5 else line + "SLOW\n"
        (folder / f"{n:04}.txt").write_text(text)
    return folder


def main(store: str, workers: str, *paths: str) -> None:
    with Store.open(Path(store), create=True) as opened:
        run_batch(opened, find_sources(paths, bytes), ENGINE, Quiet(), workers=int(workers), make=StandIn)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(*sys.argv[1:])
