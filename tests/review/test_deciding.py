"""Decisions from the page: saved at once, told, taken back, never over another's."""

from __future__ import annotations

import json
from collections.abc import Callable

from pipeline.store import Store, decisions
from tests.review.conftest import Page, fields, put, told


def event(answer: object, name: str = "saved") -> dict[str, object]:
    headers = answer.headers  # type: ignore[attr-defined]
    data = json.loads(headers.get("hx-trigger-after-settle") or headers["hx-trigger"])
    return dict(data[name])


def test_accept_and_reject_are_saved_and_told(page: Page) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon"), ("Borée", 5, "Nantes")))
    first, second = page.fact(source), page.fact(source, 1)
    answer = page.post(f"/fact/{source}/{first}/decide", action="accept", expects="")
    assert answer.status_code == 200
    assert "Accepted: Alba" in str(event(answer)["said"])
    assert (event(answer)["done"], event(answer)["total"]) == (1, 2)
    assert 'class="fact accepted' in answer.text
    page.post(f"/fact/{source}/{second}/decide", action="reject", expects="")
    assert (page.state(source, first), page.state(source, second)) == ("accepted", "rejected")
    entry = decisions.history(page.store, source, first)[-1]
    assert (entry.who, entry.action, entry.engine) == ("Anne", "accept", "e1")
    assert "Alba" in page.get("/audit").text


def test_without_scripts_a_decision_leads_on(page: Page) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon"), ("Borée", 5, "Nantes")))
    answer = page.client.post(
        f"/fact/{source}/{page.fact(source)}/decide",
        data={"sign": page.desk.keys.form, "action": "accept", "expects": ""},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    assert page.fact(source, 1) in answer.headers["location"]


def test_two_people_do_not_overwrite_each_other(page: Page, come_in: Callable[..., Page]) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    fact = page.fact(source)
    other = come_in("Bruno")
    other.post(f"/fact/{source}/{fact}/decide", action="reject", expects="")
    answer = page.post(f"/fact/{source}/{fact}/decide", action="accept", expects="")
    assert answer.status_code == 409
    assert "Bruno" in answer.text
    assert 'role="alert"' in answer.text
    assert page.state(source, fact) == "rejected"
    seen = fields(answer.text)["expects"]
    assert page.post(f"/fact/{source}/{fact}/decide", action="accept", expects=seen).status_code == 200
    assert page.state(source, fact) == "accepted"
    form = page.form_of(source, fact) | {"company": "Alba", "amount.value": "9", "expects": seen}
    assert page.post(f"/fact/{source}/{fact}/correct", **form).status_code == 409


def test_undo_takes_back_the_last_of_mine_and_leads_to_it(page: Page, come_in: Callable[..., Page]) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon"), ("Borée", 5, "Nantes")))
    first, second = page.fact(source), page.fact(source, 1)
    assert "Nothing to undo" in str(event(page.post("/undo"), "undone")["said"])
    page.post(f"/fact/{source}/{first}/decide", action="accept", expects="")
    come_in("Bruno").post(f"/fact/{source}/{second}/decide", action="accept", expects="")
    answer = event(page.post("/undo"), "undone")
    assert first in str(answer["go"])
    assert (page.state(source, first), page.state(source, second)) == (None, "accepted")
    assert "Nothing to undo" in str(event(page.post("/undo"), "undone")["said"])
    assert [d.action for d in decisions.audit(page.store)] == ["accept", "accept", "undo"]


def test_undo_says_when_somebody_decided_since(page: Page, come_in: Callable[..., Page]) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    fact = page.fact(source)
    page.post(f"/fact/{source}/{fact}/decide", action="accept", expects="")
    number = decisions.history(page.store, source, fact)[-1].id
    come_in("Bruno").post(f"/fact/{source}/{fact}/decide", action="reject", expects=str(number))
    assert "undo that one first" in str(event(page.post("/undo"), "undone")["said"])
    assert page.state(source, fact) == "rejected"


def test_exact_repeats_are_accepted_and_undone_together(page: Page) -> None:
    one = put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    two = put(page.store, told("b.txt", ("Alba", 3, "Lyon"), ("Alba", 4, "Lyon")))
    card = page.get(f"/fact/{one}/{page.fact(one)}").text
    assert "Accept with 1 identical one" in card
    assert "other witness" in card
    answer = page.post(f"/fact/{one}/{page.fact(one)}/together", expects="")
    assert "2 identical facts" in str(event(answer)["said"])
    assert (page.state(one, page.fact(one)), page.state(two, page.fact(two))) == ("accepted", "accepted")
    assert page.state(two, page.fact(two, 1)) is None
    assert "2 decisions" in str(event(page.post("/undo"), "undone")["said"])
    assert (page.state(one, page.fact(one)), page.state(two, page.fact(two))) == (None, None)


def test_what_is_read_otherwise_comes_back(page: Page) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    page.post(f"/fact/{source}/{page.fact(source)}/decide", action="accept", expects="")
    changed = told("a.txt", ("Alba", 3, "Lyon"))
    fact = changed.facts[0]
    amount = changed.amounts[0].model_copy(update={"value": 3000.0})
    read = changed.model_copy(update={"facts": (fact.model_copy(update={"amount": amount}),), "amounts": (amount,)})
    put(page.store, read, "e2")
    html = page.get(f"/release/{source}").text
    assert html.count('class="fact ') == 2
    assert "no longer reads this fact" in html
    assert "Read where a decided fact was read otherwise" in html
    assert "2 facts" in page.get("/queue?state=look").text


def test_a_decided_fact_that_changed_shows_both_readings(page: Page) -> None:
    first = told("a.txt", ("Alba", 3, "Lyon"))
    source = put(page.store, first)
    page.post(f"/fact/{source}/{page.fact(source)}/decide", action="accept", expects="")
    again = first.facts[0].model_copy(update={"status": "cancelled"})
    put(page.store, first.model_copy(update={"facts": (again,)}), "e2")
    card = page.get(f"/fact/{source}/{page.fact(source)}").text
    assert "reads this decided fact otherwise" in card
    assert "<td>announced</td><td>cancelled</td>" in card


def test_a_fact_that_has_gone_is_told(page: Page) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    assert page.post(f"/fact/{source}/none/decide", action="accept").status_code == 409
    assert page.get(f"/fact/{source}/none").status_code == 404
    assert page.get("/release/99").status_code == 404
    assert page.get("/release/x").status_code == 404
    assert page.post(f"/fact/{source}/{page.fact(source)}/decide", action="destroy").status_code == 400


def test_names_and_languages_are_kept(page: Page, store: Store) -> None:
    source = put(store, told("a.txt", ("Alba", 3, "Lyon")))
    page.post("/settings", live=False, who="Zoé <b>")
    page.post("/settings", live=False, language="fr")
    html = page.get("/").text
    assert '<html lang="fr">' in html
    assert "Zoé &lt;b&gt;" in html
    page.post(f"/fact/{source}/{page.fact(source)}/decide", action="accept", expects="")
    assert decisions.audit(store)[-1].who == "Zoé <b>"
