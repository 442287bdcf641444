"""Names: what rules decide, what is learned, and what a place's name stands for."""

from __future__ import annotations

import pytest

import pipeline
from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.recognise import Entity
from pipeline.recognise.names.spans import LONGEST
from pipeline.records import Release
from rules import load


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


def spans_of(text: str, *entities: Entity) -> list[tuple[int, int]]:
    engine = Engine(load(), {}, {})
    context, _ = engine.context(Document(text), list(entities))
    spans, _ = engine.recognisers.names.weighed(context)
    return [(s.first, s.last) for s in spans]


def test_a_name_as_long_as_the_text_is_none() -> None:
    text = "Nolvar" + " et Nolvar" * 60
    assert max(last - first for first, last in spans_of(text, Entity(0, len(text), "FIRM"))) <= LONGEST


def test_a_longer_name_is_not_looked_for_beyond_the_end() -> None:
    text = "nolvar services ouvre un site, dit Nolvar"
    assert all(last <= 8 for _, last in spans_of(text, Entity(0, 15, "FIRM"), Entity(35, 41, "FIRM")))
