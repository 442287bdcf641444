"""Peers are read into records that the scorer takes, with what they find counted as the whole period it names."""

from __future__ import annotations

import datetime

import pytest

from benchmarks.peers import dateparser_search, period, spacy_ner

TEXT = "Renault a ouvert une usine à Douai en mars 2024, puis une autre le 12 mai 2024. Elle embauchera en 2026."


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ((2024, 2, None), "2024-02-01", "2024-02-29"),
        ((2025, None, None), "2025-01-01", "2025-12-31"),
        ((2025, 3, 7), "2025-03-07", "2025-03-07"),
    ],
)
def test_a_period_is_whole(day: tuple[int, int | None, int | None], first: str, last: str) -> None:
    assert period(*day) == {"first": first, "last": last}


def test_dates_found_by_search_are_at_their_words() -> None:
    kinds, read = dateparser_search()
    (record,) = read([(TEXT, datetime.date(2024, 5, 13))])
    assert kinds == ("date",)
    assert all(TEXT[d["start"] : d["end"]] == d["text"] for d in record["dates"])
    assert [(d["first"], d["last"]) for d in record["dates"]] == [
        ("2024-03-01", "2024-03-31"),
        ("2024-05-12", "2024-05-12"),
        ("2026-01-01", "2026-12-31"),
    ]


def test_names_of_the_shipped_recogniser_go_to_their_lists() -> None:
    kinds, read = spacy_ner()
    (record,) = read([(TEXT, datetime.date(2024, 5, 13))])
    assert kinds == ("company", "place")
    assert "Douai" in [p["text"] for p in record["places"]]
    assert all(TEXT[m["start"] : m["end"]] == m["text"] for m in [*record["places"], *record["companies"]])
