"""Our counting is that of the contract's scorer: its output on committed predictions, number for number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpus import CorpusError, plain_text, read_folder, read_release
from pipeline.evaluate import Scores, evaluate_folder, floors, read_earlier, score

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


@pytest.fixture(scope="module")
def altered() -> Scores:
    """What a reader altered: lines joined or left out, signs repaired, a line of navigation in front; ranges, energies,
    organisations called companies, rows of nobody, figures beside the point, and mentions whose words are not at their
    offsets. One record belongs to no release."""
    lines = (DATA / "altered.jsonl").read_text(encoding="utf-8").splitlines()
    records: dict[str, Any] = {Path(r["source"]["uri"]).stem: r for r in map(json.loads, lines)}
    known = [name for name in records if (CORPUS / "releases" / f"{name}.release").is_file()]
    return score({name: read_release(CORPUS / "releases" / f"{name}.release") for name in sorted(known)}, records)


def test_altered_texts_are_scored_as_the_scorer_does(altered: Scores) -> None:
    expected = json.loads((DATA / "altered.expected.json").read_text(encoding="utf-8"))
    figures = altered.results()
    assert figures == expected["figures"]
    assert figures["gold text aligned"] < 1.0
    assert figures["broken offsets"] > 0
    assert altered.table().splitlines() == expected["table"]
    for kind, errors in expected["errors"].items():
        assert altered.listing(kind) == [e.replace("{'@", "{'").replace(", '@", ", '") for e in errors], kind


def test_compare_tells_gains_and_losses(scores: Scores, tmp_path: Path) -> None:
    saved = tmp_path / "earlier.json"
    saved.write_text(scores.to_json(), encoding="utf-8")
    earlier = read_earlier(saved)
    assert scores.compare(earlier) == "no difference"
    twice = scores.errors["amount"][0]
    earlier["amount"]["f1"] = 0.5
    earlier["energy"]["f1"] = 1.0  # there is no energy now: nothing to be right or wrong about
    earlier["errors"]["amount"] += ["- somewhere: '3 M€'", twice]
    earlier["errors"]["facts"] = earlier["errors"]["facts"][1:]
    told = scores.compare(earlier).splitlines()
    assert told == [
        f"amount        F1 0.500 → {scores.results()['amount']['f1']:.3f}  (+0.272)",
        "energy        F1 1.000 →   –    (-1.000)",
        f"gone amount: {twice}",
        "gone amount: - somewhere: '3 M€'",
        f"new  facts: {scores.errors['facts'][0]}",
    ]


@pytest.mark.parametrize("text", ["", "[]", "3", '{"amount": {}}', "\ufeff{}"])
def test_what_is_no_earlier_run_is_told_in_one_line(tmp_path: Path, scores: Scores, text: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"old\.json: not the JSON of an earlier run") as caught:
        read_earlier(path)
    assert "\n" not in str(caught.value)
    path.write_text(json.dumps(scores.results()), encoding="utf-8")
    with pytest.raises(ValueError, match="it lists no errors"):  # the scorer's own JSON
        read_earlier(path)


def test_errors_are_listed_of_known_kinds_only(scores: Scores) -> None:
    assert scores.listing("energy") == []
    with pytest.raises(ValueError, match="'power plants'; there are company, amount"):
        scores.listing("power plants")


def test_a_folder_is_sent_as_plain_texts_and_scored(tmp_path: Path) -> None:
    sent: list[tuple[str, str]] = []

    def extract(texts: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        sent.extend(texts)
        for _, text in texts:
            at = text.index("Aldo")
            yield {"text": text, "companies": [{"start": at, "end": at + 4, "text": "Aldo", "name": "Aldo"}]}

    tagged = '<company name="Aldo">Aldo</company> reste.'
    for name in ("b", "a"):
        (tmp_path / f"{name}.release").write_text(f"published: 2020-01-02\n---\n{tagged}\n---\n[]\n", encoding="utf-8")
    (tmp_path / "splits.toml").write_text('one = ["a"]\n', encoding="utf-8")
    assert evaluate_folder(tmp_path, None, extract).results()["company"]["f1"] == 1.0
    assert sent == [(name, "Publié le 02/01/2020\n\nAldo reste.\n") for name in ("a", "b")]
    sent.clear()
    assert evaluate_folder(tmp_path, "one", extract).results()["releases read"] == "1 of 1"
    assert [name for name, _ in sent] == ["a"]
    with pytest.raises(ValueError, match="shorter"):
        evaluate_folder(tmp_path, None, lambda texts: [])


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


def tagged(tag: str) -> str:
    return f"published: 2020-01-01\n---\n<{tag}>A</{tag.split()[0]}>\n---\n[]\n"


def rows(facts: str) -> str:
    return f"published: 2020-01-01\n---\nA\n---\n{facts}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("published: 2020-01-01\n---\nx\n", "parts"),
        ("url: none\n---\nx\n---\n[]\n", "published"),
        ("published: 2020-01-01\n---\n<company>A<place>B</place></company>\n---\n[]\n", "inside"),
        ("published: 2020-01-01\n---\nA</company>\n---\n[]\n", "closes nothing"),
        ("published: 2020-01-01\n---\n<company>A\n---\n[]\n", "not closed"),
        ("published: 2020-01-01\n---\nA\n---\n- a: [\n", "bad.release"),
        ("published: 2020-13-01\n---\nA\n---\n[]\n", "month"),
        ("published: 2020-01-01\n---\n<company>A</company>\n---\n[]\n", "<company> 'A': name: Field required"),
        (tagged('amount value="3 M" currency="EUR" role="other"'), "value"),
        (tagged('amount value="3" currency="EUR" role="gift"'), "role"),
        (tagged('amount value="3" currency="EUR" role="other" bound="range"'), "max"),
        (tagged('jobs value="3" max="5" role="cut"'), "max"),
        (tagged('place kind="commune" name="A" isnee="01004"'), "isnee"),
        (tagged('date start="2020-02-30" end="2020-03-01"'), "start"),
        (tagged('date start="2020-03-02" end="2020-03-01"'), "ends before"),
        (rows("- {action: invest, company: A, ammount: {value: 3}}"), "ammount"),
        (rows("- {action: invests}"), "action"),
        (rows("- {action: invest, amount: 3}"), "amount"),
        (rows("- {action: invest, places: Paris}"), "places"),
        (rows("{action: invest}"), "facts"),
    ],
)
def test_a_malformed_release_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "bad.release"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=reason) as caught:
        read_release(path)
    assert "\n" not in str(caught.value)
    assert "bad.release" in str(caught.value)


def test_a_release_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.release").write_bytes("published: 2020-01-01\n---\né\n---\n[]\n".encode("latin-1"))
    with pytest.raises(CorpusError, match=r"bad\.release: .*utf-8"):
        read_release(tmp_path / "bad.release")


def test_an_unknown_split_or_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no split 'nothing'"):
        read_folder(CORPUS / "releases", ["nothing"])
    with pytest.raises(CorpusError, match="no annotated releases"):
        read_folder(tmp_path)
