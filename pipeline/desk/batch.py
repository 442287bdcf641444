"""Sources into a store: what it holds already is skipped, what is new is extracted by processes, one process writes."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from pipeline.readers import STDIN, Refusal, file_bytes
from pipeline.records import Release
from pipeline.run import Source, results
from pipeline.store import Reading, Store, Written, events, ledger
from pipeline.store.ledger import Outcome
from pipeline.workers import LIMIT

if TYPE_CHECKING:
    from pipeline.run import Processor

# Refusals that tell of trouble on our side or on the disk, and not of what a source is.
TROUBLE: Final = frozenset({"failed", "missing", "unreadable", "not_fetched", *ledger.QUARANTINED})
_CHUNK: Final = 3  # sources that a process takes at a time: so many are done again after a kill


class Watcher(Protocol):
    """Is told what happens, for people to see."""

    def step(self) -> None:
        """A source has been dealt with."""
        ...

    def refused(self, refusal: Refusal) -> None: ...


@dataclass
class Tally:
    """What a run did. `met` = `unchanged` + `new` + `changed` + the sources refused; `members` are those of containers."""

    met: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    members: int = 0
    facts: int = 0

    @property
    def troubled(self) -> bool:
        """Whether a source could not be dealt with."""
        return any(self.refused[code] for code in TROUBLE)


def run_batch(
    store: Store,
    sources: Iterable[Source],
    engine: str,
    watcher: Watcher,
    *,
    workers: int = 1,
    limit: float = LIMIT,
    again: bool = False,
    make: Callable[[], Processor] | None = None,
    tally: Tally | None = None,
) -> Tally:
    """Extract what the store does not hold for this engine, and write it, one transaction for one source.

    `limit`: seconds for a source. `again`: do also what the store holds. `make`: what extracts, in each process.
    `tally`: one to go on counting in, which also tells what was done when an exception ends the run.
    """
    tally = tally if tally is not None else Tally()
    hashes: dict[int, str | None] = {}
    itself = {os.path.abspath(f"{store.path}{end}") for end in ("", "-wal", "-shm", "-journal")}  # noqa: PTH100

    def wanted() -> Iterator[Source]:
        number = 0
        for source in sources:
            if source.path is not None and os.path.abspath(source.path) in itself:  # noqa: PTH100  (links stay links)
                continue  # the store lies in the folder that is read
            tally.met += 1
            sha256 = digest(source)
            if source.uri == STDIN and sha256:  # it has no name of its own, and the next is another
                source = replace(source, uri=f"{STDIN}{sha256[:16]}")
            if sha256 and not again and ledger.known(store, source.uri, sha256, engine):
                tally.unchanged += 1
                watcher.step()
                continue
            lost = None if sha256 else nothing_in(source)
            if lost is not None:  # no process is needed to say so
                finish(source, None, [lost])
                continue
            hashes[number] = sha256
            number += 1
            yield source

    def finish(source: Source, sha256: str | None, outcomes: list[Outcome]) -> None:
        location = _location(source)
        try:
            written = ledger.write(store, Reading(source.uri, sha256, outcomes, location), engine, again)
        except sqlite3.Error:
            raise  # the store's trouble is everybody's
        except Exception as error:  # what cannot be written is this source's alone
            outcomes = [Refusal(source.uri, "failed", f"{type(error).__name__}: {error}"[:300])]
            written = ledger.write(store, Reading(source.uri, sha256, outcomes, location), engine, again)
        count(tally, outcomes, written, watcher)
        watcher.step()

    with closing(results(wanted(), workers=workers, limit=limit, chunk=_CHUNK, make=make)) as done:
        for number, source, outcomes in done:
            finish(source, _hash_read(source, hashes.pop(number), outcomes), outcomes)
    events.refresh(store)
    return tally


def digest(source: Source) -> str | None:
    """The hash of a source's bytes; None when there are none to be had."""
    if source.refusal is not None:
        return None
    if source.data is not None:
        return hashlib.sha256(source.data).hexdigest()
    try:
        if source.path is None or not source.path.is_file():
            return None
        with source.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def nothing_in(source: Source) -> Refusal | None:
    """Why there are no bytes of a source; None when there are some after all."""
    if source.refusal is not None or source.path is None:
        return source.refusal
    try:
        file_bytes(source.path, source.uri)
    except Refusal as refusal:
        return refusal
    return None


def _hash_read(source: Source, sha256: str | None, outcomes: list[Outcome]) -> str | None:
    """The hash of the bytes that were extracted, which may have come after those looked at first."""
    read = next((o.source.sha256 for o in outcomes if isinstance(o, Release) and o.source.uri == source.uri), sha256)
    return read if read != sha256 and digest(source) == read else sha256


def _location(source: Source) -> str | None:
    if source.path is not None:
        path = str(Path.cwd() / source.path)
        return path if path.isprintable() else None  # a name that is no text cannot be kept as one
    return source.uri if source.uri.startswith(("http://", "https://")) else None


def count(tally: Tally, outcomes: Sequence[Outcome], written: Written, watcher: Watcher) -> None:
    """Count what came of one source, and tell its refusals."""
    refusals = [o for o in outcomes if isinstance(o, Refusal)]
    for refusal in refusals:
        tally.refused[refusal.code] += 1
        watcher.refused(refusal)
    records = [o for o in outcomes if isinstance(o, Release)]
    tally.members += len(outcomes) - 1
    if not records:
        return
    if written is Written.UNCHANGED:
        tally.unchanged += 1
        return
    if written is Written.NEW:
        tally.new += 1
    else:
        tally.changed += 1
    tally.facts += sum(len(record.facts) for record in records)
