"""The recogniser run by hand finds what spaCy's own way finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.bench import CORPUS
from pipeline import entities, language
from pipeline.corpus import plain_text, read_folder
from pipeline.document import matching_view

SIGNS = ["Renault", "Le groupe", "de", "à", "Lyon", "M.", "Jean", "Dupont", "SA", "L’", "12", "€", "\n", "  ", ".", "n°", "É", "\u200b", "aujourd'hui"]  # fmt: skip


@pytest.fixture(scope="module")
def nlp():
    return language.load()


@pytest.fixture(scope="module")
def finder(nlp):
    return entities.EntityFinder(nlp)


@pytest.fixture(scope="module")
def texts():
    return [plain_text(release) for release in read_folder(CORPUS, ("train", "written")).values()][::12]


def plain(nlp, texts):
    return [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in language.read_texts(nlp, texts)]


def by_hand(finder, texts):
    return [finder.find(matching_view(text)) for text in texts]


def test_releases_give_the_same_entities(nlp, finder, texts):
    expected = plain(nlp, texts)
    assert sum(map(len, expected)) > 10 * len(texts)
    assert by_hand(finder, texts) == expected


@given(st.lists(st.sampled_from(SIGNS) | st.text(max_size=8), max_size=40), st.sampled_from(["", " "]))
@settings(deadline=None, max_examples=60)
def test_any_text_gives_the_same_entities(nlp, finder, parts, between):
    text = between.join(parts).encode("utf-8", "ignore").decode()
    assert by_hand(finder, [text]) == plain(nlp, [text])


def test_scores_are_the_same_but_for_rounding(nlp, finder, texts):
    doc = nlp.tokenizer(matching_view(texts[0]))
    words, _ = finder.words(doc)
    expected = language.recogniser(nlp).model.get_ref("tok2vec").predict([doc])
    np.testing.assert_allclose(finder.among_neighbours(words), expected, atol=1e-4)


def test_neither_stretches_nor_forgetting_change_anything(nlp, texts, monkeypatch):
    monkeypatch.setattr(entities, "STRETCH", 7)
    monkeypatch.setattr(entities, "MAX_KNOWN", 50)
    assert by_hand(entities.EntityFinder(nlp), texts[:12]) == plain(nlp, texts[:12])


def test_a_long_text_is_read_in_the_same_pieces(nlp, finder, texts, monkeypatch):
    monkeypatch.setattr(language, "PIECE", 300)
    monkeypatch.setattr(language.pieces, "__defaults__", (300,))
    assert by_hand(finder, texts[:6]) == plain(nlp, texts[:6])
