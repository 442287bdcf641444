"""A false record cannot be built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.records import Amount, Date, Fact, Period, Power, Release, Span, json_schema

TEXT = "Evroc investit 4 millions d'euros à Mougins en 2025."
AMOUNT = {"start": 15, "end": 33, "text": "4 millions d'euros", "value": 4_000_000, "currency": "EUR"}
EVIDENCE = {"start": 0, "end": len(TEXT), "text": TEXT}


def release(**changes: Any) -> Release:
    record: dict[str, Any] = {
        "schema": "releve/1",
        "id": "0" * 16,
        "source": {"uri": "a.txt", "media_type": "text/plain", "sha256": "0" * 64},
        "language": "fr",
        "text": TEXT,
        "companies": [{"start": 0, "end": 5, "text": "Evroc", "name": "Evroc"}],
        "amounts": [AMOUNT],
        "engine": "test",
    }
    return Release.model_validate_json(json.dumps({**record, **changes}))


def fact(**changes: Any) -> dict[str, Any]:
    base = {"id": "f", "company": "Evroc", "action": "invest", "status": "planned", "evidence": EVIDENCE}
    return {**base, "confidence": 0.5, **changes}


def test_a_true_record_goes_to_json_and_back() -> None:
    one = release(facts=[fact(amount=AMOUNT)])
    assert Release.model_validate_json(one.to_json()) == one
    line = json.loads(one.to_json())
    assert line["schema"] == "releve/1"
    assert line["published"] is None
    assert line["facts"][0]["amount"]["max"] is None


@pytest.mark.parametrize(
    "changes",
    [
        {"companies": [{"start": 1, "end": 6, "text": "Evroc", "name": "Evroc"}]},  # false offset
        {"companies": [{"start": 0, "end": 4, "text": "Evroc", "name": "Evroc"}]},  # false length
        {"companies": [{"start": 0, "end": 0, "text": "", "name": ""}]},  # no words
        {"amounts": [{**AMOUNT, "value": -1}]},
        {"amounts": [{**AMOUNT, "max": 5_000_000}]},  # max without a range
        {"amounts": [{**AMOUNT, "bound": "range"}]},  # a range without max
        {"amounts": [{**AMOUNT, "bound": "range", "max": 1}]},  # backwards
        {"amounts": [{**AMOUNT, "currency": "euros"}]},
        {"amounts": [{**AMOUNT, "colour": "red"}]},  # unknown key
        {"amounts": [{**AMOUNT, "value": "4000000"}]},  # a number as text
        {"facts": [fact(company="Sesterce")]},  # a firm the release doesn't have
        {"facts": [fact(), fact()]},  # one id twice
        {"facts": [fact(confidence=1.2)]},
        {"facts": [fact(revenue={**AMOUNT, "role": "investment"})]},
        {"facts": [fact(evidence={**EVIDENCE, "start": 1})]},
        {"schema": "releve/2"},
        {"language": None},
        {"unknown": 1},
    ],
)
def test_a_false_record_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        release(**changes)


def test_records_are_frozen() -> None:
    with pytest.raises(ValidationError):
        release().text = "other"


def test_infinite_and_backward_values_are_refused() -> None:
    with pytest.raises(ValidationError):
        Power(start=0, end=1, text="1", megawatts=float("inf"))
    with pytest.raises(ValidationError):
        Date.model_validate_json('{"start":0,"end":4,"text":"2025","first":"2025-12-31","last":"2025-01-01"}')
    with pytest.raises(ValidationError):
        Span(start=3, end=1, text="ab")


def test_an_inferred_period_has_no_span() -> None:
    one = fact(date={"start": None, "end": None, "text": None, "first": "2026-01-01", "last": "2026-12-31"})
    date = release(facts=[one]).facts[0].date
    assert isinstance(date, Period)
    assert date.start is None


def test_mentions_come_in_the_order_of_the_text() -> None:
    assert [m.start for m in release().mentions()] == [0, 15]


def test_amount_value_is_its_figure() -> None:
    assert Amount(**AMOUNT).figure == 4_000_000
    assert isinstance(release(facts=[fact()]).facts[0], Fact)


def test_committed_schema_is_that_of_the_code() -> None:
    committed = Path(__file__).parent.parent / "docs" / "schema.json"
    assert json.loads(committed.read_text(encoding="utf-8")) == json_schema()
