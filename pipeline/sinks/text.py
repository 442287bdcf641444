"""JSON Lines and CSV: what is written line by line."""

from __future__ import annotations

import csv
import datetime
import io
from typing import BinaryIO, Final

from pipeline.records import Release
from pipeline.sinks.rows import COLUMNS, Cell, FlatRows

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take such a cell for a formula


class JsonLinesSink:
    """One record, one line."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, release: Release) -> None:
        self._out.write(release.to_json().encode() + b"\n")

    def close(self) -> None:
        self._out.flush()


class CsvSink:
    """One fact, one line. `excel`: as French Excel opens it, with byte order mark, semicolons and decimal commas."""

    def __init__(self, out: BinaryIO, rows: FlatRows, excel: bool = False) -> None:
        self._out, self._rows, self._excel = out, rows, excel
        self._buffer = io.StringIO()
        self._writer = csv.writer(
            self._buffer, delimiter=";" if excel else ",", lineterminator="\r\n" if excel else "\n"
        )
        if excel:
            self._out.write(b"\xef\xbb\xbf")
        self._line(COLUMNS)

    def write(self, release: Release) -> None:
        for row in self._rows.rows(release):
            self._line(self._cell(row[column]) for column in COLUMNS)

    def close(self) -> None:
        self._out.flush()

    def _line(self, cells: object) -> None:
        self._writer.writerow(cells)  # type: ignore[arg-type]
        self._out.write(self._buffer.getvalue().encode())
        self._buffer.seek(0)
        self._buffer.truncate()

    def _cell(self, value: Cell) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return f"'{value}" if self._excel and value.startswith(_FORMULA) else value
        if isinstance(value, datetime.date):
            return value.isoformat()
        text = number(value)
        return text.replace(".", ",") if self._excel else text


def number(value: int | float) -> str:
    """A plain decimal: no exponent, no ".0"."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return f"{value:.10f}".rstrip("0")
