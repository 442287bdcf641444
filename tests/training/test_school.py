"""What a release teaches: all decisions, but those that its split is kept apart from."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from pipeline.corpus import read_folder
from pipeline.training import choices
from pipeline.training.choices import School
from pipeline.training.examples import Decided

CORPUS = Path(__file__).parents[2] / "corpus" / "releases"


def test_a_release_teaches_no_decision_that_it_is_kept_apart_from(monkeypatch: pytest.MonkeyPatch) -> None:
    releases = list(read_folder(CORPUS, ["train"]).values())[:2]
    kept, other = (r.name for r in releases)
    monkeypatch.setattr(choices, "learn", list)
    school = School(releases, {kept: [], other: []}, 2, core={other}, apart={"amount_role": {kept}, "actor": {kept}})
    nothing_found: dict[str, list[Decided]] = {kept: [], other: []}
    taught: list[Decided] = [*school.mentions(releases), *school.facts(releases, nothing_found)]  # type: ignore[list-item]
    sources, times = defaultdict(set), {}
    for decision, instance in taught:
        sources[decision].add(instance.source)
        times[instance.source] = instance.times
    assert sources["amount_role"] == sources["actor"] == {other}
    assert sources["name"] == sources["merge"] == {kept, other}
    assert times == {kept: 1, other: choices.OF_CORE}
