"""Each statement of `data/statements.toml` gives exactly its facts, those apart that are marked as known to fail."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from pipeline.corpus.annotation import fault_of_rows
from pipeline.document import matching_view
from pipeline.engine import Engine
from pipeline.evaluate.facts import FIGURES
from pipeline.records import Amount, Date, Fact, Jobs, Place, Span, Status
from tests.statements import TABLE, Statement, fault, faults, marked, read_table, summary

FLOOR, STATEMENTS = read_table()
CORPUS = Path(__file__).parent.parent / "corpus" / "releases"


def entry(statement: Statement) -> Any:
    known = [pytest.mark.xfail(reason=statement.fails, strict=True, raises=AssertionError)] if statement.fails else []
    return pytest.param(statement.id, id=statement.id, marks=known)


@pytest.fixture(scope="module")
def found(engine: Engine) -> dict[str, str | None]:
    return faults(engine, STATEMENTS)


@pytest.mark.parametrize("name", [entry(s) for s in STATEMENTS])
def test_statement(name: str, found: Mapping[str, str | None]) -> None:
    assert found[name] is None


def test_no_fewer_pass_than_before(found: Mapping[str, str | None]) -> None:
    assert sum(one is None for one in found.values()) >= FLOOR > 0, summary(STATEMENTS, found)


def test_the_table_is_large_and_a_third_tells_nothing() -> None:
    assert len(STATEMENTS) >= 150
    assert 3 * sum(not s.facts for s in STATEMENTS) >= len(STATEMENTS)
    assert len({s.id for s in STATEMENTS}) == len({s.text for s in STATEMENTS}) == len(STATEMENTS)
    assert {f["status"] for s in STATEMENTS for f in s.facts if "status" in f} == set(get_args(Status))


def as_row(fact: Mapping[str, Any]) -> dict[str, Any]:
    """A fact of the table as a row of the annotation guide."""
    row = {slot: value for slot, value in fact.items() if slot != "empty"}
    for slot in row:
        if slot in FIGURES and not isinstance(row[slot], Mapping):
            row[slot] = {"value": row[slot]}
    if "date" in row:
        row["date"] = dict(zip(("start", "end"), row["date"], strict=True))
    return row


def test_what_is_expected_is_well_formed_and_in_the_text() -> None:
    for statement in STATEMENTS:
        assert fault_of_rows([as_row(f) for f in statement.facts]) is None, statement.id
        for fact in statement.facts:
            assert not {"company", *fact} & set(fact.get("empty", ())), statement.id
            names = [fact.get("company", ""), *fact.get("places", ())]
            assert all(name.casefold() in statement.text.casefold() for name in names), statement.id


def test_its_firms_are_none_of_the_corpus() -> None:
    """Weights learned from the corpus have not seen them."""
    corpus = matching_view("\n".join(path.read_text(encoding="utf-8") for path in CORPUS.glob("*.release")))
    public = {"Région Occitanie"}
    firms = {f["company"] for s in STATEMENTS for f in s.facts if "company" in f} - public
    assert not [firm for firm in firms if matching_view(firm) in corpus]


# ---- How a fact is held against what is expected

TEXT = "Alba investira 5 M€ et créera 30 emplois à L’Isle-d’Abeau en 2026."


def at(words: str) -> dict[str, Any]:
    start = TEXT.index(words)
    return {"start": start, "end": start + len(words), "text": words}


FACT = Fact(
    id="1",
    company="Alba",
    action="invest",
    status="planned",
    amount=Amount(**at("5 M€"), value=5_000_000, currency="EUR", role="investment"),
    jobs=Jobs(**at("30 emplois"), value=30, role="created"),
    places=(Place(**at("L’Isle-d’Abeau"), name="L'Isle-d'Abeau", kind="commune"),),
    date=Date(**at("2026"), first=datetime.date(2026, 1, 1), last=datetime.date(2026, 12, 31)),
    evidence=Span(**at(TEXT)),
    confidence=1.0,
)
RIGHT = {"company": "Alba", "action": "open", "status": "planned", "amount": 5_000_000, "places": ["L’Isle-d’Abeau"]}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, None),
        ({"jobs": 30, "date": [datetime.date(2026, 1, 1), datetime.date(2026, 12, 31)], "empty": ["power"]}, None),
        ({"company": "Albane"}, "company: Alba instead of Albane"),
        ({"action": "close"}, "action: build instead of close"),
        ({"status": "done"}, "status: planned instead of done"),
        ({"amount": 6_000_000}, "amount: 5000000 instead of 6000000"),
        ({"amount": {"value": 5_000_000, "bound": "at_most"}}, "amount: 5000000 instead of 5000000 at_most"),
        ({"amount": {"value": 5_000_000, "currency": "USD"}}, "amount: 5000000 instead of 5000000 USD"),
        ({"power": 5}, "power: none instead of 5"),
        ({"places": []}, "places: L'Isle-d'Abeau instead of none"),
        ({"empty": ["jobs"]}, "jobs: 30 instead of none"),
        ({"date": [datetime.date(2026, 1, 1)] * 2}, "date: 2026-01-01 2026-12-31 instead of 2026-01-01 2026-01-01"),
    ],
)
def test_a_field_that_is_stated_is_compared(more: dict[str, Any], reason: str | None) -> None:
    assert fault([{**RIGHT, **more}], [FACT]) == reason


def test_who_is_unnamed_must_be_unnamed() -> None:
    assert fault([{"action": "invest"}], [FACT]) == "company: Alba instead of none"


def test_facts_are_compared_in_any_order_and_none_is_left_over() -> None:
    other = FACT.model_copy(update={"id": "2", "company": "Belo"})
    assert fault([RIGHT, {**RIGHT, "company": "Belo"}], [other, FACT]) is None
    assert fault([RIGHT], [FACT, other]) == "facts: 2 instead of 1"
    assert fault([], [FACT]) == "facts: 1 instead of 0"


# ---- The marks


def test_the_marks_of_the_table_are_as_the_command_writes_them() -> None:
    table = TABLE.read_text(encoding="utf-8")
    assert marked(table, {s.id: s.fails for s in STATEMENTS}, FLOOR) == table


def test_marks_are_renewed_and_nothing_else() -> None:
    table = 'floor = 3\n\n[[statement]]\nid = "a"\nfails = "old"\ntext = "x"\n\n[[statement]]\nid = "b"\ntext = "y"\n'
    assert marked(table, {"a": None, "b": 'a "b" \\ c'}, 9) == (
        "floor = 9\n\n"
        '[[statement]]\nid = "a"\ntext = "x"\n\n'
        '[[statement]]\nid = "b"\nfails = "a \\"b\\" \\\\ c"\ntext = "y"\n'
    )
