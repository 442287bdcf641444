"""What people decide: kept, undone, carried over to the next reading, and never overwritten unseen."""

from __future__ import annotations

import sqlite3

import pytest

from pipeline.readers import Refusal
from pipeline.records import Fact, Release
from pipeline.store import Conflict, DecisionError, Kept, Reading, Store, decisions, facts, ledger, reading
from tests.store.conftest import Clock, told

LYON = ("Evroc", "investit", 40, "Lyon")
NANTES = ("Umami", "investit", 5, "Nantes")
AUTRE = ("Autre", "investit", 7, "Mougins")


def put(store: Store, record: Release, engine: str = "e1") -> None:
    assert record.source.uri is not None
    ledger.write(store, Reading(record.source.uri, record.source.sha256, [record]), engine)


def kept(store: Store, source: int = 1) -> list[Kept]:
    return facts.of_source(store, source)


def states(store: Store) -> list[tuple[str | None, str | None, float | None, bool]]:
    return [(k.fact.company, k.state, k.fact.amount and k.fact.amount.value, k.look) for k in kept(store)]


def with_amount(fact: Fact, value: float) -> Fact:
    assert fact.amount is not None
    return fact.model_copy(update={"amount": fact.amount.model_copy(update={"value": value})})


def test_decisions_change_what_stands_and_are_told_with_before_and_after(store: Store, clock: Clock) -> None:
    put(store, told("a.txt", LYON, NANTES, AUTRE))
    first, second, third = kept(store)
    decisions.decide(store, 1, first.fact_id, "accept", "Anne")
    decisions.decide(store, 1, second.fact_id, "reject", "Anne", note="pas un fait")
    number = decisions.decide(store, 1, third.fact_id, "correct", "Luc", fact=with_amount(third.fact, 9e6))
    assert states(store) == [
        ("Evroc", "accepted", 40e6, False),
        ("Umami", "rejected", 5e6, False),
        ("Autre", "corrected", 9e6, False),
    ]
    (entry,) = decisions.history(store, 1, third.fact_id)
    assert (entry.id, entry.who, entry.action, entry.engine) == (number, "Luc", "correct", "e1")
    assert entry.at == "2025-03-03T06:30:00Z"
    assert entry.before is not None
    assert entry.after is not None
    assert entry.before == (None, third.fact)
    assert entry.after[1].amount is not None
    assert entry.after[1].amount.value == 9e6
    assert [d.note for d in decisions.audit(store)] == [None, "pas un fait", None]
    rows = list(reading.fact_rows(store, reviewed=True))
    assert [(r["company"], r["amount"], r["reviewed"], r["decision"]) for r in rows] == [
        ("Evroc", 40e6, "accepted", 1),
        ("Autre", 9e6, "corrected", 3),
    ]
    assert [r["company"] for r in reading.fact_rows(store)] == ["Evroc", "Autre"]


def test_undo_goes_back_step_by_step_and_is_an_entry_too(store: Store) -> None:
    put(store, told("a.txt", LYON))
    (one,) = kept(store)
    accept = decisions.decide(store, 1, one.fact_id, "accept", "Anne")
    correct = decisions.decide(store, 1, one.fact_id, "correct", "Anne", fact=with_amount(one.fact, 9e6))
    with pytest.raises(DecisionError, match="not_last"):
        decisions.undo(store, accept, "Anne")
    decisions.undo(store, correct, "Luc")
    assert states(store) == [("Evroc", "accepted", 40e6, False)]
    with pytest.raises(DecisionError):
        decisions.undo(store, correct, "Luc")
    decisions.undo(store, accept, "Luc")
    assert states(store) == [("Evroc", None, 40e6, False)]
    assert [d.action for d in decisions.history(store, 1, one.fact_id)] == ["accept", "correct", "undo", "undo"]


def test_the_audit_cannot_be_rewritten(store: Store) -> None:
    put(store, told("a.txt", LYON))
    decisions.decide(store, 1, kept(store)[0].fact_id, "accept", "Anne")
    for statement in ("UPDATE decision SET who = 'x'", "DELETE FROM decision"):
        with pytest.raises(sqlite3.IntegrityError, match="kept"):
            store.connection.execute(statement)


def test_two_people_do_not_overwrite_each_other(store: Store) -> None:
    put(store, told("a.txt", LYON))
    (one,) = kept(store)
    with Store.open(store.path) as other:
        first = decisions.decide(other, 1, one.fact_id, "accept", "Anne", expects=None)
        with pytest.raises(Conflict) as error:
            decisions.decide(store, 1, one.fact_id, "reject", "Luc", expects=None)
        assert error.value.latest == first
        decisions.decide(store, 1, one.fact_id, "reject", "Luc", expects=first)
    assert states(store) == [("Evroc", "rejected", 40e6, False)]


def test_an_added_fact_stands_and_its_undoing_takes_it_away(store: Store) -> None:
    record = told("a.txt", LYON, NANTES)
    put(store, record.model_copy(update={"facts": record.facts[:1]}))
    fact_id, number = decisions.add(store, 1, record.facts[1], "Anne")
    assert states(store) == [("Evroc", None, 40e6, False), ("Umami", "added", 5e6, False)]
    twin, _ = decisions.add(store, 1, record.facts[1], "Anne")
    assert twin != fact_id
    decisions.undo(store, number, "Anne")
    assert [k.fact_id for k in kept(store)][1:] == [twin]
    rejected = decisions.decide(store, 1, twin, "reject", "Anne")
    decisions.decide(store, 1, twin, "accept", "Anne", expects=rejected)
    assert kept(store)[1].state == "added"
    wrong = record.facts[1].model_copy(
        update={
            "evidence": record.facts[0].evidence.model_copy(
                update={"start": 1, "end": 1 + len(record.facts[0].evidence.text)}
            )
        }
    )
    with pytest.raises(DecisionError, match="misplaced"):
        decisions.add(store, 1, wrong, "Anne")


def test_decisions_stay_with_facts_that_still_stand_in_a_changed_text(store: Store, clock: Clock) -> None:
    put(store, told("a.txt", LYON, NANTES, AUTRE))
    one, two, three = kept(store)
    decisions.decide(store, 1, one.fact_id, "accept", "Anne")
    decisions.decide(store, 1, two.fact_id, "reject", "Anne")
    decisions.decide(store, 1, three.fact_id, "correct", "Anne", fact=with_amount(three.fact, 9e6))
    clock.moment = clock.moment.replace(day=9)
    put(store, told("a.txt", LYON, NANTES, AUTRE, head="Une ligne de plus.\n"), "e2")
    assert states(store) == [
        ("Evroc", "accepted", 40e6, False),
        ("Umami", "rejected", 5e6, False),
        ("Autre", "corrected", 9e6, False),
    ]
    text = store.release(2).text
    for now in kept(store):
        assert facts.misplaced(now.fact, text) is None
        assert now.version == 2
        assert now.first_seen.startswith("2025-03-03")
    assert kept(store)[0].fact_id != one.fact_id  # the text is another, and its facts have other ids
    assert [d.action for d in decisions.history(store, 1, kept(store)[0].fact_id)] == ["accept"]
    decisions.undo(store, 1, "Luc")
    assert states(store)[0] == ("Evroc", None, 40e6, False)


def test_a_figure_read_otherwise_brings_both_back_for_a_look(store: Store) -> None:
    put(store, told("a.txt", LYON, NANTES))
    decisions.decide(store, 1, kept(store)[0].fact_id, "accept", "Anne")
    again = told("a.txt", LYON, NANTES)
    again = again.model_copy(update={"facts": (with_amount(again.facts[0], 4e6), again.facts[1])})
    put(store, again, "e2")
    assert sorted(states(store), key=str) == [
        ("Evroc", "accepted", 40e6, True),
        ("Evroc", None, 4e6, True),
        ("Umami", None, 5e6, False),
    ]
    old = next(k for k in kept(store) if k.state)
    assert store.release(old.version).engine == "test"
    assert old.version == 1  # with the record it was decided on
    put(store, told("a.txt", LYON, NANTES), "e3")  # read as before: nothing is left to look at
    assert states(store) == [("Evroc", "accepted", 40e6, False), ("Umami", None, 5e6, False)]


def test_the_engine_that_reads_what_a_person_wrote_agrees(store: Store) -> None:
    put(store, told("a.txt", LYON))
    decisions.decide(store, 1, kept(store)[0].fact_id, "correct", "Anne", fact=with_amount(kept(store)[0].fact, 4e6))
    again = told("a.txt", LYON)
    put(store, again.model_copy(update={"facts": (with_amount(again.facts[0], 4e6),)}), "e2")
    assert states(store) == [("Evroc", "corrected", 4e6, False)]


def test_another_status_keeps_the_decision_and_asks_for_a_look(store: Store) -> None:
    put(store, told("a.txt", LYON))
    decisions.decide(store, 1, kept(store)[0].fact_id, "accept", "Anne")
    put(store, told("a.txt", LYON, status="done"), "e2")
    assert states(store) == [("Evroc", "accepted", 40e6, True)]
    put(store, told("a.txt", LYON, status="done"), "e3")
    assert states(store) == [("Evroc", "accepted", 40e6, True)]  # nobody has looked yet
    decisions.decide(store, 1, kept(store)[0].fact_id, "accept", "Anne")
    assert states(store) == [("Evroc", "accepted", 40e6, False)]


def test_what_a_person_holds_against_the_new_reading_stands(store: Store) -> None:
    put(store, told("a.txt", LYON))
    decisions.decide(store, 1, kept(store)[0].fact_id, "accept", "Anne")
    again = told("a.txt", LYON)
    again = again.model_copy(update={"facts": (with_amount(again.facts[0], 4e6),)})
    put(store, again, "e2")
    old, new = sorted(kept(store), key=lambda k: k.state is None)
    decisions.decide(store, 1, old.fact_id, "accept", "Anne")
    decisions.decide(store, 1, new.fact_id, "reject", "Anne")
    put(store, again, "e3")
    assert sorted(states(store), key=str) == [("Evroc", "added", 40e6, False), ("Evroc", "rejected", 4e6, False)]
    assert {k.version for k in kept(store)} == {3}


def test_of_equal_facts_the_decision_stays_with_the_nearest(store: Store) -> None:
    put(store, told("a.txt", LYON, NANTES, LYON))
    decisions.decide(store, 1, kept(store)[2].fact_id, "reject", "Anne")
    put(store, told("a.txt", LYON, NANTES, LYON, head="Plus. "), "e2")
    assert [k.state for k in kept(store)] == [None, None, "rejected"]


def test_decided_facts_outlive_their_release(store: Store) -> None:
    put(store, told("a.txt", LYON, NANTES))
    decisions.decide(store, 1, kept(store)[0].fact_id, "accept", "Anne")
    ledger.write(store, Reading("a.txt", "1" * 64, [Refusal("a.txt", "binary")]), "e1")
    assert states(store) == [("Evroc", "accepted", 40e6, True)]
    put(store, told("a.txt", LYON, NANTES))
    assert states(store) == [("Evroc", "accepted", 40e6, False), ("Umami", None, 5e6, False)]


def test_an_added_fact_stands_as_long_as_its_words_do(store: Store) -> None:
    record = told("a.txt", LYON, NANTES)
    put(store, record.model_copy(update={"facts": record.facts[:1]}))
    decisions.add(store, 1, record.facts[1], "Anne")
    moved = told("a.txt", LYON, NANTES, head="Avant. ")
    put(store, moved.model_copy(update={"facts": ()}))
    assert states(store) == [("Umami", "added", 5e6, False)]
    assert facts.misplaced(kept(store)[0].fact, moved.text) is None
    put(store, told("a.txt", LYON))
    assert ("Umami", "added", 5e6, True) in states(store)
