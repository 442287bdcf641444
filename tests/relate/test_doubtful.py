"""Facts too doubtful to be told are left out, and counted; what is inferred of the others is said."""

from __future__ import annotations

import pytest

import pipeline
from pipeline import relate
from pipeline.records import Release

TEXT = """Nolvar s'agrandit à Dole

Dole, le 4 mars 2025 – Le fabricant Nolvar investit 12 millions d'euros à Dole et créera 40 emplois d'ici 2027.

Le secteur pèse 3 milliards d'euros. La Région a donné 2 M€ pour la route, et la ville refait la place du marché.
"""


def read(monkeypatch: pytest.MonkeyPatch, doubtful: float, telling: float) -> tuple[Release, int]:
    monkeypatch.setattr(relate, "DOUBTFUL", doubtful)
    monkeypatch.setattr(relate, "TELLING", telling)
    release = pipeline.extract(TEXT)
    return release, sum(w.count for w in release.warnings if w.code == "doubtful_facts")


def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    everything, none = read(monkeypatch, 0, 0)
    assert none == 0
    confidences = sorted(f.confidence for f in everything.facts)
    assert len(confidences) >= 2, "the text tells too little for this test"
    between = (confidences[0] + confidences[-1]) / 2
    kept, left_out = read(monkeypatch, between, 0)
    assert [f.confidence >= between for f in kept.facts] == [True] * len(kept.facts)
    assert kept.facts
    assert len(kept.facts) + left_out == len(everything.facts)
    assert [f.id for f in kept.facts] == [f.id for f in everything.facts if f.confidence >= between]


def test_a_release_that_tells_nothing_surely_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    everything, _ = read(monkeypatch, 0, 0)
    release, left_out = read(monkeypatch, 0, 1.0)
    assert release.facts == ()
    assert left_out == len(everything.facts)


@pytest.mark.parametrize(("when", "reckoned"), [("septembre 2025", False), ("septembre", True)])
def test_a_fact_says_that_the_year_of_its_date_is_inferred(when: str, reckoned: bool) -> None:
    text = f"Nolvar investit 12 millions d'euros à Dole et recrutera 40 personnes. Ouverture en {when}.\n"
    release = pipeline.extract(text, "2025-03-04")
    dated = [f for f in release.facts if f.date and f.date.text == when]
    assert dated, "no fact took the date: the text tells too little for this test"
    assert all(("date_reckoned" in f.why) is reckoned for f in dated)
