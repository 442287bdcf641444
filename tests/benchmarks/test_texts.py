"""What speed is measured on: no text twice, the same texts each time, and nothing of a release's figures left in it."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from benchmarks.texts import variants
from pipeline.corpus import Annotated, plain_text, read_folder, read_release

CORPUS = Path(__file__).parents[2] / "corpus" / "releases"
MADE = """published: 2024-05-13
url: none
genre: brief
---
<company name="Aldo Bois">Aldo</company> investit <amount value="2500000" currency="EUR" role="investment">2,5 M€</amount> \
à <place kind="commune" name="Dax" dep="40">Dax</place> en <date start="2026-03-01" end="2026-03-31">mars 2026</date>. \
<company name="Aldo Bois">Aldo</company> garde <jobs value="40" role="kept">40 postes</jobs> sur \
<area m2="1500">1 500 m²</area> jusqu’au <date start="2024-12-09" end="2024-12-09">09/12/2024</date>.
<company name="Zénith">Zénith</company> quitte <place kind="commune" name="Laon" dep="02">Laon</place>.
---
[]
"""


@pytest.fixture(scope="module")
def train() -> list[Annotated]:
    return list(read_folder(CORPUS, ["train"]).values())


@pytest.fixture
def made(tmp_path: Path) -> Annotated:
    path = tmp_path / "made.release"
    path.write_text(MADE, encoding="utf-8")
    return read_release(path)


def test_no_text_is_there_twice_nor_is_any_of_the_corpus(train: list[Annotated]) -> None:
    texts = variants(train, 500)
    assert len(texts) == len(set(texts)) == 500
    assert not set(texts) & {plain_text(r) for r in train}


def test_the_same_texts_each_time_whatever_order_the_releases_come_in(train: list[Annotated]) -> None:
    shuffled = random.Random(1).sample(train, len(train))
    assert variants(train, 200) == variants(shuffled, 200)
    assert variants(train, 200, seed=1) != variants(train, 200)


def test_names_figures_and_dates_are_others(made: Annotated) -> None:
    for text in variants([made], 50):
        found = re.fullmatch(
            r"Publié le \d\d/\d\d/\d{4}\n\n(\S+) investit (\d,\d) M€ à (\S+) en mars (\d{4})\. (\S+) garde (\d\d) postes "
            r"sur (\d \d{3}) m² jusqu’au (\d\d)/(\d\d)/(\d{4})\.\n(\S+) quitte (\S+)\.\n",
            text,
        )
        assert found, text
        firm, sum_, place, year, again, jobs, area, day, month, last, *_ = found.groups()
        assert firm == again == "Zénith", "one firm is replaced by one, and there is but one other"
        assert place == "Laon"
        for new, old in ((sum_, "2,5"), (jobs, "40"), (area, "1 500")):
            assert new[0] != old[0], "a figure of another size, not only of other last digits"
        assert year != "2026"
        assert last != "2024"
        assert max(int(day), int(month)) <= 12, "a month stays a month"


def test_a_mention_is_left_as_it_was_only_where_nothing_can_replace_it(train: list[Annotated]) -> None:
    """A copy of each release: of its amounts with digits, none stands where it stood."""
    for release, text in zip(sorted(train, key=lambda r: r.name), variants(train, len(train)), strict=True):
        figures = [m for m in release.mentions if m.tag == "amount" and re.search(r"\d", m.text)]
        before = [release.text[max(0, m.start - 8) : m.end] for m in figures]
        kept = [words for words in before if words in text]
        assert len(kept) <= len(before) / 10, (release.name, kept)


def test_releases_too_poor_for_so_many_texts_are_told(tmp_path: Path) -> None:
    path = tmp_path / "bare.release"
    path.write_text("published: 2024-05-13\n---\nPublié le 13/05/2024. Rien.\n---\n[]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="too few mentions to make 3 distinct texts: 0"):
        variants([read_release(path)], 3)
    with pytest.raises(ValueError, match="no releases"):
        variants([], 1)
