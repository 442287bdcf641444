"""Sources → outcomes as Arrow: the one form for Parquet files and for other engines.

One row an outcome. A source has one, or several when it is a container: `member` counts them from 0, so that rows with
0 are as many as there are sources. `facts` holds the flat rows of the contract, `record` the whole record as JSON.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

import pyarrow as pa

from pipeline.records import Release
from pipeline.run import Processor, Source
from pipeline.sinks import COLUMNS
from pipeline.store.base import flat_rows
from pipeline.version import engine_version
from rules import load

if TYPE_CHECKING:
    from pipeline.readers import Refusal
    from pipeline.readers.words import SourceWords

    Outcome: TypeAlias = Release | Refusal

_TYPES: Final = {str: pa.string(), int: pa.int64(), float: pa.float64(), datetime.date: pa.date32()}
FACT: Final = pa.struct([(name, _TYPES[kind]) for name, kind in COLUMNS.items()])
SCHEMA: Final = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),  # the uri of what was read
        pa.field("member", pa.int32(), nullable=False),
        pa.field("uri", pa.string(), nullable=False),  # of this outcome: the source's, or that of something in it
        pa.field("outcome", pa.string(), nullable=False),  # record | refused
        pa.field("code", pa.string()),  # why it was refused
        pa.field("detail", pa.string()),
        pa.field("sha256", pa.string()),  # of the source's bytes; of a row, that of its text
        pa.field("location", pa.string()),  # where the source can be read again
        pa.field("engine", pa.string(), nullable=False),
        pa.field("title", pa.string()),
        pa.field("published", pa.date32()),
        pa.field("language", pa.string()),
        pa.field("facts", pa.list_(FACT), nullable=False),
        pa.field("record", pa.string()),
    ]
)
TOGETHER: Final = 64  # rows of a batch that are worked on, and come out, together
_MEDIA: Final = "application/vnd.apache.arrow.stream"


class Extractor(Protocol):
    """What a Processor does."""

    def by_source(self, sources: Sequence[Source]) -> list[list[Outcome]]: ...


def records(batches: Iterable[pa.RecordBatch], processor: Extractor | None = None) -> Iterator[pa.RecordBatch]:
    """Batches of releases → batches of their outcomes (SCHEMA), in order; nothing is read but the batches.

    A row's text stands in a string column (`text`, or any name that `rules/sources.toml` knows), or its file as bytes
    in a binary one; `id`, `uri` or `url` names it (else its content does), `title`, `published` and `updated` are
    taken where they are. A row that cannot be read comes out as refused, with its code. The engine is loaded at the
    first batch and kept for the process.
    """
    for batch in batches:
        rows = iter(batch.to_pylist())
        while sources := [source_of(row) for row in islice(rows, TOGETHER)]:
            yield outcome_batch(sources, (processor or _processor()).by_source(sources))


@cache
def _processor() -> Processor:
    return Processor.load()


@cache
def source_words() -> SourceWords:
    """What tells a table's columns apart by their names; loaded once a process."""
    from pipeline.readers.words import SourceWords

    return SourceWords(load())


def source_of(row: Mapping[str, Any]) -> Source:
    """A row of a table as a source."""
    column = source_words().field("field_id", row)
    name = row[column] if column is not None else None
    data = next((value for value in row.values() if isinstance(value, bytes)), None)
    uri = str(name) if isinstance(name, str | int) and str(name).strip() else f"sha256:{_digest(data, row)}"
    if data is not None:
        return Source(uri, data=data)
    return Source(uri, row=fields(row), media_type=_MEDIA)


def fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's cells as a line of JSON would have them: days as text."""
    return {key: value.isoformat() if isinstance(value, datetime.date) else value for key, value in row.items()}


def outcome_batch(
    sources: Sequence[Source], outcomes: Sequence[Sequence[Outcome]], locations: Sequence[str | None] | None = None
) -> pa.RecordBatch:
    """What came of some sources, as rows of SCHEMA; a source of which nothing came is refused as empty."""
    from pipeline.readers import Refusal

    rows: list[dict[str, Any]] = []
    for number, (source, found) in enumerate(zip(sources, outcomes, strict=True)):
        found = found or [Refusal(source.uri, "empty")]
        first = found[0]
        sha256 = (
            first.source.sha256
            if source.row is not None and isinstance(first, Release)
            else _digest(source.data, source.row)
        )
        about = {
            "source": source.uri,
            "sha256": sha256,
            "location": locations[number] if locations else None,
            "engine": engine_version(),
        }
        rows += [{**about, "member": n, **_told(one)} for n, one in enumerate(found)]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def _told(outcome: Outcome) -> dict[str, Any]:
    if not isinstance(outcome, Release):
        detail = outcome.detail.encode("utf-8", "backslashreplace").decode()
        return {"uri": outcome.uri, "outcome": "refused", "code": outcome.code, "detail": detail, "facts": []}
    return {
        "uri": outcome.source.uri or outcome.id,
        "outcome": "record",
        "title": outcome.title,
        "published": outcome.published,
        "language": outcome.language,
        "facts": [
            {name: _cell(row[name], kind) for name, kind in COLUMNS.items()} for row in flat_rows().rows(outcome)
        ],
        "record": outcome.to_json(),
    }


def _cell(value: Any, kind: type) -> Any:
    return float(value) if kind is float and value is not None else value


def _digest(data: bytes | None, row: Mapping[str, Any] | None) -> str | None:
    if data is None:
        if row is None:
            return None
        data = json.dumps(row, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
    return hashlib.sha256(data).hexdigest()
