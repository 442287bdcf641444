"""Names that stand for several places: what is before them tells which."""

from __future__ import annotations

import pytest

import pipeline


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("L'usine est implantée dans la Marne, près d'un canal.", "department", "51"),
        ("L'atelier est bâti au bord de la Charente.", "other", None),
        ("Le cargo est arrivé au Port, à La Réunion.", "commune", "97407"),
        ("Le studio ouvre un bureau à Montréal.", "city", None),
        ("Le site de Bazoche-Gouet (28) ferme ses portes.", "commune", "28027"),
        ("Le site de Bazoche-Gouet (Eure-et-Loir) ferme ses portes.", "commune", "28027"),
    ],
)
def test_places(text: str, kind: str, code: str | None) -> None:
    place = pipeline.extract(text, "2025-03-04").places[0]
    assert (place.kind, place.code) == (kind, code)


@pytest.mark.parametrize(("town", "country"), [("Sarrebruck", "DE"), ("Waregem", "BE"), ("Udine", "IT")])
def test_towns_abroad_have_their_country(town: str, country: str) -> None:
    place = pipeline.extract(f"Le groupe a ouvert une usine à {town}, où il recrute.", "2025-03-04").places[0]
    assert (place.name, place.kind, place.country) == (town, "city", country)
