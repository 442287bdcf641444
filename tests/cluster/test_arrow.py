"""Arrow batches in, Arrow batches out: what a row is called, what it holds, and that it is read as ever."""

from __future__ import annotations

import datetime
import json

import pyarrow as pa
import pytest

from pipeline.cluster import SCHEMA, records
from pipeline.cluster.arrow import FACT
from pipeline.engine import Engine
from pipeline.readers import Readers
from pipeline.readers.layout import Layout
from pipeline.run import Processor, Source
from pipeline.sinks import COLUMNS

TEXT = "Evroc investit 4 milliards d’euros à Mougins.\n\nIl créera 300 emplois l’an prochain.\n"


@pytest.fixture(scope="module")
def processor(engine: Engine) -> Processor:
    return Processor(engine, Readers(Layout.load()))


def rows(processor: Processor, *given: dict[str, object]) -> list[dict[str, object]]:
    return [r for b in records(pa.Table.from_pylist(list(given)).to_batches(), processor) for r in b.to_pylist()]


def test_a_row_is_read_by_the_names_of_its_columns(processor: Processor) -> None:
    day = datetime.date(2024, 5, 1)
    (row,) = rows(processor, {"Identifiant": 7, "texte": TEXT, "Publié le": day, "titre": "Une usine"})
    assert (row["source"], row["uri"], row["member"], row["outcome"]) == ("7", "7", 0, "record")
    assert (row["published"], row["title"]) == (day, "Une usine")
    record = json.loads(str(row["record"]))
    assert record["text"].split("\n")[0] == TEXT.split("\n")[0]
    assert [f["company"] for f in row["facts"]][:1] == ["Evroc"]  # type: ignore[attr-defined]
    assert [f["amount"] for f in row["facts"]][:1] == [4e9]  # type: ignore[attr-defined]


def test_bytes_are_read_as_the_file_they_are(processor: Processor) -> None:
    page = f"<html><body><article><p>{TEXT}</p></article></body></html>".encode()
    (row,) = rows(processor, {"uri": "a.html", "content": page})
    ((plain,),) = processor.by_source([Source("a.html", data=page)])
    assert row["record"] == plain.to_json()  # type: ignore[union-attr]


def test_what_cannot_be_read_comes_out_with_its_reason_and_costs_nothing_to_the_others(processor: Processor) -> None:
    found = rows(processor, {"id": "a", "text": None}, {"id": "b", "text": TEXT}, {"id": "c", "text": " "})
    assert [(r["uri"], r["outcome"], r["code"]) for r in found] == [
        ("a", "refused", "no_text_field"),
        ("b", "record", None),
        ("c", "refused", "no_text_field"),
    ]


def test_rows_without_a_name_have_that_of_their_content(processor: Processor) -> None:
    one, other, again = rows(processor, {"text": TEXT}, {"text": "Rien."}, {"text": TEXT})
    assert one["source"] == again["source"] != other["source"]


def test_the_facts_have_the_columns_of_the_contract() -> None:
    assert [field.name for field in FACT] == list(COLUMNS)
    assert not [field for field in SCHEMA if "large" in str(field.type)]  # which other engines do not all know
