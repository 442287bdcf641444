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
    ],
)
def test_places(text: str, kind: str, code: str | None) -> None:
    place = pipeline.extract(text, "2025-03-04").places[0]
    assert (place.kind, place.code) == (kind, code)
