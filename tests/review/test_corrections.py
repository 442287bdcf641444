"""Corrections: what a form changes, what it leaves alone, and what it answers beside each field."""

from __future__ import annotations

import pytest

from pipeline.records import Fact
from pipeline.review import words
from pipeline.review.corrections import corrected, fields_of
from pipeline.store import facts
from rules.messages import Messages
from tests.review.conftest import Page, put, told

SAY = Messages.load("fr")
RELEASE = told(
    "a.txt", ("Alba", 3, "Lyon"), head="Le groupe Zéphyr parle de 4 à 5 M€ et de 96 MW à Dunkerque en mars 2026.\n"
)
FACT = RELEASE.facts[0]


def made(**changes: str) -> Fact:
    out = corrected(FACT, fields_of(FACT, SAY) | {k.replace("_", "."): v for k, v in changes.items()}, RELEASE, SAY)
    assert out.fact is not None, out.wrong
    assert facts.misplaced(out.fact, RELEASE.text) is None
    return out.fact


def test_a_form_left_alone_changes_nothing() -> None:
    assert made() == FACT


@pytest.mark.parametrize(
    ("typed", "value", "top", "bound"),
    [
        ("4 000 000,5", 4000000.5, None, "exact"),
        ("4\u202f000\u202f000", 4000000, None, "exact"),
        ("4 Md€", 4e9, None, "exact"),
        ("jusqu’à 4 milliards d’euros", 4e9, None, "at_most"),
        ("entre 4 et 5 millions d’euros", 4e6, 5e6, "range"),
    ],
)
def test_figures_as_people_write_them(typed: str, value: float, top: float | None, bound: str) -> None:
    amount = made(amount_value=typed).amount
    assert amount is not None
    assert (amount.value, amount.max, amount.bound) == (value, top, bound)
    assert amount.text == "3 M€"
    assert amount.role == "investment"


def test_words_of_the_text_fill_an_empty_figure() -> None:
    power = made(power_words="96 MW").power
    assert power is not None
    assert (power.megawatts, power.text) == (96, "96 MW")
    ranged = made(amount_value="", amount_words="4 à 5 M€").amount
    assert ranged is not None
    assert (ranged.value, ranged.max) == (4e6, 5e6)


def test_a_figure_that_is_cleared_goes() -> None:
    assert made(amount_value="").amount is None


def test_firms_places_and_days() -> None:
    fact = made(company="Zéphyr", date_words="mars 2026", **{"place_0": "Dunkerque (59183)", "place_1": "Bretagne"})
    assert fact.company == "Zéphyr"
    assert [(p.name, p.kind, p.code) for p in fact.places] == [
        ("Dunkerque", "commune", "59183"),
        ("Bretagne", "region", "53"),
    ]
    assert fact.date is not None
    assert (fact.date.first.isoformat(), fact.date.last.isoformat()) == ("2026-03-01", "2026-03-31")
    assert made(date_first="2026-01-02").date.last.isoformat() == "2026-01-02"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"amount.value": "beaucoup"}, "amount.value", "number"),
        ({"amount.value": "-3"}, "amount.value", "number"),
        ({"amount.value": "9" * 400}, "amount.value", "number"),
        ({"amount.bound": "range"}, "amount.max", "max_needed"),
        ({"amount.bound": "range", "amount.max": "1"}, "amount.max", "max_lower"),
        ({"amount.currency": "euro"}, "amount.currency", "currency"),
        ({"amount.role": "bribe"}, "amount.role", "choice"),
        ({"amount.bound": "roughly"}, "amount.bound", "choice"),
        ({"amount.words": "9 M€"}, "amount.words", "words"),
        ({"company": "Personne SA"}, "company", "company"),
        ({"action": "sing"}, "action", "choice"),
        ({"place.0": "Atlantis"}, "place.0", "place"),
        ({"place.0": "Saint-Denis"}, "place.0", "namesakes"),
        ({"date.first": "hier"}, "date.first", "date"),
        ({"date.first": "2026-02-01", "date.last": "2026-01-01"}, "date.last", "date_order"),
        ({"evidence.words": "jamais dit"}, "evidence.words", "words"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(changes: dict[str, str], where: str, code: str) -> None:
    out = corrected(FACT, fields_of(FACT, SAY) | changes, RELEASE, SAY)
    assert out.fact is None
    assert {name: wrong.code for name, wrong in out.wrong.items()} == {where: code}
    assert SAY(f"review.error.{code}", detail="x")


def test_words_are_found_with_other_blanks() -> None:
    assert words.nearest("a\r\nb  c", "b c", 0) == (3, 7)
    assert words.selected("xx a\r\nb", "a\nb", "3", "7") == (3, 7)
    assert words.selected("xx a\r\nb", "a\nb", "0", "7") is None
    assert words.selected("xx", "xx", "²", "9") is None


def test_the_page_tells_and_keeps_corrections(page: Page) -> None:
    source = put(page.store, RELEASE)
    fact = page.fact(source)
    form = page.form_of(source, fact)
    wrong = page.post(f"/fact/{source}/{fact}/correct", **(form | {"amount.value": "lots", "company": "Nobody Ltd"}))
    assert wrong.status_code == 422
    assert wrong.text.count('aria-invalid="true"') == 2
    assert 'value="Nobody Ltd"' in wrong.text
    live = page.post(f"/fact/{source}/{fact}/check", **(form | {"amount.value": "4 Md€"})).json()
    read = {"amount.value": "4,000,000,000 €", "place.0": "commune, INSEE 69123"}
    assert live == {"wrong": {}, "read": read}
    right = page.post(f"/fact/{source}/{fact}/correct", **(form | {"amount.value": "4 Md€"}))
    assert right.status_code == 200
    assert page.state(source, fact) == "corrected"
    assert "3,000,000 € → 4,000,000,000 €" in page.get("/audit").text


def test_a_missed_fact_is_added_from_its_words(page: Page) -> None:
    source = put(page.store, RELEASE)
    at = RELEASE.text.index("Le groupe")
    read = page.get(
        f"/read/{source}?slot=power&start={RELEASE.text.index('96')}&end={RELEASE.text.index('96') + 5}"
    ).json()
    assert read["power.value"] == "96"
    from tests.review.conftest import fields

    got = page.get(f"/new/{source}?start={at}&end={at + 68}", headers={"hx-request": "true"}).text
    form = fields(got) | {"company": "Zéphyr", "power.words": "96 MW", "action": "invest"}
    assert page.post(f"/new/{source}", **form).status_code == 200
    rows = page.store.connection.execute("SELECT * FROM fact WHERE state = 'added'").fetchall()
    assert [(r["company"], r["power_mw"]) for r in rows] == [("Zéphyr", 96)]
    empty = page.post(f"/new/{source}", **(form | {"evidence.words": ""}))
    assert empty.status_code == 422
    nothing = fields(page.get(f"/new/{source}", headers={"hx-request": "true"}).text)
    told_nothing = page.post(f"/new/{source}", **(nothing | {"evidence.words": "parle de"}))
    assert told_nothing.status_code == 422
    assert "at least who" in told_nothing.text


def test_places_are_completed(page: Page) -> None:
    options = page.get("/places?place.0=dunkerq").text
    assert 'value="Dunkerque (59183)"' in options
    assert page.get("/places?place.0=").text.strip() == ""
    assert page.get("/places").text.strip() == ""
