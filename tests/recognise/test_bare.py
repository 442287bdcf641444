"""Numbers without a unit, and people counted: figures where the text means figures."""

from __future__ import annotations

import pytest

import pipeline
from benchmarks.bench import CORPUS
from pipeline.corpus import plain_text, read_folder
from pipeline.recognise import bare


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("Le groupe a réalisé 48 M€ de chiffre d'affaires en 2024, contre 35 en 2023.", [48e6, 35e6]),
        ("La société investit 12 millions d'euros, dont 5 à Dole.", [12e6, 5e6]),
        ("La société investit 12 millions d'euros en 18 mois.", [12e6]),
        ("Le chiffre d'affaires atteint 12 M€ en 2024, avec 35 magasins.", [12e6]),
    ],
)
def test_a_number_may_borrow_the_unit_of_a_sum(text: str, sums: list[float]) -> None:
    assert [a.value for a in pipeline.extract(text, "2025-03-04").amounts] == sums


@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        ("L'usine créera 650 emplois, dont 360 à Caen.", [650, 360]),
        ("L'usine emploie 650 salariés depuis 2012.", [650]),
        ("Le festival a reçu 30 000 personnes en trois jours.", []),
    ],
)
def test_a_number_may_stand_for_jobs(text: str, jobs: list[int]) -> None:
    assert [j.value for j in pipeline.extract(text, "2025-03-04").jobs] == jobs


def test_numbers_weighed_together_are_read_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one number turns out to be is heard by those behind it, in the same batch and in the next."""
    texts = [plain_text(release) for release in read_folder(CORPUS, ("train",)).values()]
    together = [pipeline.extract(text, "2025-03-04") for text in texts]
    monkeypatch.setattr(bare, "AT_ONCE", 1)
    assert [pipeline.extract(text, "2025-03-04") for text in texts] == together
    borrowed = [a for release in together for a in (*release.amounts, *release.jobs) if a.rule == "bare"]
    assert len(borrowed) > 10
