"""The same fact told by several releases, whatever the order in which they come."""

from __future__ import annotations

import datetime
import itertools
import random

import pytest

from pipeline.records import Release
from pipeline.store import Reading, Store, decisions, events, facts, ledger, reading
from tests.store.conftest import DAY, told


def put(store: Store, *records: Release) -> None:
    for record in records:
        assert record.source.uri is not None
        ledger.write(store, Reading(record.source.uri, record.source.sha256, [record]), "e1")
    events.refresh(store)


def groups(store: Store) -> set[tuple[tuple[object, ...], ...]]:
    """Facts as (uri, millions), together by event."""
    found: dict[object, list[tuple[object, ...]]] = {}
    for row in reading.fact_rows(store):
        found.setdefault(row["event_id"], []).append((row["source_uri"], row["amount"] and row["amount"] / 1e6))
    return {tuple(sorted(group, key=str)) for group in found.values()}


def days(n: int) -> datetime.date:
    return DAY + datetime.timedelta(days=n)


def test_one_fact_in_three_releases_is_one_event_with_its_witnesses(store: Store) -> None:
    put(
        store,
        told("a.txt", ("Evroc", "investit", 40, "Lyon")),
        told("b.txt", ("EVROC SAS", "ouvre", 40, "Lyon"), action="open", published=days(3)),
        told("c.txt", ("Groupe Evroc", "agrandit", 40, None), action="expand", published=days(20)),
        told("d.txt", ("Evroc", "recrute", 40, "Lyon"), action="recruit"),
    )
    assert groups(store) == {(("a.txt", 40), ("b.txt", 40), ("c.txt", 40)), (("d.txt", 40),)}
    row = next(reading.fact_rows(store))
    assert (row["witnesses"], row["disagrees"]) == (3, None)
    assert [w.uri for w in events_of(store, row["event_id"])] == ["a.txt", "b.txt", "c.txt"]


def events_of(store: Store, event_id: object) -> list[reading.Witness]:
    return reading.witnesses(store, str(event_id))


def test_figures_that_differ_are_shown_side_by_side(store: Store) -> None:
    put(
        store,
        told("a.txt", ("Evroc", "ouvre", 40, "Lyon"), power=96),
        told("b.txt", ("Evroc", "ouvre", 40, "Lyon"), power=100, published=days(1)),
    )
    assert {(r["witnesses"], r["disagrees"]) for r in reading.fact_rows(store)} == {(2, "power_mw: 96 / 100")}
    assert reading.stats(store).disagreeing == 1


@pytest.mark.parametrize(
    ("other", "published"),
    [
        (("Evroc", "investit", 40, "Dunkerque"), DAY),  # elsewhere
        (("Evroc", "investit", 90, "Lyon"), DAY),  # more than twice as much
        (("Umami", "investit", 40, "Lyon"), DAY),  # somebody else
        (("Evroc", "investit", 40, "Lyon"), days(61)),  # too late
        (("Evroc", "investit", 50, None), DAY),  # neither the figure nor a place
    ],
)
def test_what_is_another_fact_stays_apart(
    store: Store, other: tuple[str, str, float, str | None], published: datetime.date
) -> None:
    put(store, told("a.txt", ("Evroc", "investit", 40, "Lyon")), told("b.txt", other, published=published))
    assert len(groups(store)) == 2


def test_two_facts_of_one_release_are_two_unless_nothing_differs(store: Store) -> None:
    put(
        store,
        told("a.txt", ("Evroc", "investit", 40, "Lyon"), ("Evroc", "ajoute", 42, "Lyon"), ("Evroc", "dit", 40, "Lyon")),
        told("b.txt", ("Evroc", "investit", 42, "Lyon")),
    )
    assert groups(store) == {(("a.txt", 40), ("a.txt", 40)), (("a.txt", 42), ("b.txt", 42))}


def test_events_do_not_depend_on_the_order_of_arrival(store: Store, tmp_path: object) -> None:
    towns = ["Lyon", "Dunkerque", None]
    records = [
        told(f"{n}.txt", ("Evroc", "investit", 10 * (1 + n % 4) + n % 3, towns[n % 3]), published=days(11 * n % 97))
        for n in range(24)
    ]
    put(store, *records)
    expected = {(r["source_uri"], r["event_id"]) for r in reading.fact_rows(store)}
    assert 1 < len({event for _, event in expected}) < len(expected)
    for seed, step in itertools.product(range(3), (1, 5)):
        random.Random(seed).shuffle(records)
        with Store.open(store.path.with_name(f"{seed}{step}.db"), create=True) as other:
            for at in range(0, len(records), step):
                put(other, *records[at : at + step])
            assert {(r["source_uri"], r["event_id"]) for r in reading.fact_rows(other)} == expected


def test_what_is_rejected_is_no_witness_and_what_is_corrected_counts_as_corrected(store: Store) -> None:
    put(
        store,
        told("a.txt", ("Evroc", "investit", 40, "Lyon")),
        told("b.txt", ("Evroc", "investit", 400, "Lyon")),
        told("c.txt", ("Evroc", "investit", 40, "Lyon")),
    )
    assert len(groups(store)) == 2
    (wrong,) = facts.of_source(store, 2)
    assert wrong.fact.amount is not None
    right = wrong.fact.model_copy(update={"amount": wrong.fact.amount.model_copy(update={"value": 40e6})})
    decisions.decide(store, 2, wrong.fact_id, "correct", "Anne", fact=right)
    decisions.decide(store, 3, facts.of_source(store, 3)[0].fact_id, "reject", "Anne")
    events.refresh(store)
    assert groups(store) == {(("a.txt", 40), ("b.txt", 40))}
    assert {r["witnesses"] for r in reading.fact_rows(store)} == {2}


def test_many_facts_of_one_firm_are_grouped_without_weighing_every_pair(store: Store) -> None:
    facts_told = [
        events.Told(
            n, f"r{n:05}", "f", 0, DAY, {"amount": 1.3 ** (n % 200)}, "EUR", (frozenset(), *[frozenset()] * 3), None
        )
        for n in range(5000)
    ]
    assert len(events.grouped(facts_told)) == 200
