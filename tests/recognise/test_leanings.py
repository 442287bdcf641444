"""The model's odds tell of names that it took, of those it nearly took, and of one name in several places."""

import pytest

from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.entity import Entity
from pipeline.recognise.names.leanings import Leanings
from pipeline.recognise.names.spans import Span

TEXT = "Nolvar s'installe à Dole. Le site de Nolvar emploie dix personnes."


@pytest.fixture(scope="module")
def engine():
    return Engine.load()


def told(engine: Engine, *found: Entity) -> list[list[str]]:
    """Features of "Nolvar", of "Dole", and of "Nolvar" again."""
    context, _ = engine.context(Document(TEXT), list(found))
    spans = [Span(n, n + 1) for n, word in enumerate(context.tokens.words) if word in ("Nolvar", "Dole")]
    keys = [context.tokens.keys[s.first] for s in spans]
    leanings = Leanings(context, spans, keys)
    return [leanings.features(s, k) for s, k in zip(spans, keys, strict=True)]


def test_a_hesitation_is_no_entity_but_leaves_its_odds(engine):
    context, _ = engine.context(Document(TEXT), [Entity(0, 6, "", (("FIRM", 0.3),)), Entity(20, 24, "LOC")])
    assert [e.label for e in context.entities] == ["LOC"]
    assert [e.odds for e in context.hesitations] == [(("FIRM", 0.3),)]


def test_odds_are_told_in_steps(engine):
    first, dole, _ = told(engine, Entity(0, 6, "", (("FIRM", 0.3), ("PER", 0.05))))
    assert {"lean=FIRM3", "lean=PER1", "lean2=FIRM3>PER1"} <= set(first)
    assert dole == ["lean=none|none"]


def test_a_name_has_its_mean_over_the_text(engine):
    first, _, second = told(engine, Entity(0, 6, "FIRM", (("FIRM", 0.9),)))
    assert {"mean=FIRM4", "lean=FIRM6"} <= set(first)
    assert "mean=FIRM4" in second
    assert "lean=FIRM6" not in second


def test_without_odds_a_name_leans_nowhere(engine):
    assert all(features[0] == "lean=none|none" for features in told(engine, Entity(0, 6, "FIRM")))
