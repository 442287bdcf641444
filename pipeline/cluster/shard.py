"""One shard → one part, on whichever worker has it; nothing here knows who handed it out.

A worker may be killed at any moment. So that the next one knows, a note beside the parts says what is under way: the
sources it was on are done alone then, and one that is under way alone when its worker ends has ended two of them, and
is quarantined: refused by its name. Sources that take longer than the limit end their worker themselves.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, Final

from pipeline.cluster.arrow import SCHEMA, Extractor, outcome_batch, source_words
from pipeline.cluster.inputs import Shard, sources_of
from pipeline.cluster.parts import NOTES, Counts, Parts, parquet
from pipeline.desk.batch import TROUBLE
from pipeline.readers import Refusal
from pipeline.run import Processor, Source
from pipeline.version import engine_version

CHUNK: Final = 16  # sources under way together: so many are suspected when a worker ends
LIFE: Final = (
    10_000  # sources after which an engine gives way to a fresh one: what it has learned by heart goes with it
)
_STARTS: Final = 5  # workers in a row that may end before they have begun a source

Make = Callable[[], Extractor]


class HopelessError(RuntimeError):
    """A shard that no worker gets to work on; the message is a line for people who run clusters."""


@dataclass(frozen=True)
class Job:
    """`store`: the folder of parts. `limit`: seconds for a chunk. `make` makes what extracts, once a worker."""

    store: str
    shard: Shard
    engine: str
    limit: float
    make: Make = Processor.load


@dataclass(frozen=True)
class Done:
    """What a shard's part holds, whoever wrote it. `troubled`: the sources that nobody could deal with."""

    name: str
    counts: Counts
    troubled: tuple[Refusal, ...] = ()


@dataclass
class Note:
    """What is under way in a shard, by the numbers of its sources, and what earlier workers ended on."""

    now: list[int] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    starts: int = 0

    def taken_up(self) -> Note:
        """The note of the next worker, when the one who wrote this is gone."""
        if not self.now:
            return Note([], self.alone, self.lost, self.starts + 1)
        if len(self.now) == 1 and self.now[0] in self.alone:
            return Note([], self.alone, [*self.lost, *self.now])
        return Note([], sorted({*self.alone, *self.now}), self.lost)

    def groups(self, count: int) -> Iterator[list[int]]:
        """All numbers below `count`, in order, those under suspicion each for itself."""
        apart = {*self.alone, *self.lost}
        group: list[int] = []
        for number in range(count):
            if group and (len(group) == CHUNK or number in apart or group[-1] in apart):
                yield group
                group = []
            group.append(number)
        if group:
            yield group


_alone = threading.Lock()  # one limit and one engine for a process, however many threads its worker has
_engines: dict[Make, tuple[Extractor, int]] = {}


def do_shard(job: Job) -> Done:
    """Write a shard's part, unless it stands already. HopelessError when the worker's engine is another one."""
    with _alone:
        parts, shard = Parts(job.store), job.shard
        if parts.has(shard.name):
            return _done(parts, shard)
        if engine_version() != job.engine:
            raise HopelessError(f"{engine_version()} ≠ {job.engine}")
        place = f"{NOTES}/{shard.name}.json"
        before = parts.read(place)
        note = Note(**json.loads(before)).taken_up() if before is not None else Note()
        if note.starts >= _STARTS:
            raise HopelessError(f"{shard.name}: {note.starts} × †")
        try:
            _write(job, parts, place, note)
        finally:  # not reached by a worker that is killed
            with contextlib.suppress(OSError):
                parts.remove(place)
        return _done(parts, shard)


def _done(parts: Parts, shard: Shard) -> Done:
    """Told by the part alone: a worker may end between writing it and being heard."""
    return Done(shard.name, parts.count(shard.name), tuple(parts.refusals(shard.name, TROUBLE)))


def _write(job: Job, parts: Parts, place: str, note: Note) -> None:
    parts.write(place, _bytes(note))
    engine = _engine(job.make, job.shard.sources)
    flow = ((source, piece) for piece in job.shard.pieces for source in sources_of(piece, source_words()))
    batches = []
    for numbers in note.groups(job.shard.sources):
        note.now = numbers
        lost = numbers[0] in note.lost
        if not lost:
            parts.write(place, _bytes(note))
        with _limited(job.limit):
            pairs = list(islice(flow, len(numbers)))
            sources = [source for source, _ in pairs]
            found = [[Refusal(s.uri, "worker_died")] for s in sources] if lost else engine.by_source(sources)
        batches.append(outcome_batch(sources, found, [_location(s, p.location) for s, p in pairs]))
    parts.write(job.shard.name, parquet(batches, SCHEMA))


def _bytes(note: Note) -> bytes:
    return json.dumps(asdict(note)).encode()


def _location(source: Source, location: str) -> str | None:
    """Where a source by itself can be read again: a row cannot."""
    return location if source.row is None and location.isprintable() else None


def _engine(make: Make, sources: int) -> Extractor:
    engine, done = _engines.get(make, (None, 0))
    if engine is None or done >= LIFE:
        _engines.clear()
        engine, done = make(), 0
    _engines[make] = engine, done + sources
    return engine


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Ends the process, from outside of Python, when what is inside takes longer."""
    out: Any = sys.__stderr__
    faulthandler.dump_traceback_later(seconds, exit=True, file=out)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
