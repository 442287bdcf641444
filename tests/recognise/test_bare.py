"""Numbers without a unit, and people counted: figures where the text means figures."""

from __future__ import annotations

import numpy as np
import pytest

import pipeline
from benchmarks.bench import CORPUS
from pipeline.corpus import plain_text, read_folder
from pipeline.document import tokenise
from pipeline.engine import Engine
from pipeline.readers import document_of
from pipeline.recognise import bare


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("Le groupe a réalisé 48 M€ de chiffre d'affaires en 2024, contre 35 en 2023.", [48e6, 35e6]),
        ("La société investit 12 millions d'euros, dont 5 à Dole.", [12e6, 5e6]),
        ("La société investit 12 millions d'euros en 18 mois.", [12e6]),
        ("Le chiffre d'affaires atteint 12 M€ en 2024, avec 35 magasins.", [12e6]),
        ("Les fonds ont placé 40 M€. On a compté 77 opérations en avril, contre 76 en mars.", [40e6]),
        (
            "Une aide de 300 000 € va à Tolbec (13,6 M€ de recettes), de Brou (28), qui investit 1,5 M€.",
            [3e5, 13.6e6, 1.5e6],
        ),
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


@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        ("L'usine emploie 650 salariés. Il restera 320 personnes environ.", [("320 personnes", 320, None)]),
        ("Le site compte 650 salariés et propose 70 contrats.", [("70 contrats", 70, None)]),
        ("Le site compte 650 salariés ; 90 autres arrivent.", [("90 autres", 90, None)]),
        ("L'usine supprime 650 emplois, dont 20 à 30 à Caen.", [("20 à 30", 20, 30)]),
        ("L'usine supprime 650 emplois, de 20 à 30 à Caen.", [("20", 20, None), ("30", 30, None)]),
        ("L'usine supprime 650 emplois, entre 20 et 30 à Caen.", [("20 et 30", 20, 30)]),
        ("L'usine supprime 650 emplois, dont 80 à Caen.", [("80", 80, None)]),
        ("L'usine supprime 650 emplois, dont quatre-vingt à Caen.", [("quatre-vingt", 80, None)]),
    ],
)
def test_a_number_is_read_with_its_noun_and_both_its_ends(
    engine: Engine, text: str, jobs: list[tuple[str, float, float | None]]
) -> None:
    """If every number behind the first figure were one."""

    class Sure:
        def choose_each(self, decisions: list[list[object]]) -> list[np.ndarray]:
            return [np.eye(len(d))[1] for d in decisions]

        def choose(self, candidates: list[object]) -> np.ndarray:
            return np.eye(len(candidates))[1]

    context, _ = engine.context(document_of(text), [])
    known = engine.recognisers.figures.with_unit(context)
    first = [f for f in known if f.low == 650]
    found = bare.BareReader(Sure()).find(context, first)  # type: ignore[arg-type]
    tokens = context.tokens
    assert [(text[tokens.starts[f.first] : tokens.ends[f.last - 1]], f.low, f.high) for f in found] == jobs


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("De Brou (28) à Sainte-Florine (43) et La Roche-sur-Yon (85).", ["28", "43", "85"]),
        ("Brou (28) et Arzal-le-Neuf (57)", ["28", "57"]),  # a town unknown, in a text that writes departments so
        ("Brou (28) et Béziers (17)", ["28"]),  # Béziers is of another
        ("Arzal-le-Neuf (57), Béziers (17)", []),
        ("les ventes de Brou(28), de Paris (75 M€), le modèle (28), Brou (2", ["28"]),
        ("de Bazoche-Gouet (28)", ["28"]),  # without the article of La Bazoche-Gouet
        ("(28)", []),
    ],
)
def test_numbers_of_departments_are_told_by_their_towns(engine: Engine, text: str, numbers: list[str]) -> None:
    tokens = tokenise(text)
    found = engine.recognisers.departments.find(tokens)
    assert [tokens.words[at] for at in sorted(found)] == numbers


@pytest.mark.parametrize(("odds", "read"), [((0.3, 0.6, 0.1), [35e6]), ((0.4, 0.45, 0.15), [])])
def test_a_number_is_a_figure_where_that_is_more_probable_than_not(
    engine: Engine, odds: tuple[float, ...], read: list[float]
) -> None:
    class Undecided:
        def choose_each(self, decisions: list[object]) -> list[np.ndarray]:
            return [np.array(odds) for _ in decisions]

    context, _ = engine.context(document_of("48 M€ de ventes, contre 35."), [])
    known = engine.recognisers.figures.with_unit(context)
    found = bare.BareReader(Undecided()).find(context, known)  # type: ignore[arg-type]
    assert [figure.low for figure in found] == read


def test_numbers_weighed_together_are_read_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one number turns out to be is heard by those behind it, in the same batch and in the next."""
    texts = [plain_text(release) for release in read_folder(CORPUS, ("train",)).values()]
    together = [pipeline.extract(text, "2025-03-04") for text in texts]
    monkeypatch.setattr(bare, "AT_ONCE", 1)
    assert [pipeline.extract(text, "2025-03-04") for text in texts] == together
    borrowed = [a for release in together for a in (*release.amounts, *release.jobs) if a.rule == "bare"]
    assert len(borrowed) > 10
