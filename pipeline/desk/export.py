"""Facts and mentions out of a store, joined with the desk's own list of firms where there is one."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from pipeline.desk.tables import Table, beside, write_files, write_stream
from pipeline.readers.encoding import BinaryError, decode
from pipeline.sinks import FlatRows
from pipeline.store import Store, events
from pipeline.store.reading import FACT_COLUMNS, MENTION_COLUMNS, Row, fact_rows, mention_rows, snapshot

_NAMES: Final = ("company_key", "company", "name")  # the column of a list by which firms are known, else its first
_SIGNS: Final = ",;\t|"


class Keys(Protocol):
    """What knows firms by their names: a store, or a folder of parts."""

    @property
    def rows(self) -> FlatRows: ...


class ListError(ValueError):
    """A list of firms, or a table to be taken back, that cannot be used: `code` empty, binary or columns."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass
class Firms:
    """The desk's own list of firms: what it says of each, by company_key, and what of it was met."""

    columns: dict[str, str]  # a column of the list → its name in the export
    by_key: dict[str, dict[str, str]]
    names: dict[str, str]
    doubled: list[str]
    met: set[str] = field(default_factory=set)
    strangers: dict[str, str] = field(default_factory=dict)  # firms of the store that the list does not have

    @classmethod
    def read(cls, data: bytes, store: Keys) -> Firms:
        """From a CSV of any encoding and separator, whose first line names its columns; ListError when it is none.

        A firm is known by the column "company_key", "company" or "name", else by the first. A column whose name the
        export has already comes out with "list_" before it.
        """
        header, rows = read_table(data)
        known = next((header.index(name) for name in _NAMES if name in header), 0)
        columns = {name: f"list_{name}" if name in FACT_COLUMNS else name for name in header}
        firms = cls(columns, {}, {}, [])
        for _, row in rows:
            name = row[header[known]].strip()
            key = store.rows.company_key(name)
            if not key:
                continue
            if key in firms.by_key:
                firms.doubled.append(name)
                continue
            firms.by_key[key], firms.names[key] = row, name
        return firms

    def join(self, row: Row) -> Row:
        """A fact's row with what the list says of its firm."""
        key, name = row["company_key"], row["company"]
        found = self.by_key.get(str(key)) if key else None
        if found is not None:
            self.met.add(str(key))
        elif key:
            self.strangers.setdefault(str(key), str(name))
        cells: Row = {new: (found[old] or None) if found else None for old, new in self.columns.items()}
        return {**row, **cells}

    def missed(self) -> list[str]:
        """The names of the list of which no exported fact tells."""
        return [name for key, name in self.names.items() if key not in self.met]

    def report(self) -> Table:
        """What matched nothing, on either side."""
        columns = {"side": str, "company_key": str, "name": str}
        rows: list[Row] = [
            {"side": "list", "company_key": key, "name": name}
            for key, name in self.names.items()
            if key not in self.met
        ]
        rows += [{"side": "store", "company_key": key, "name": name} for key, name in sorted(self.strangers.items())]
        return Table("unmatched", columns, rows)


def read_table(data: bytes) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """A CSV's column names, and its rows with the numbers of their lines; ListError when it is none.

    Any encoding; the separator is the one that the first line has most of. Short rows are filled up.
    """
    try:
        text = decode(data).removeprefix("\ufeff")
    except BinaryError:
        raise ListError("binary") from None
    first = text.split("\n", 1)[0]
    if not first.strip():
        raise ListError("empty")
    sign = max(_SIGNS, key=first.count)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # a quote may be as long as its release
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    try:
        header = [name.strip() for name in next(reader)]
    except (csv.Error, StopIteration) as error:
        raise ListError("columns", str(error)) from error
    if len(set(header)) != len(header) or not all(header):
        raise ListError("columns", " ".join(header)[:200])

    def rows() -> Iterator[tuple[int, dict[str, str]]]:
        line = reader.line_num + 1
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    filled = cells + [""] * (len(header) - len(cells))
                    yield line, dict(zip(header, filled, strict=False))
                line = reader.line_num + 1
        except csv.Error as error:
            raise ListError("columns", str(error)) from error

    return header, rows()


def export(
    store: Store,
    form: str,
    path: Path | None,
    stream: BinaryIO,
    *,
    reviewed: bool = False,
    since: datetime.date | None = None,
    firms: Firms | None = None,
    mentions: bool = True,
) -> dict[str, int]:
    """Write the facts of a store, and beside them the mentions, as `write` does; all of it read at one moment."""
    events.refresh(store)
    with snapshot(store):
        found = mention_rows(store, reviewed=reviewed, since=since) if mentions else None
        return write(form, path, stream, fact_rows(store, reviewed=reviewed, since=since), found, firms)


def write(
    form: str,
    path: Path | None,
    stream: BinaryIO,
    facts: Iterator[Row],
    mentions: Iterator[Row] | None,
    firms: Firms | None = None,
) -> dict[str, int]:
    """Write facts, and beside them mentions; how many rows of each.

    Without `path` the facts alone go to `stream`, as JSON Lines or CSV. With `firms`, a further file lists what
    matched nothing. Errors as `write_files` has them.
    """
    columns = dict(FACT_COLUMNS)
    if firms is not None:
        facts = map(firms.join, facts)
        columns |= dict.fromkeys(firms.columns.values(), str)
    tables = [Table("facts", columns, facts, ("release_id", "fact_id"))]
    if path is None:
        return {"facts": write_stream(form, stream, tables[0])}
    if mentions is not None:
        tables.append(Table("mentions", MENTION_COLUMNS, mentions))
    counts = write_files(form, path, tables)
    if firms is not None:
        report = (
            path / "unmatched.csv" if form == "datapackage" else beside(path, "unmatched", ".csv").with_suffix(".csv")
        )
        with report.open("wb") as out:
            counts["unmatched"] = write_stream("csv-excel" if form == "csv-excel" else "csv", out, firms.report())
    return counts
