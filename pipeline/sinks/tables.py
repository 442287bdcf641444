"""SQLite and Parquet: one typed table, `facts`."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from pipeline.records import Release
from pipeline.sinks.rows import COLUMNS, Cell, FlatRows

SQLITE_TYPES: Final = {str: "TEXT", int: "INTEGER", float: "REAL", datetime.date: "TEXT"}
PARQUET_TYPES: Final = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", datetime.date: "DATE"}
_TABLE = "facts"


class NotOurs(ValueError):
    """A database that holds other tables: it is left alone."""


class MissingExtra(ImportError):
    """A format whose library comes with an extra; the message is the extra's name."""


@contextmanager
def _of_the_disk(kind: type[Exception]) -> Iterator[None]:
    """A database's error as OSError, in one line: a disk that is full or may not be written is told like any other."""
    try:
        yield
    except kind as error:
        raise OSError(str(error).split("\n", 1)[0]) from error


class SqliteSink:
    """A database with the table `facts`, made anew. OSError when it cannot be written."""

    def __init__(self, path: Path, rows: FlatRows) -> None:
        self._rows = rows
        with _of_the_disk(sqlite3.Error):
            self._open(path)

    def _open(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        try:
            others = self._connection.execute("SELECT 1 FROM sqlite_master WHERE tbl_name <> ? LIMIT 1", (_TABLE,))
            if others.fetchone():
                raise NotOurs(str(path))
            columns = ", ".join(f'"{name}" {SQLITE_TYPES[kind]}' for name, kind in COLUMNS.items())
            self._connection.execute(f"DROP TABLE IF EXISTS {_TABLE}")
            self._connection.execute(f"CREATE TABLE {_TABLE} ({columns}, PRIMARY KEY (release_id, fact_id))")
        except (NotOurs, sqlite3.Error):
            self._connection.close()
            raise

    def write(self, release: Release) -> None:
        rows = [[plain(row[name]) for name in COLUMNS] for row in self._rows.rows(release)]
        with _of_the_disk(sqlite3.Error):
            self._connection.executemany(
                f"INSERT OR REPLACE INTO {_TABLE} VALUES ({', '.join('?' * len(COLUMNS))})", rows
            )

    def close(self) -> None:
        with closing(self._connection), _of_the_disk(sqlite3.Error):
            self._connection.commit()


class ParquetSink:
    """A Parquet file, written by DuckDB when all rows are known. OSError when it cannot be."""

    def __init__(self, path: Path, rows: FlatRows) -> None:
        try:
            import duckdb
        except ImportError:
            raise MissingExtra("parquet") from None
        self._path, self._rows = path, rows
        self._connection = duckdb.connect()
        columns = ", ".join(f'"{name}" {PARQUET_TYPES[kind]}' for name, kind in COLUMNS.items())
        self._connection.execute(f"CREATE TABLE {_TABLE} ({columns})")

    def write(self, release: Release) -> None:
        rows = [[row[name] for name in COLUMNS] for row in self._rows.rows(release)]
        if rows:
            self._connection.executemany(f"INSERT INTO {_TABLE} VALUES ({', '.join('?' * len(COLUMNS))})", rows)

    def close(self) -> None:
        import duckdb

        with closing(self._connection), _of_the_disk(duckdb.Error):
            self._connection.execute(f"COPY {_TABLE} TO ? (FORMAT parquet)", [str(self._path)])


def plain(value: Cell) -> str | int | float | None:
    if isinstance(value, int) and value.bit_length() > 63:  # no integer of a database
        return float(value)
    return value.isoformat() if isinstance(value, datetime.date) else value
