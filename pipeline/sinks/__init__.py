"""Release → JSON Lines, CSV, SQLite, Parquet: one class for each, all of them with `write` and `close`.

To add a format: write a class, name it in `open_sink`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from pipeline.records import Release
from pipeline.sinks.company_key import CompanyKeys
from pipeline.sinks.rows import COLUMNS, FlatRows
from pipeline.sinks.tables import MissingExtra, NotOurs, ParquetSink, SqliteSink
from pipeline.sinks.text import CsvSink, JsonLinesSink

__all__ = [
    "COLUMNS",
    "FORMATS",
    "CompanyKeys",
    "FlatRows",
    "MissingExtra",
    "NotOurs",
    "Sink",
    "needs_file",
    "open_sink",
]

FORMATS: Final = ("jsonl", "csv", "csv-excel", "parquet", "sqlite")
_FILES = ("parquet", "sqlite")


class Sink(Protocol):
    """Takes releases until it is closed."""

    def write(self, release: Release) -> None: ...

    def close(self) -> None: ...


def needs_file(form: str) -> bool:
    """Whether a format cannot be written to standard output."""
    return form in _FILES


@contextmanager
def open_sink(form: str, path: Path | None, stdout: BinaryIO, rows: FlatRows) -> Iterator[Sink]:
    """A sink of one of FORMATS on a file, or on standard output; closed at the end, also after an interruption.

    OSError when the file cannot be written, MissingExtra or NotOurs as the format has it.
    """
    if path is not None and form in _FILES:
        sink: Sink = SqliteSink(path, rows) if form == "sqlite" else ParquetSink(path, rows)
        try:
            yield sink
        finally:
            sink.close()
        return
    out = path.open("wb") if path is not None else stdout
    try:
        sink = JsonLinesSink(out) if form == "jsonl" else CsvSink(out, rows, excel=form == "csv-excel")
        try:
            yield sink
        finally:
            sink.close()
    finally:
        if path is not None:
            out.close()
