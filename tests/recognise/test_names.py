"""Names: what rules decide, what is learned, and what a place's name stands for."""

from __future__ import annotations

import pytest

import pipeline
from pipeline.records import Release


def read(text: str) -> Release:
    return pipeline.extract(text, "2025-03-04")


def firms(text: str) -> list[str]:
    return [c.text for c in read(text).companies]


def test_common_words_written_small_elsewhere_are_no_firm() -> None:
    text = "Sommet pour l'Intelligence Artificielle\n\nL'intelligence artificielle attire les investisseurs à Lyon."
    assert "Intelligence Artificielle" not in firms(text)


def test_the_head_of_an_item_with_a_country_in_brackets_is_a_firm() -> None:
    release = read("Les projets retenus :\n• Zelvaro (Suède), spécialiste du cloud, a choisi Mougins pour son usine.")
    assert [(c.text, c.country) for c in release.companies] == [("Zelvaro", "SE")]


def test_a_name_that_ends_as_events_do_is_no_firm() -> None:
    assert "Lyon Hydrogen Summit" not in firms("L'usine sera présentée au Lyon Hydrogen Summit, le 3 avril.")


def test_one_name_is_one_firm_in_all_its_forms() -> None:
    text = "Figeac Aéro embauche\n\nLe groupe Figeac Aéro recrute 40 salariés. Pour Figeac Aéro, c'est une première."
    assert {c.name for c in read(text).companies} == {"Figeac Aéro"}


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("L'usine s'installe à Saint-Denis (93), près de Paris.", "Saint-Denis", "93066"),
        ("L'usine s'installe à Saint-Denis (974), à La Réunion.", "Saint-Denis", "97411"),
        ("Un site de 3 000 m² ouvre à Mougins.", "Mougins", "06085"),
    ],
)
def test_a_commune_is_told_from_its_namesakes(text: str, name: str, code: str) -> None:
    assert (name, code) in {(p.name, p.code) for p in read(text).places}
