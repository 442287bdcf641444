"""Sources → outcomes: files and folders found, read and extracted, in order, by one process or several."""

from __future__ import annotations

import datetime
import gc
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pipeline.document import Document
from pipeline.readers import STDIN, Layout, Read, Readers, Refusal
from pipeline.readers.refusal import failure
from pipeline.workers import LIMIT, Crew, Reason

if TYPE_CHECKING:
    from pipeline.engine import Engine
    from pipeline.records import Release

    Outcome: TypeAlias = Release | Refusal

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 8  # sources that a process takes at a time
COLLECT = 20_000  # new objects before the collector looks at them: a release makes many that go by themselves
Texts: TypeAlias = "tuple[str, datetime.date | None]"


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read: a path, bytes that were read already, a table's row, or the reason why there is nothing.

    `media_type` is that of the table. `published`: the day its own metadata gives (a feed's entry); what holds for a whole run goes before it.
    """

    uri: str
    path: Path | None = None
    data: bytes | None = None
    refusal: Refusal | None = None
    published: datetime.date | None = None
    row: Mapping[str, Any] | None = None
    media_type: str = ""


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

        processor = cls(Engine.load(), Readers(Layout.load()))
        # What is loaded stays: the collector need not look through rules, gazetteers and weights again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECT)
        return processor

    def outcomes(self, sources: Sequence[Source], published: datetime.date | None = None) -> list[Outcome]:
        """What came of each source, in order; a bad one costs nothing to the others."""
        return [outcome for outcomes in self.by_source(sources, published) for outcome in outcomes]

    def by_source(self, sources: Sequence[Source], published: datetime.date | None = None) -> list[list[Outcome]]:
        """What came of each source, apart: one outcome, or several of a container."""
        read: list[list[Document | Refusal]] = []
        for source in sources:
            found: list[Document | Refusal] = []
            read.append(found)
            day = published or source.published
            try:
                for one in self._documents(source):
                    found.append(replace(one, published=day) if isinstance(one, Document) and day else one)
            except Refusal as refusal:
                found.append(refusal)
            except Exception as error:
                found.append(failure(source.uri, error))
        releases = iter(self._releases([d for found in read for d in found if isinstance(d, Document)]))
        return [[next(releases) if isinstance(d, Document) else d for d in found] for found in read]

    def texts(self, pairs: Sequence[Texts]) -> list[Release]:
        """The records of (text, publication date) pairs; what fails raises."""
        return list(self._engine.extract_many(pairs))

    def _documents(self, source: Source) -> Iterator[Read]:
        if source.refusal is not None:
            raise source.refusal
        if source.row is not None:
            return iter([self._readers.row(source.row, source.uri, source.media_type)])
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
    for _, outcomes in _in_order(results(sources, published, workers, ahead=4 * CHUNK * workers)):
        yield from outcomes


def results(
    sources: Iterable[Source],
    published: datetime.date | None = None,
    workers: int = 1,
    *,
    limit: float = LIMIT,
    chunk: int = CHUNK,
    ahead: int | None = None,
    make: Callable[[], Processor] | None = None,
) -> Generator[tuple[int, Source, list[Outcome]], None, None]:
    """(number, source, its outcomes) as they are done by `workers` processes: one outcome, or several of a container.

    A source on which a process died twice, or took longer than `limit` seconds twice, is refused with "worker_died" or
    "timeout". `ahead`: how many may be done before one that is not. `make` makes a process's Processor.
    """
    crew: Crew[Source, list[Outcome]] = Crew(
        partial(_extractor, make or Processor.load, published),
        _lost,
        workers=workers,
        chunk=chunk,
        limit=limit,
        ahead=ahead,
    )
    return crew.results(sources)


def _extractor(
    make: Callable[[], Processor], published: datetime.date | None
) -> Callable[[list[Source]], list[list[Outcome]]]:
    return partial(make().by_source, published=published)


def _lost(source: Source, reason: Reason) -> list[Outcome]:
    return [Refusal(source.uri, reason)]


def _in_order(done: Generator[tuple[int, T, R], None, None]) -> Iterator[tuple[T, R]]:
    """What is done in any order, in that of its numbers."""
    waiting: dict[int, tuple[T, R]] = {}
    turn = 0
    try:
        for number, item, result in done:
            waiting[number] = item, result
            while turn in waiting:
                yield waiting.pop(turn)
                turn += 1
    finally:
        done.close()


def extract_parallel(pairs: Iterable[Texts], workers: int) -> Iterator[Release]:
    """The records of (text, publication date) pairs, in order, by several processes; what fails raises."""

    def lost(pair: Texts, reason: Reason) -> Release:
        raise RuntimeError(f"the process that worked on this text ended ({reason}): {pair[0][:80]!r}")

    crew: Crew[Texts, Release] = Crew(_text_extractor, lost, workers=workers, chunk=CHUNK, ahead=4 * CHUNK * workers)
    return (release for _, release in _in_order(crew.results(pairs)))


def _text_extractor() -> Callable[[list[Texts]], list[Release]]:
    return Processor.load().texts


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    items = iter(items)
    while chunk := list(islice(items, CHUNK)):
        yield chunk
