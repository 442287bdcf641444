"""An exported table, corrected in a spreadsheet, comes back as decisions; what cannot is told by its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.cli_desk import _verdicts
from pipeline.desk.corrections import Taken, take_back
from pipeline.desk.export import ListError, export
from pipeline.store import Kept, Reading, Store, decisions, facts, ledger, reading
from tests.store.conftest import told

Edit = Callable[[list[dict[str, str]]], None]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    record = told("a.txt", ("Evroc", "investit", 40.5, "Mougins"), ("Umami", "investit", 2, "Lyon"), power=96)
    with Store.open(tmp_path / "s.db", create=True) as store:
        ledger.write(store, Reading("a.txt", record.source.sha256, [record]), "e1")
        yield store


def back(store: Store, edit: Edit, form: str = "csv") -> Taken:
    out = io.BytesIO()
    export(store, form, None, out)
    text = out.getvalue().decode("utf-8-sig")
    sign = ";" if form == "csv-excel" else ","
    rows = list(csv.DictReader(io.StringIO(text), delimiter=sign))
    edit(rows)
    again = io.StringIO()
    writer = csv.DictWriter(again, rows[0], delimiter=sign)
    writer.writeheader()
    writer.writerows(rows)
    return take_back(store, again.getvalue().encode(), "Anne", _verdicts())


def kept(store: Store) -> list[Kept]:
    return facts.of_source(store, 1)


@pytest.mark.parametrize("form", ["csv", "csv-excel"])
def test_an_unchanged_table_decides_nothing(store: Store, form: str) -> None:
    taken = back(store, lambda rows: None, form)
    assert (taken.unchanged, dict(taken.decisions), taken.troubles) == (2, {}, [])
    assert not decisions.audit(store)


def test_what_a_spreadsheet_does_to_cells_is_no_correction(store: Store) -> None:
    def spoil(rows: list[dict[str, str]]) -> None:
        rows[0]["place_code"] = rows[0]["place_code"].lstrip("0")
        rows[0]["published"] = "03/03/2025"
        rows[0]["amount"] = "40 500 000,00"
        rows[1]["confidence"] = "0,80"

    assert back(store, spoil, "csv-excel").unchanged == 2


def test_changed_cells_are_corrections_in_their_words(store: Store) -> None:
    def edit(rows: list[dict[str, str]]) -> None:
        rows[0] |= {
            "amount": "44000000",
            "place": "Nice",
            "jobs": "12",
            "date_from": "2025-04-01",
            "company": "Evroc AB",
        }
        rows[1] |= {"power_mw": "", "status": "done", "place": "Mougins"}

    taken = back(store, edit)
    assert (dict(taken.decisions), taken.troubles) == ({"correct": 2}, [])
    one, two = (k.fact for k in kept(store))
    assert one.amount is not None
    assert (one.company, one.amount.value, one.amount.text) == ("Evroc AB", 44e6, "40.5 M€")
    assert one.jobs is not None
    assert (one.jobs.value, one.jobs.text) == (12, one.evidence.text)
    assert [(p.name, p.code, p.country) for p in one.places] == [("Nice", "06088", "FR")]
    assert one.date is not None
    assert (str(one.date.first), str(one.date.last)) == ("2025-04-01", "2025-04-01")
    assert (two.power, two.status, two.places[0].code, two.places[0].text) == (None, "done", "06085", "Mougins")
    row = next(reading.fact_rows(store, reviewed=True))
    assert (row["company_key"], row["department_code"], row["reviewed"]) == ("evroc", "06", "corrected")


def test_reviewed_accepts_and_rejects_in_both_languages(store: Store) -> None:
    def edit(rows: list[dict[str, str]]) -> None:
        rows[0]["reviewed"], rows[1]["reviewed"] = "Oui", "rejected"

    assert dict(back(store, edit).decisions) == {"accept": 1, "reject": 1}
    assert [k.state for k in kept(store)] == ["accepted", "rejected"]
    assert [(d.who, d.action) for d in decisions.audit(store)] == [("Anne", "accept"), ("Anne", "reject")]


def test_a_row_without_an_id_adds_what_its_quote_says(store: Store) -> None:
    def edit(rows: list[dict[str, str]]) -> None:
        new = dict.fromkeys(rows[0], "") | {
            "release_id": rows[0]["release_id"], "quote": "Umami investit", "company": "Umami", "action": "open",
            "status": "done", "amount": "2000000", "reviewed": "",
        }  # fmt: skip
        rows.append(new)
        rows.append(new | {"quote": "jamais dit"})

    taken = back(store, edit)
    assert dict(taken.decisions) == {"add": 1}
    assert [(t.line, t.code) for t in taken.troubles] == [(5, "quote")]
    added = next(k for k in kept(store) if k.state == "added")
    assert added.fact.amount is not None
    assert (added.fact.amount.text, added.fact.amount.role, added.fact.company) == ("2 M€", "investment", "Umami")


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"amount": "beaucoup"}, "number"),
        ({"date_from": "demain"}, "date"),
        ({"action": "danser"}, "value"),
        ({"amount": "-4"}, "value"),
        ({"amount_max": "1"}, "value"),
        ({"reviewed": "bof"}, "verdict"),
        ({"fact_id": "x"}, "no_fact"),
    ],
)
def test_a_bad_row_is_told_and_costs_the_others_nothing(store: Store, cells: dict[str, str], code: str) -> None:
    def edit(rows: list[dict[str, str]]) -> None:
        rows[0] |= cells
        rows[1]["reviewed"] = "ok"

    taken = back(store, edit)
    assert [(t.line, t.code) for t in taken.troubles] == [(2, code)]
    assert dict(taken.decisions) == {"accept": 1}
    assert kept(store)[0].state is None


def test_what_somebody_decided_since_the_export_is_left_alone(store: Store) -> None:
    def edit(rows: list[dict[str, str]]) -> None:
        decisions.decide(store, 1, rows[0]["fact_id"], "reject", "Luc")
        rows[0]["amount"] = "1"

    taken = back(store, edit)
    assert [t.code for t in taken.troubles] == ["conflict"]
    assert kept(store)[0].state == "rejected"


def test_a_table_that_is_none_is_told(store: Store) -> None:
    with pytest.raises(ListError):
        take_back(store, b"a;b\n1;2\n", "Anne", {})
