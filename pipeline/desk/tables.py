"""Named tables of typed rows → files: JSON Lines, CSV, Parquet, SQLite, a Frictionless data package.

Every table is written beside its place under another name, and takes it when all of them are whole.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from pipeline.sinks import MissingExtra, NotOurs
from pipeline.sinks.rows import Cell
from pipeline.sinks.tables import PARQUET_TYPES, SQLITE_TYPES, plain
from pipeline.sinks.text import CsvTable

FORMATS: Final = ("jsonl", "csv", "csv-excel", "parquet", "sqlite", "datapackage")
_ENDS: Final = {"jsonl": ".jsonl", "csv": ".csv", "csv-excel": ".csv", "parquet": ".parquet"}
_FRICTIONLESS: Final = {str: "string", int: "integer", float: "number", datetime.date: "date"}
_LINE: Final = 64_000_000  # bytes of the longest row that is taken over to Parquet


@dataclass(frozen=True)
class Table:
    """A table: its name, its columns with their types, its rows, and what tells them apart."""

    name: str
    columns: Mapping[str, type]
    rows: Iterable[Mapping[str, Cell]]
    key: tuple[str, ...] = ()


def write_stream(form: str, out: BinaryIO, table: Table) -> int:
    """One table as "jsonl", "csv" or "csv-excel" onto a stream; how many rows."""
    count = 0
    if form == "jsonl":
        for row in table.rows:
            cells = {name: plain(row[name]) for name in table.columns}
            out.write(json.dumps(cells, ensure_ascii=False, allow_nan=False).encode() + b"\n")
            count += 1
        out.flush()
        return count
    lines = CsvTable(out, table.columns, excel=form == "csv-excel")
    for row in table.rows:
        lines.write(row)
        count += 1
    lines.close()
    return count


def write_files(form: str, path: Path, tables: list[Table]) -> dict[str, int]:
    """All tables at `path`, the first one there and the others beside it ("facts.mentions.csv"), in one database, or
    in the folder `path` as a data package; how many rows of each.

    OSError when it cannot be written, MissingExtra for Parquet without its library, NotOurs for a database or a folder
    with other things in it. What was there before stays whole until the new is.
    """
    if form == "sqlite":
        return _sqlite(path, tables)
    if form == "datapackage":
        return _package(path, tables)
    counts = {}
    with ExitStack() as undo:
        done: list[tuple[Path, Path]] = []
        for number, table in enumerate(tables):
            place = path if number == 0 else beside(path, table.name, _ENDS[form])
            part = place.with_name(f".{place.name}.part")
            undo.callback(part.unlink, missing_ok=True)
            counts[table.name] = _parquet(part, table) if form == "parquet" else _stream(form, part, table)
            done.append((part, place))
        for part, place in done:
            part.replace(place)
    return counts


def beside(path: Path, name: str, end: str) -> Path:
    """The file of a further table: "facts.csv" has "facts.mentions.csv"."""
    return path.with_name(f"{path.stem}.{name}{path.suffix or end}")


def _stream(form: str, path: Path, table: Table) -> int:
    with path.open("wb") as out:
        return write_stream(form, out, table)


def _parquet(path: Path, table: Table) -> int:
    try:
        import duckdb
    except ImportError:
        raise MissingExtra("parquet") from None
    lines = path.with_name(f"{path.name}.jsonl")  # many rows go over at once, each with its nulls
    try:
        count = _stream("jsonl", lines, table)
        columns = {name: PARQUET_TYPES[kind] for name, kind in table.columns.items()}
        with duckdb.connect() as db:
            spelled = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            db.execute(f"CREATE TABLE t ({spelled})")
            if count:
                db.execute(
                    "INSERT INTO t SELECT * FROM read_json(?, format = 'newline_delimited', columns = ?,"
                    f" maximum_object_size = {_LINE})",
                    [str(lines), columns],
                )
            db.execute("COPY t TO ? (FORMAT parquet)", [str(path)])
    except duckdb.Error as error:
        raise OSError(str(error)) from error
    finally:
        lines.unlink(missing_ok=True)
    return count


def _sqlite(path: Path, tables: list[Table]) -> dict[str, int]:
    """A database of these tables and no other, made beside an earlier one and put in its place."""
    if path.exists() and path.stat().st_size:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as old:
            try:
                held = {name for (name,) in old.execute("SELECT tbl_name FROM sqlite_master")}
            except sqlite3.DatabaseError as error:
                raise NotOurs(str(path)) from error
        old.close()
        if held - {table.name for table in tables}:
            raise NotOurs(str(path))
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    counts = {}
    try:
        with part.open("wb"):  # an OSError that names the reason, where SQLite's would not
            pass
        db = sqlite3.connect(part)
        try:
            with db:
                for table in tables:
                    counts[table.name] = _fill(db, table)
        finally:
            db.close()
        part.replace(path)
    except sqlite3.Error as error:
        raise OSError(str(error)) from error
    finally:
        part.unlink(missing_ok=True)
    return counts


def _fill(db: sqlite3.Connection, table: Table) -> int:
    columns = ", ".join(f'"{_quoted(name)}" {SQLITE_TYPES[kind]}' for name, kind in table.columns.items())
    db.execute(f'CREATE TABLE "{table.name}" ({columns})')
    marks = ", ".join("?" * len(table.columns))
    done = db.executemany(
        f'INSERT INTO "{table.name}" VALUES ({marks})',
        ([plain(row[name]) for name in table.columns] for row in table.rows),
    )
    return max(0, done.rowcount)


def _package(folder: Path, tables: list[Table]) -> dict[str, int]:
    """CSV files and the `datapackage.json` that describes them (Frictionless Data Package, profile tabular)."""
    ours = {"datapackage.json", *(f"{table.name}.csv" for table in tables)}
    if folder.is_dir() and {p.name for p in folder.iterdir()} - ours - {"unmatched.csv"}:
        raise NotOurs(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    counts, resources, done = {}, [], []
    with ExitStack() as undo:
        for table in tables:
            place = folder / f"{table.name}.csv"
            part = folder / f".{table.name}.part"
            undo.callback(part.unlink, missing_ok=True)
            counts[table.name] = _stream("csv", part, table)
            resources.append(_resource(table, part))
            done.append((part, place))
        about = {"name": "releve", "profile": "tabular-data-package", "resources": resources}
        told = folder / ".datapackage.part"
        told.write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        for part, place in [*done, (told, folder / "datapackage.json")]:
            part.replace(place)
    return counts


def _resource(table: Table, file: Path) -> dict[str, object]:
    schema: dict[str, object] = {
        "fields": [{"name": name, "type": _FRICTIONLESS[kind]} for name, kind in table.columns.items()],
        "missingValues": [""],
    }
    if table.key:
        schema["primaryKey"] = list(table.key)
    with file.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    return {
        "name": table.name,
        "path": f"{table.name}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.stat().st_size,
        "hash": f"sha256:{digest}",
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\n"},
        "schema": schema,
    }


def _quoted(name: str) -> str:
    return name.replace('"', '""')
