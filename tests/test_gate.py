"""The accuracy gate: no floor is passed under, and none sinks or rises from nothing without a word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.engine import Engine
from pipeline.evaluate import Scores, evaluate_folder
from pipeline.gate import CORPUS, SPLIT, GateError, check, checksum, counts, read_baseline, updated


@pytest.fixture(scope="module")
def scores(engine: Engine) -> Scores:
    def extract(texts: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        for release in engine.extract_many((text, None) for _, text in texts):
            yield release.model_dump(mode="json")

    return evaluate_folder(CORPUS / "releases", SPLIT, extract)


def test_dev_is_above_its_floors(scores: Scores) -> None:
    assert check(read_baseline(CORPUS), scores, CORPUS) == []
    assert scores.broken == 0


def test_a_fall_is_noticed(scores: Scores) -> None:
    high = {"checksum": checksum(CORPUS), "floors": {"place": 0.999}}
    assert any("place" in line for line in check(high, scores, CORPUS))


def test_another_corpus_is_noticed(scores: Scores) -> None:
    assert any("corpus" in line for line in check({"checksum": "0", "floors": {}}, scores, CORPUS))


def test_a_kind_without_gold_has_no_floor(scores: Scores) -> None:
    odd = {"checksum": checksum(CORPUS), "floors": {"unicorns": 0.1}}
    assert any("no floor" in line for line in check(odd, scores, CORPUS))


def test_a_floor_that_was_taken_out_is_noticed(scores: Scores) -> None:
    baseline = read_baseline(CORPUS)
    less = {**baseline, "floors": {k: v for k, v in baseline["floors"].items() if k != "amount"}}
    assert check(less, scores, CORPUS) == ["amount: annotated, and without a floor"]


def test_the_floor_of_a_kind_whose_gold_is_gone_goes_only_by_name() -> None:
    with pytest.raises(GateError, match="nothing is annotated any more"):
        updated({"floors": {"energy": 0.9}}, Scores(), CORPUS, ())
    assert updated({"floors": {"energy": 0.9}}, Scores(), CORPUS, ("energy",))["floors"] == {}


def test_a_floor_sinks_only_by_name(scores: Scores) -> None:
    high = {"floors": {"place": 0.999}}
    with pytest.raises(GateError, match="place"):
        updated(high, scores, CORPUS, ())
    lowered = updated(high, scores, CORPUS, ("place",))["floors"]
    assert lowered["place"] < 0.999
    assert "company" in lowered


def test_the_baseline_is_of_this_corpus() -> None:
    baseline = json.loads((CORPUS / "baseline.json").read_text(encoding="utf-8"))
    assert baseline["checksum"] == checksum(CORPUS)
    assert baseline["floors"]["ALL MENTIONS"] >= 0.80


def test_the_data_sheet_counts_right() -> None:
    sheet = (CORPUS / "README.md").read_text(encoding="utf-8").splitlines()
    heading = next(n for n, line in enumerate(sheet) if line.startswith("| split |"))
    lines = counts(CORPUS)
    assert sheet[heading + 2 : heading + 3 + len(lines)] == [*lines, ""]
    columns = {line.split(" | ")[0].strip("| "): line.split(" | ")[1:4] for line in lines}
    assert columns["golden"][0] == "1"
    assert [columns[split][0] for split in ("train", "dev", "test")] == ["74", "28", "28"]
    assert columns["golden"][2] == "18", "facts of the source article"


def test_no_release_serves_two_splits() -> None:
    import tomllib

    splits = tomllib.loads((CORPUS / "splits.toml").read_text(encoding="utf-8"))
    names = [name for group in splits.values() for name in group]
    assert len(names) == len(set(names))
    assert set(names) == {p.stem for p in Path(CORPUS / "releases").glob("*.release")}
