"""A folder of parts, taken into a ledger or exported as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from pipeline.cluster.parts import Parts
from pipeline.desk.batch import Tally, Watcher, count
from pipeline.readers import Refusal
from pipeline.records import Release
from pipeline.sinks import FlatRows
from pipeline.store import Reading, Store, events, ledger
from pipeline.store.base import flat_rows
from pipeline.store.reading import FACT_COLUMNS, LISTS, Row, mention_row


def take_in(store: Store, parts: Parts, watcher: Watcher, tally: Tally) -> None:
    """Every outcome of a folder into the ledger, with the engine that read it; one transaction for one source."""
    for engine, reading in readings(parts):
        tally.met += 1
        written = ledger.write(store, reading, engine)
        count(tally, reading.outcomes, written, watcher)
        watcher.step()
    events.refresh(store)


def readings(parts: Parts) -> Iterator[tuple[str, Reading]]:
    """(engine, what came of a source) in the order of the sources."""
    for table in parts.tables():
        number = 0

        def source(row: dict[str, Any]) -> int:
            nonlocal number
            number += int(row["member"] == 0)
            return number

        rows = (row for batch in table.to_batches(max_chunksize=256) for row in batch.to_pylist())
        for _, found in groupby(rows, source):
            members = list(found)
            first = members[0]
            outcomes = [_outcome(row) for row in members]
            yield first["engine"], Reading(first["source"], first["sha256"], outcomes, first["location"])


def _outcome(row: dict[str, Any]) -> Release | Refusal:
    if row["outcome"] == "record":
        return Release.model_validate_json(row["record"])
    return Refusal(row["uri"], row["code"], row["detail"] or "")


class Export:
    """What an export asks of a store, asked of a folder of parts: nothing in it is reviewed, or grouped into events."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def rows(self) -> FlatRows:
        return flat_rows()

    def facts(self) -> Iterator[Row]:
        blank: Row = {**dict.fromkeys(FACT_COLUMNS), "witnesses": 1, "look": 0}
        for table in self._parts.tables():
            for row in table.select(["facts", "engine"]).to_pylist():
                for fact in row["facts"]:
                    yield {**blank, **fact, "engine_version": row["engine"]}

    def mentions(self) -> Iterator[Row]:
        for table in self._parts.tables():
            for row in table.select(["record", "engine"]).drop_null().to_pylist():
                record = json.loads(row["record"])
                for kind in LISTS:
                    for entry in record[kind]:
                        yield mention_row(self.rows, record, kind, entry, row["engine"])
