"""Our counting is that of the contract's scorer: its output on committed predictions, number for number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpus import CorpusError, plain_text, read_folder, read_release
from pipeline.evaluate import Scores, floors, score

DATA = Path(__file__).parent / "data" / "scoring"
CORPUS = Path(__file__).parent.parent / "corpus"
# One of them has gold and no prediction: the scorer counts it as having found nothing.
NAMES = (
    "batteries-recyclage-2025",
    "numerique-ouest-embauches-2022",
    "equasens-s1-2023",
    "escaudain-data4-2025",
    "carnet-vendee-juin-2025",
    "open-startup-nantes-2023",
    "rwe-ao-cre-2024",
    "akka-mazet-focal-2011",
)


@pytest.fixture(scope="module")
def scores() -> Scores:
    lines = (DATA / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    records: dict[str, Any] = {Path(r["source"]["uri"]).stem: r for r in map(json.loads, lines)}
    golds = {name: read_release(CORPUS / "releases" / f"{name}.release") for name in sorted(NAMES)}
    return score(golds, records)


def test_every_number_is_the_scorers(scores: Scores) -> None:
    assert scores.results() == json.loads((DATA / "expected.json").read_text(encoding="utf-8"))


def test_the_table_is_the_scorers(scores: Scores) -> None:
    assert scores.table() == (DATA / "expected.txt").read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize("kind", ["amount", "place", "facts"])
def test_errors_name_the_same_mentions(scores: Scores, kind: str) -> None:
    ours = scores.errors[kind]
    theirs = (DATA / f"errors-{kind}.txt").read_text(encoding="utf-8").splitlines()
    assert [e.split(" {")[0] for e in ours] == [e.split(" {")[0] for e in theirs]


def test_compare_tells_gains_and_losses(scores: Scores) -> None:
    earlier = json.loads(scores.to_json())
    assert scores.compare(earlier) == "no difference"
    earlier["amount"]["f1"] = 0.5
    earlier["errors"]["amount"] = ["- somewhere: '3 M€'", *earlier["errors"]["amount"]]
    told = scores.compare(earlier)
    assert "F1 0.500 →" in told
    assert "gone amount: - somewhere: '3 M€'" in told


def test_floors(scores: Scores) -> None:
    assert floors(["amount=0.9", "ALL MENTIONS=0.5"]) == {"amount": 0.9, "ALL MENTIONS": 0.5}
    assert scores.below({"amount": 1.01})
    assert not scores.below({"amount": 0.0})
    with pytest.raises(ValueError, match="nothing of this kind"):
        scores.below({"nonsense": 0.5})
    with pytest.raises(ValueError, match="KIND=F1"):
        floors(["amount"])


def test_the_plain_text_says_when_it_was_published() -> None:
    release = read_release(CORPUS / "releases" / "akka-mazet-focal-2011.release")
    assert plain_text(release).startswith("Publié le 05/09/2011\n\nLyon")
    golden = read_release(CORPUS / "releases" / "provence-ia-2025.release")
    assert plain_text(golden) == golden.text + "\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("published: 2020-01-01\n---\nx\n", "parts"),
        ("url: none\n---\nx\n---\n[]\n", "published"),
        ("published: 2020-01-01\n---\n<company>A<place>B</place></company>\n---\n[]\n", "inside"),
        ("published: 2020-01-01\n---\nA</company>\n---\n[]\n", "closes nothing"),
        ("published: 2020-01-01\n---\n<company>A\n---\n[]\n", "not closed"),
        ("published: 2020-01-01\n---\nA\n---\n- a: [\n", "bad.release"),
    ],
)
def test_a_malformed_release_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "bad.release"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=reason) as caught:
        read_release(path)
    assert "\n" not in str(caught.value)
    assert "bad.release" in str(caught.value)


def test_an_unknown_split_or_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no split 'nothing'"):
        read_folder(CORPUS / "releases", ["nothing"])
    with pytest.raises(CorpusError, match="no annotated releases"):
        read_folder(tmp_path)
