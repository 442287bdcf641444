"""Which sentence tells what a firm does: taught by the rows of a release, chosen among all that name the firm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.choose import Scorer
from pipeline.corpus import Annotated, read_release
from pipeline.engine import Engine
from pipeline.relate.anchors import anchors
from pipeline.relate.linker import Thresholds, choose_tellers, repeated_values
from pipeline.relate.scene import Scene
from pipeline.relate.telling import tellers
from pipeline.training import facts
from pipeline.training.examples import gold_scene
from rules import load

ENGINE = Engine(load(), {}, {})
BODY = """<company name="Gavroul">Gavroul</company> fête ses dix ans

<company name="Gavroul">Gavroul</company> ouvre un atelier à <place kind="commune" name="Dole" dep="39">Dole</place>.\
 <company name="Brastec">Brastec</company> regarde. <company name="Gavroul">Gavroul</company> dit merci.\
 <company name="Nolvar">Nolvar</company> investit <amount value="7000000" currency="EUR" role="investment">7 M€</amount>.
---
- company: Gavroul
  action: open
  status: under_way
  places: [Dole]
- company: Nolvar
  action: invest
  status: under_way
  amount: {value: 7000000, currency: EUR}
"""
OPENS = {"word=ouvre..re": 9.0, "none": 2.0}


@pytest.fixture
def release(tmp_path: Path) -> Annotated:
    path = tmp_path / "x.release"
    path.write_text(f"published: 2025-03-04\ngenre: prose\n---\n{BODY}", encoding="utf-8")
    return read_release(path)


def by_weights(weights: dict[str, float]) -> Scorer:
    """A scorer that adds up some weights."""
    table = np.array([*weights.values(), 0.0], np.float32)[:, None]
    nothing = np.zeros(0, np.float32)
    return Scorer(
        {f: n for n, f in enumerate(weights)}, ("",), table, nothing, nothing[:, None], np.zeros(1, np.float32)
    )


def told(scene: Scene, weights: dict[str, float], limits: Thresholds) -> list[tuple[str, int]]:
    """(firm, sentence) of all that is told."""
    found = list(anchors(scene))
    chosen = choose_tellers(scene, {"telling": by_weights(weights)}, limits, found, set(), repeated_values(found))
    return [(a.member.name, a.sentence.index) for a, _ in chosen if a.member]


def test_a_release_teaches_which_of_a_firm_s_sentences_tells_its_row_or_that_none_does(release: Annotated) -> None:
    scene = gold_scene(ENGINE, release)
    taught = [one for decision, one in facts.instances(scene, release.facts) if decision == "telling"]
    by_firm = dict(zip(tellers(anchors(scene)), taught, strict=False))
    gavroul = by_firm["Gavroul"]
    assert len(gavroul.candidates) == 4
    assert [n for n, c in enumerate(gavroul.candidates) if "word=ouvre..re" in c] == gavroul.right == [1]
    assert by_firm["Brastec"].right == [len(by_firm["Brastec"].candidates) - 1]
    assert "none" in by_firm["Brastec"].candidates[-1]
    assert "Nolvar" not in by_firm, "its figure tells its row, and it is named nowhere else"


def test_one_sentence_tells_and_the_firms_of_which_none_does_are_silent(release: Annotated) -> None:
    scene = gold_scene(ENGINE, release)
    assert told(scene, OPENS, Thresholds()) == [("Gavroul", 1)]
    assert told(scene, OPENS | {"none": 30.0}, Thresholds()) == []


def test_where_a_figure_tells_the_row_the_sentence_is_not_asked_again(release: Annotated) -> None:
    scene = gold_scene(ENGINE, release)
    found = list(anchors(scene))
    weights = {"telling": by_weights({"none": -30.0})}
    asked = choose_tellers(scene, weights, Thresholds(), found, {(4, "Nolvar")}, repeated_values(found))
    assert {a.member.name for a, _ in asked if a.member} == {"Gavroul", "Brastec"}
