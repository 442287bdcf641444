"""The source article: the record of `provence-ia-2025.txt` held against its annotation and the facts it must give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import extract
from pipeline.corpus import read_release
from pipeline.evaluate import score
from pipeline.records import Fact, Release

CORPUS = Path(__file__).parent.parent / "corpus"
ARTICLE = CORPUS / "provence-ia-2025.txt"
ANNOTATED = CORPUS / "releases" / "provence-ia-2025.release"


@pytest.fixture(scope="module")
def release() -> Release:
    return extract(ARTICLE.read_text(encoding="utf-8"))


def find(release: Release, **wanted: Any) -> list[Fact]:
    """The facts of a company with a figure or place."""

    def fits(fact: Fact) -> bool:
        for name, value in wanted.items():
            if name == "place":
                if value not in [p.name for p in fact.places]:
                    return False
            elif name in ("company", "action", "status"):
                if getattr(fact, name) != value:
                    return False
            elif getattr(fact, name) is None or getattr(fact, name).figure != value:
                return False
        return True

    return [f for f in release.facts if fits(f)]


def test_the_annotation_is_of_this_text() -> None:
    assert read_release(ANNOTATED).text.strip() == ARTICLE.read_text(encoding="utf-8").strip()


def test_it_knows_its_title_and_days(release: Release) -> None:
    assert release.title is not None
    assert release.title.startswith("Sommet pour l’Action")
    assert str(release.published) == "2025-02-12"
    assert str(release.updated) == "2025-02-27"
    assert release.language == "fr"


def test_mentions(release: Release) -> None:
    gold = {"provence-ia-2025": read_release(ANNOTATED)}
    scores = json.loads(score(gold, {"provence-ia-2025": release.model_dump(mode="json")}).to_json())
    for kind in ("amount", "power", "area", "date"):
        assert scores[kind]["recall"] == 1.0, kind
    assert scores["company"]["recall"] >= 0.90
    assert scores["company"]["precision"] >= 0.80
    assert scores["place"]["f1"] >= 0.95
    assert scores["broken offsets"] == 0


def test_facts_the_article_is_known_for(release: Release) -> None:
    evroc = find(release, company="Evroc", power=96, place="Mougins")
    assert evroc
    assert evroc[0].amount is not None
    assert (evroc[0].amount.value, evroc[0].amount.bound) == (4_000_000_000, "at_most")
    digital = find(release, company="Digital Realty", amount=5_000_000_000)
    assert digital
    assert digital[0].amount is not None
    assert digital[0].amount.bound == "at_least"
    assert find(release, company="Sesterce", amount=52_000_000_000, place="France")
    apart = find(release, company="Sesterce", power=250, place="Provence-Alpes-Côte d'Azur")
    assert apart
    assert apart[0].amount is None
    assert find(release, company="Telehouse", amount=400_000_000)
    iadys = find(release, company="IADYS", amount=10_000_000)
    assert iadys
    assert iadys[0].date is not None
    assert str(iadys[0].date.first) == "2024-11-01"
    phocea = find(release, company="Phocea DC", amount=5_000_000)
    assert phocea
    assert phocea[0].date is not None
    assert phocea[0].date.first.year == 2024
    volta = find(release, company="Volta Medical", amount=36_000_000)
    assert volta
    assert volta[0].date is not None
    assert volta[0].date.first.year == 2023
    assert [f for f in release.facts if (f.company or "").startswith("3IA") and f.amount and f.amount.value == 20e6]
    assert find(release, company=None, amount=109_000_000_000)
