"""Store: one SQLite file, its connection, its transactions, and the clock by which decisions are dated."""

from __future__ import annotations

import datetime
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.records import Release
from pipeline.sinks import CompanyKeys, FlatRows
from pipeline.store.schema import connect


def _utc() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@lru_cache(maxsize=1)
def flat_rows() -> FlatRows:
    """What turns facts into flat rows; rules and tables of areas are loaded at the process's first use."""
    from rules import gazetteers, load

    return FlatRows(CompanyKeys(load()), gazetteers.Areas.load())


class Store:
    """An open store. One thread uses it; other processes and threads open their own on the same file."""

    def __init__(self, connection: sqlite3.Connection, path: Path, now: Callable[[], datetime.datetime] = _utc) -> None:
        self.connection = connection
        self.path = path
        self.now = now
        self._depth = 0

    @classmethod
    def open(cls, path: Path, *, create: bool = False, now: Callable[[], datetime.datetime] = _utc) -> Self:
        """The store at `path`, migrated to today's schema; made when there is none and `create`.

        StoreError: no such file, another program's file, a newer store, or one that SQLite cannot use.
        """
        return cls(connect(path, create), path, now)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is written, or nothing. One inside another is part of it."""
        if self._depth == 0:
            self.connection.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield self.connection
        except BaseException:
            self._depth -= 1
            if self._depth == 0 and self.connection.in_transaction:  # a full disk has rolled back already
                self.connection.execute("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0:
            try:
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def stamp(self) -> str:
        """This moment, as every time in the store is written: "2025-03-01T06:30:00Z"."""
        return self.now().astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def rows(self) -> FlatRows:
        """What turns facts into flat rows; loads rules and tables of areas at the process's first use."""
        return flat_rows()

    def record_json(self, version: int) -> str:
        """The record of a version as its line of JSON; KeyError when it has none."""
        row = self.connection.execute("SELECT record FROM version WHERE id = ?", (version,)).fetchone()
        if row is None or row["record"] is None:
            raise KeyError(version)
        return zlib.decompress(row["record"]).decode()

    def release(self, version: int) -> Release:
        """The record of a version; KeyError when it has none."""
        return Release.model_validate_json(self.record_json(version))

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
