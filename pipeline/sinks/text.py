"""JSON Lines and CSV: what is written line by line."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Mapping
from typing import BinaryIO, Final

from pipeline.records import Release
from pipeline.sinks.rows import COLUMNS, Cell, FlatRows

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take such a cell for a formula


class JsonLinesSink:
    """One record, one line."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, release: Release) -> None:
        self._out.write(release.to_json().encode() + b"\n")

    def close(self) -> None:
        self._out.flush()


class CsvTable:
    """Rows of named cells, one line each, under a line of names; what is not known is an empty cell.

    `excel`: as French Excel opens it, with byte order mark, semicolons and decimal commas.
    """

    def __init__(self, out: BinaryIO, columns: Iterable[str], excel: bool = False) -> None:
        self._out, self._columns, self._excel = out, tuple(columns), excel
        self._buffer = io.StringIO()
        self._writer = csv.writer(
            self._buffer, delimiter=";" if excel else ",", lineterminator="\r\n" if excel else "\n"
        )
        if excel:
            self._out.write(b"\xef\xbb\xbf")
        self._line(self._columns)

    def write(self, row: Mapping[str, Cell]) -> None:
        self._line(self._cell(row[column]) for column in self._columns)

    def close(self) -> None:
        self._out.flush()

    def _line(self, cells: Iterable[str]) -> None:
        self._writer.writerow(cells)
        self._out.write(self._buffer.getvalue().encode())
        self._buffer.seek(0)
        self._buffer.truncate()

    def _cell(self, value: Cell) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return f"'{value}" if self._excel and value.startswith(FORMULA) else value
        if isinstance(value, datetime.date):
            return value.isoformat()
        text = number(value)
        return text.replace(".", ",") if self._excel else text


class CsvSink:
    """One fact, one line."""

    def __init__(self, out: BinaryIO, rows: FlatRows, excel: bool = False) -> None:
        self._rows = rows
        self._table = CsvTable(out, COLUMNS, excel)

    def write(self, release: Release) -> None:
        for row in self._rows.rows(release):
            self._table.write(row)

    def close(self) -> None:
        self._table.close()


def number(value: int | float) -> str:
    """A plain decimal: no exponent, no ".0"."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return f"{value:.10f}".rstrip("0")
