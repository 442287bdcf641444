"""Words cut at the end of a line."""

from __future__ import annotations

import pytest

from pipeline.readers.hyphens import Hyphens
from rules import load

HYPHENS = Hyphens(load())
MARGIN = "Le groupe y consacre près de"


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("6,9 mil-\nlions d’euros.", "6,9 millions\nd’euros."),
        ("Saint-\nMalo et Rennes", "Saint-Malo\net Rennes"),
        ("Pyrénées-\nAtlantiques.", "Pyrénées-Atlantiques."),
        ("l’ex-\nministre dit", "l’ex-ministre\ndit"),
        ("start-\nup de Lyon", "start-up\nde Lyon"),
        ("dit-\nil hier", "dit-il\nhier"),
        ("2023-\n2025 sur", "2023-2025\nsur"),
        ("DÉVELOPPE-\nMENT", "DÉVELOPPEMENT"),
        ("la mon-\ntée, puis", "la montée,\npuis"),
        ("un bio-\nréacteur, le bio-réacteur", "un bio-réacteur,\nle bio-réacteur"),
        ("trois -\nquatre", "trois -\nquatre"),
        ("un mot -\n\nautre", "un mot -\n\nautre"),
    ],
)
def test_join(cut: str, whole: str) -> None:
    assert HYPHENS.join(f"{MARGIN} {cut}") == f"{MARGIN} {whole}"


def test_short_lines_are_left() -> None:
    assert HYPHENS.join("Lyon-\nparis") == "Lyon-\nparis"


def test_a_word_alone_on_its_line_leaves_no_empty_line() -> None:
    assert HYPHENS.join(f"{MARGIN} 69 em-\nplois\n\nSuite") == f"{MARGIN} 69 emplois\n\nSuite"
