"""Paths → pieces → shards, found as they are wanted: an archive of millions is never held as a list.

A piece is a file, some lines of a JSON Lines file (`.jsonl`, `.ndjson`), or some rows of a Parquet file (`.parquet`).
A shard is the same, under the same name, for as long as its sources and the engine stay what they are.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.cluster.arrow import fields
from pipeline.readers import Refusal, file_bytes
from pipeline.readers.encoding import BinaryError, decode
from pipeline.readers.nest import Names
from pipeline.readers.refusal import failure
from pipeline.readers.table import json_object, own_name
from pipeline.readers.words import SourceWords
from pipeline.run import Source, find_sources

SIZE: Final = 500  # sources of a shard: so many are done again, at most, when a worker is killed
LINES: Final = (".jsonl", ".ndjson")
ROWS: Final = ".parquet"
_MAGIC: Final = frozenset("*?[")
_JSON, _PARQUET = "application/jsonl", "application/vnd.apache.parquet"
_BATCH: Final = 64  # rows of a Parquet file that are held at a time


@dataclass(frozen=True)
class Piece:
    """`count` sources of one file: all of it, the lines between two of its bytes, or the rows between two numbers.

    `location` is where any worker reads it: an absolute path or an address. `first`: the number of its first line.
    `stamp` changes with the file. `refusal`: (code, detail) where there is nothing to read.
    """

    kind: str  # file | lines | rows
    uri: str
    location: str
    stamp: str = ""
    count: int = 1
    start: int = 0
    stop: int = 0
    first: int = 1
    refusal: tuple[str, str] | None = None


@dataclass(frozen=True)
class Shard:
    name: str
    pieces: tuple[Piece, ...]

    @property
    def sources(self) -> int:
        return sum(piece.count for piece in self.pieces)


def shards(paths: Iterable[str], engine: str, size: int = SIZE, without: str | None = None) -> Iterator[Shard]:
    """The shards of some files, folders, patterns and addresses, in order; what lies in the folder `without` is left."""
    for number, group in enumerate(_groups(_pieces(paths, size, without), size)):
        told = json.dumps([engine, [vars(piece) for piece in group]], sort_keys=True)
        digest = hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:16]
        yield Shard(f"{number:06}-{digest}.parquet", tuple(group))


def _groups(pieces: Iterator[Piece], size: int) -> Iterator[list[Piece]]:
    group: list[Piece] = []
    held = 0
    for piece in pieces:
        if group and held + piece.count > size:
            yield group
            group, held = [], 0
        group.append(piece)
        held += piece.count
    if group:
        yield group


def _pieces(paths: Iterable[str], size: int, without: str | None) -> Iterator[Piece]:
    for given in paths:
        if "://" in given:
            yield from _remote(given, size)
            continue
        pattern = not os.path.lexists(given) and _MAGIC & set(given)
        met = sorted(glob.glob(given, recursive=True)) if pattern else []  # noqa: PTH207  (names stay as given)
        for path in met or [given]:
            for source in find_sources([path], bytes):
                where = os.path.abspath(source.path or source.uri)  # noqa: PTH100  (links stay links)
                if without is None or not where.startswith(f"{without}/"):
                    yield from _cut(source.uri, where, _stamp(where), size, source.refusal)


def _remote(given: str, size: int) -> Iterator[Piece]:
    """The files at an address, in a folder there or of a pattern; names that begin with a dot are passed over."""
    fs, path = fsspec.url_to_fs(given)
    found: dict[str, Any] = fs.glob(path, detail=True) if _MAGIC & set(path) else fs.find(path, detail=True)
    if not found:
        yield Piece("file", given, given, refusal=("missing", ""))
    for name in sorted(found):
        inner = name.removeprefix(path.rstrip("/"))
        about = found[name]
        if about.get("type") == "directory" or any(part.startswith(".") for part in inner.split("/")):
            continue
        marks = (about.get(k) for k in ("size", "ETag", "etag", "LastModified", "mtime", "updated"))
        where = str(fs.unstrip_protocol(name))
        yield from _cut(where, where, "-".join(str(mark) for mark in marks if mark is not None), size, None)


def _cut(uri: str, location: str, stamp: str, size: int, refusal: Refusal | None) -> Iterator[Piece]:
    if refusal is None and location.endswith((*LINES, ROWS)):
        try:
            yield from (_lines if location.endswith(LINES) else _rows)(uri, location, stamp, size)
        except (OSError, pa.ArrowException) as error:
            reason = getattr(error, "strerror", None) or str(error)
            yield Piece("file", uri, location, stamp, refusal=("unreadable", reason[:300]))
        return
    yield Piece("file", uri, location, stamp, refusal=(refusal.code, refusal.detail) if refusal else None)


def _lines(uri: str, location: str, stamp: str, size: int) -> Iterator[Piece]:
    """Lines that hold something count; pieces are cut where enough of them have gone by."""
    start = stop = count = 0
    first = 1
    with _open(location) as file:
        for number, line in enumerate(file, 1):
            stop += len(line)
            count += bool(line.strip())
            if count == size:
                yield Piece("lines", uri, location, stamp, count, start, stop, first)
                start, count, first = stop, 0, number + 1
    if count:
        yield Piece("lines", uri, location, stamp, count, start, stop, first)
    elif not stop:
        yield Piece("file", uri, location, stamp, refusal=("empty", ""))


def _rows(uri: str, location: str, stamp: str, size: int) -> Iterator[Piece]:
    with _open(location) as file:
        total = pq.ParquetFile(file).metadata.num_rows
    for start in range(0, total, size):
        stop = min(start + size, total)
        yield Piece("rows", uri, location, stamp, stop - start, start, stop, start + 1)
    if not total:
        yield Piece("file", uri, location, stamp, refusal=("empty", ""))


def _stamp(path: str) -> str:
    try:
        about = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return ""
    return f"{about.st_size}-{about.st_mtime_ns}"


def _open(location: str) -> IO[bytes]:
    if "://" in location:
        opened: IO[bytes] = fsspec.open(location, "rb").open()
        return opened
    return Path(location).open("rb")


def sources_of(piece: Piece, words: SourceWords) -> Iterator[Source]:
    """What a piece holds: `count` sources, whatever the file has become since they were counted."""
    if piece.refusal is not None:
        yield Source(piece.uri, refusal=Refusal(piece.uri, *piece.refusal))
        return
    if piece.kind == "file":
        try:
            yield Source(piece.uri, data=_bytes(piece))
        except Refusal as refusal:
            yield Source(piece.uri, refusal=refusal)
        return
    names = Names()
    number = piece.first
    given = 0
    try:
        for number, row in _parsed_lines(piece) if piece.kind == "lines" else _parsed_rows(piece):
            if given == piece.count:
                return
            uri = f"{piece.uri}#{names.unique(own_name(words, row) or str(number))}"
            given += 1
            if row is None:
                yield Source(uri, refusal=Refusal(uri, "broken_row"))
            else:
                yield Source(uri, row=row, media_type=_JSON if piece.kind == "lines" else _PARQUET)
        lost = Refusal(piece.uri, "broken_row", "changed while it was read")
    except Exception as error:  # what is left of the piece cannot be read
        lost = failure(piece.uri, error)
    for left in range(given, piece.count):
        uri = f"{piece.uri}#{names.unique(str(number + 1 + left - given))}"
        yield Source(uri, refusal=Refusal(uri, lost.code, lost.detail))


def _bytes(piece: Piece) -> bytes:
    if "://" not in piece.location:
        return file_bytes(Path(piece.location), piece.uri)
    try:
        with _open(piece.location) as file:
            return file.read()
    except FileNotFoundError:
        raise Refusal(piece.uri, "missing") from None
    except Exception as error:  # every system behind an address has its own
        raise Refusal(piece.uri, "unreadable", str(error)[:300]) from None


def _parsed_lines(piece: Piece) -> Iterator[tuple[int, dict[str, Any] | None]]:
    with _open(piece.location) as file:
        file.seek(piece.start)
        data = file.read(piece.stop - piece.start)
    for number, line in enumerate(data.split(b"\n"), piece.first):
        if line.strip():
            try:
                found = json_object(decode(line))
            except BinaryError:
                found = None
            yield number, dict(found) if found is not None else None


def _parsed_rows(piece: Piece) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Rows by their numbers; only the groups of the file that hold some of them are unpacked."""
    with _open(piece.location) as opened:
        file = pq.ParquetFile(opened)
        groups: list[int] = []
        before = begins = 0
        for group in range(file.metadata.num_row_groups):
            after = before + file.metadata.row_group(group).num_rows
            if before < piece.stop and after > piece.start:
                begins = begins if groups else before
                groups.append(group)
            before = after
        number = begins
        for batch in file.iter_batches(batch_size=_BATCH, row_groups=groups):
            for row in batch.to_pylist():
                if piece.start <= number < piece.stop:
                    yield number + 1, fields(row)
                number += 1
            if number >= piece.stop:
                return
