"""Sources → outcomes: files and folders found, read and extracted, in order, by one process or several."""

from __future__ import annotations

import datetime
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pipeline.document import Document
from pipeline.readers import STDIN, Layout, Read, Readers, Refusal
from pipeline.readers.refusal import failure

if TYPE_CHECKING:
    from pipeline.engine import Engine
    from pipeline.records import Release

    Outcome: TypeAlias = Release | Refusal

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 8  # sources that a process takes at a time
Texts: TypeAlias = "tuple[str, datetime.date | None]"


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read: a path, or bytes that were read already, or the reason why there is nothing."""

    uri: str
    path: Path | None = None
    data: bytes | None = None
    refusal: Refusal | None = None


def find_sources(paths: Iterable[str], stdin: Callable[[], bytes]) -> Iterator[Source]:
    """The sources that some arguments name: "-" is standard input, folders are walked in sorted order.

    A uri is the path as given, with slashes; hidden files and folders inside a folder are passed over.
    """
    for given in paths:
        if given == "-":
            yield Source(STDIN, data=stdin())
        elif os.path.isdir(given):  # noqa: PTH112  (a name with a null is no folder, and no error)
            yield from _walk(given)
        else:
            yield Source(_uri(given), path=Path(given))


def _walk(folder: str) -> Iterator[Source]:
    failed: list[OSError] = []
    for at, folders, names in os.walk(folder, onerror=failed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                path = Path(at, name)
                yield Source(_uri(path), path=path)
        while failed:
            error = failed.pop(0)
            uri = _uri(error.filename or at)
            yield Source(uri, refusal=Refusal(uri, "unreadable", error.strerror or ""))
    for error in failed:
        uri = _uri(error.filename or folder)
        yield Source(uri, refusal=Refusal(uri, "unreadable", error.strerror or ""))


def _uri(path: str | Path) -> str:
    """A path with slashes; bytes of a name that are no UTF-8 are spelled out, so that a record can hold it."""
    return os.fsencode(PurePath(path).as_posix()).decode("utf-8", "backslashreplace")


class Processor:
    """Reads and extracts; one for a process."""

    def __init__(self, engine: Engine, readers: Readers) -> None:
        self._engine = engine
        self._readers = readers

    @classmethod
    def load(cls) -> Processor:
        from pipeline.engine import Engine

        return cls(Engine.load(), Readers(Layout.load()))

    def outcomes(self, sources: Sequence[Source], published: datetime.date | None = None) -> list[Outcome]:
        """What came of each source, in order; a bad one costs nothing to the others."""
        read: list[Document | Refusal] = []
        for source in sources:
            try:
                for one in self._documents(source):
                    if isinstance(one, Document) and published is not None:
                        one = replace(one, published=published)
                    read.append(one)
            except Refusal as refusal:
                read.append(refusal)
            except Exception as error:
                read.append(failure(source.uri, error))
        releases = iter(self._releases([d for d in read if isinstance(d, Document)]))
        return [next(releases) if isinstance(d, Document) else d for d in read]

    def texts(self, pairs: Sequence[Texts]) -> list[Release]:
        """The records of (text, publication date) pairs; what fails raises."""
        return list(self._engine.extract_many(pairs))

    def _documents(self, source: Source) -> Iterator[Read]:
        if source.refusal is not None:
            raise source.refusal
        if source.path is not None:
            return self._readers.file(source.path, source.uri)
        return self._readers.documents(source.data or b"", source.uri)

    def _releases(self, documents: Sequence[Document]) -> list[Outcome]:
        try:
            return list(self._engine.process(documents))
        except Exception:
            return [self._alone(document) for document in documents]

    def _alone(self, document: Document) -> Outcome:
        try:
            return next(self._engine.process([document]))
        except Exception as error:
            return failure(document.uri or "", error)


def run(sources: Iterable[Source], published: datetime.date | None = None, workers: int = 1) -> Iterator[Outcome]:
    """What came of each source, in order: its Release or a Refusal. `published` holds for all of them.

    With `workers` > 1 that many processes share the work, each with a model of its own; a source on which one dies is
    refused. Closing the generator, or an exception in it, ends the processes.
    """
    if workers == 1:
        processor = Processor.load()
        for chunk in _chunks(sources):
            yield from processor.outcomes(chunk, published)
        return
    lost: Callable[[Source], Outcome] = lambda source: Refusal(source.uri, "worker_died")  # noqa: E731
    yield from _in_order(partial(_outcomes, published=published), _chunks(sources), workers, lost)


def extract_parallel(pairs: Iterable[Texts], workers: int) -> Iterator[Release]:
    """The records of (text, publication date) pairs, in order, by several processes; what fails raises."""

    def lost(pair: Texts) -> Release:
        raise RuntimeError(f"the process that worked on this text died: {pair[0][:80]!r}")

    yield from _in_order(_texts, _chunks(pairs), workers, lost)


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    items = iter(items)
    while chunk := list(islice(items, CHUNK)):
        yield chunk


@lru_cache(maxsize=1)
def _processor() -> Processor:
    """A worker's own: the model is loaded once, with its first task."""
    return Processor.load()


def _outcomes(sources: list[Source], published: datetime.date | None) -> list[Outcome]:
    return _processor().outcomes(sources, published)


def _texts(pairs: list[Texts]) -> list[Release]:
    return _processor().texts(pairs)


def _start() -> None:
    """In a new worker: the parent answers to Ctrl-C, and several processes need one thread each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("OMP_NUM_THREADS", "1")


class _Pool:
    """Processes that end when they are told to, at work or not."""

    def __init__(self, workers: int) -> None:
        self._others = set(multiprocessing.active_children())
        self._executor = ProcessPoolExecutor(workers, initializer=_start)

    def submit(self, task: Callable[[list[T]], list[R]], chunk: list[T]) -> Future[list[R]]:
        return self._executor.submit(task, chunk)

    def end(self) -> None:
        children = set(multiprocessing.active_children()) - self._others
        self._executor.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.terminate()


def _in_order(
    task: Callable[[list[T]], list[R]], chunks: Iterable[list[T]], workers: int, lost: Callable[[T], R]
) -> Iterator[R]:
    """The results of `task` over chunks, in order; only a few chunks are under way at a time."""
    chunks = iter(chunks)
    waiting: deque[tuple[list[T], Future[list[R]]]] = deque()
    pool = _Pool(workers)
    try:
        while True:
            for chunk in islice(chunks, 2 * workers - len(waiting)):
                waiting.append((chunk, pool.submit(task, chunk)))
            if not waiting:
                return
            try:
                results = waiting[0][1].result()
                waiting.popleft()
            except BrokenProcessPool:
                pool.end()
                results = _one_by_one(task, [item for chunk, _ in waiting for item in chunk], lost)
                waiting.clear()
                pool = _Pool(workers)
            yield from results
    finally:
        pool.end()


def _one_by_one(task: Callable[[list[T]], list[R]], items: Sequence[T], lost: Callable[[T], R]) -> list[R]:
    """After a death: each item alone in one process, so that the one which kills it is known."""
    results: list[R] = []
    pool = _Pool(1)
    try:
        for item in items:
            try:
                results += pool.submit(task, [item]).result()
            except BrokenProcessPool:
                pool.end()
                pool = _Pool(1)
                results.append(lost(item))
    finally:
        pool.end()
    return results
