"""Roles: what a figure hears of the lead of its list and of the names beside it."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.entity import Entity
from pipeline.recognise.roles import CueIndex, RoleChooser, features
from pipeline.records import AmountRole
from rules import load


def index_of(text: str, *entities: Entity) -> CueIndex:
    engine = Engine(load(), {}, {})
    context, _ = engine.context(Document(text), list(entities))
    return CueIndex(context, engine.recognisers.figures.with_unit(context))


def test_what_leads_to_a_list_is_heard_in_its_last_item() -> None:
    items = "\n".join(f"- Nolvar {n} : {n} M€" for n in range(2, 16))
    index = index_of(f"Le palmarès du mois\n\nLes levées de fonds de la semaine :\n\n{items}\n")
    blocks = [index.lead_cues(n, "amount_role") for n in range(2, 16)]
    assert "amount_role:funding" in blocks[0]
    assert blocks[-1] == blocks[0]
    assert index.lead_cues(0, "amount_role") == []


def test_the_names_beside_a_figure_are_those_of_its_block() -> None:
    text = "Nolvar grandit\n\nLa Région donne 3 M€ à Brastec, à Dole.\n\nPau suit."
    names = [("Nolvar", "FIRM"), ("Région", "ORG"), ("Brastec", "FIRM"), ("Pau", "LOC")]
    index = index_of(text, *(Entity(text.index(n), text.index(n) + len(n), label) for n, label in names))
    (figure,) = index.figures_in(0, 100)
    assert index.names_beside(figure) == [("<ORG", "near"), (">FIRM", "near")]


def test_names_of_other_blocks_are_not_beside_a_figure() -> None:
    text = "Nolvar grandit\n\nIl en coûte 3 M€ en tout.\n\nPau suit."
    index = index_of(text, Entity(0, 6, "FIRM"), Entity(text.index("Pau"), text.index("Pau") + 3, "LOC"))
    (figure,) = index.figures_in(0, 100)
    assert index.names_beside(figure) == []


def test_a_cell_hears_the_heading_of_its_column_only() -> None:
    text = (
        "Les dossiers votés\n\nEntreprise | Investissement | Subvention\nNolvar | 12 M€ | 3 M€\nBrastec | 8 M€ | 1 M€\n"
    )
    index = index_of(text)
    cues = [index.column_cues(f, "amount_role") for f in index.figures_in(0, 100)]
    assert ["investment" in " ".join(c) for c in cues] == [True, False, True, False]
    assert ["subsidy" in " ".join(c) for c in cues] == [False, True, False, True]


@pytest.mark.parametrize(
    ("heading", "roles"),
    [("Subvention", ["subsidy", "subsidy", "subsidy"]), ("Somme", ["subsidy", "investment", "subsidy"])],
)
def test_a_column_whose_heading_tells_a_role_has_one(heading: str, roles: list[str]) -> None:
    """By a scorer that takes one row for something else, less surely than the two others."""
    kinds = get_args(AmountRole)

    class Scorer:
        def classify(self, asked: list[list[str]]) -> np.ndarray:
            told = [("investment", 0.6) if "s<extens" in features else ("subsidy", 0.7) for features in asked]
            return np.array([[p if k == role else (1 - p) / 6 for k in kinds] for role, p in told])

    rows = "Nolvar | un four | 2 M€\nBrastec | extension | 3 M€\nZelvaro | une serre | 4 M€\n"
    engine = Engine(load(), {}, {})
    context, _ = engine.context(Document(f"Les dossiers votés\n\nEntreprise | Projet | {heading}\n{rows}"), [])
    chooser = RoleChooser({"amount_role": Scorer()})  # type: ignore[dict-item]
    assert chooser.roles(context, engine.recognisers.figures.with_unit(context)) == roles


def test_a_table_whose_first_row_has_figures_has_no_headings() -> None:
    index = index_of("Les dossiers votés\n\nSubvention | 12 M€ | Dole\nSubvention | 8 M€ | Gray\n")
    assert [index.column_cues(f, "amount_role") for f in index.figures_in(0, 100)] == [[], []]


def told_of(text: str) -> list[str]:
    engine = Engine(load(), {}, {})
    context, _ = engine.context(Document(text), [])
    index = CueIndex(context, engine.recognisers.figures.with_unit(context))
    (figure,) = index.figures_in(0, 100)
    return features(context, figure, index)


TITLED = "La cagnotte des jeunes pousses\n\nNolvar boucle un tour de table. Il pèse 12 M€.\n\nLe reste suit.\n"


def test_a_line_with_the_day_of_publication_is_no_part_of_the_title() -> None:
    told = [f for f in told_of(f"Publié le 12/02/2025\n\n{TITLED}") if f.startswith("title=")]
    assert told == [f for f in told_of(TITLED) if f.startswith("title=")]


def test_a_figure_hears_the_title_and_the_words_before_its_clause() -> None:
    told = told_of(TITLED)
    assert {"title=cagnot", "title=jeunes"} <= {*told}
    assert "p=table" in told
    assert not any(f.startswith("p=suit") for f in told)
