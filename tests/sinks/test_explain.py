"""What is told of a fact's making: exact points, rules resolved, and lines that keep to the terminal."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from pipeline.corpus import read_folder
from pipeline.engine import Engine
from pipeline.records import Release
from pipeline.sinks.explain import Explainer
from pipeline.sinks.origins import Origins
from rules import Rules, load
from rules.messages import Messages

WEIGHTS = {"actor_inferred": -0.4, "place_inherited": 0.5, "odds=fact": 0.5, "odds=actor": 0.3}


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load()


@pytest.fixture(scope="module")
def explainer(rules: Rules, say: Messages) -> Explainer:
    return Explainer(Origins(rules), WEIGHTS, say)


def test_points_are_what_the_confidence_would_be_without(explainer: Explainer, sample: Release) -> None:
    fact = sample.facts[0]
    found = {i.code: i for i in explainer.influences(fact)}
    score = math.log(fact.confidence / (1 - fact.confidence))
    assert found["actor_inferred"].points == round(fact.confidence - 1 / (1 + math.exp(-(score + 0.4))), 3)
    assert found["actor_inferred"].points < 0 < found["fact"].points
    assert found["actor"].points < 0  # less than an even chance
    assert found["action"].points == 0  # the confidence does not weigh it
    assert not found["place_inherited"].expected  # an inference that raises the confidence
    assert [i.points for i in explainer.influences(fact)] == sorted(i.points for i in found.values())


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_a_certain_fact_has_points_too(explainer: Explainer, sample: Release, confidence: float) -> None:
    fact = sample.facts[0].model_copy(update={"confidence": confidence})
    assert all(abs(i.points) < 0.01 for i in explainer.influences(fact))


@pytest.mark.parametrize("width", [80, 120])
def test_the_text_keeps_to_its_width_and_obeys_no_sign(explainer: Explainer, sample: Release, width: int) -> None:
    hostile = sample.model_copy(update={"title": "a\x1b[31mb\u202ec " + "long " * 60})
    text = explainer.text(hostile, width)
    assert max(map(len, text.splitlines())) <= width
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[U+001B]" in text
    for words in ("amounts.sum", "rules/amounts.toml:", "rules/gazetteers/SOURCES.md", "nobody.knows", "06085"):
        assert words in text


def test_a_lowering_is_told_and_so_is_what_goes_against_expectation(
    explainer: Explainer, sample: Release, say: Messages
) -> None:
    text = " ".join(explainer.text(sample, 140).split())
    assert f"{say('explain.lowered')} −9 points {say('why.actor_inferred')}" in text
    assert say("explain.unexpected", text=say("why.place_inherited"), x="+12 points") in text
    assert say("explain.no_reasons") in text  # the second fact


def test_json_holds_all_mentions_and_resolves_each_rule(explainer: Explainer, sample: Release) -> None:
    data = json.loads(explainer.json(sample))
    assert len(data["mentions"]) == len(sample.mentions())
    assert {m["rule"] for m in data["mentions"]} == set(data["rules"])
    assert [data["rules"][r]["kind"] for r in ("amounts.sum", "model", "places.gazetteer", "nobody.knows")] == [
        "rule",
        "model",
        "gazetteer",
        "unknown",
    ]
    assert data["facts"][0]["id"] == "a"
    assert data["warnings"][0]["told"]


def test_every_rule_has_its_line(rules: Rules) -> None:
    origins = Origins(rules)
    for name, _ in rules.rules():
        origin = origins.of(name)
        assert origin.line, name
        assert origin.examples
        assert origin.about


def test_a_release_without_anything_is_told(explainer: Explainer, sample: Release, say: Messages) -> None:
    bare = Release(id="r", source=sample.source, language="fr", text="x", engine="releve 0")
    assert say("show.no_facts") in explainer.text(bare, 80)
    assert json.loads(explainer.json(bare))["rules"] == {}


def test_whatever_the_engine_finds_has_an_origin(rules: Rules, engine: Engine) -> None:
    origins = Origins(rules)
    releases = read_folder(Path(__file__).parents[2] / "corpus" / "releases", ["dev"]).values()
    found = {m.rule for r in releases for m in engine.extract(r.text, r.published).mentions()}
    assert "bare" in found
    assert [rule for rule in found if origins.of(rule).kind == "unknown"] == []
