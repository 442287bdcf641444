"""The recogniser run by hand finds what spaCy's own way finds."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.bench import CORPUS
from pipeline import entities, language, wordtypes
from pipeline.corpus import plain_text, read_folder
from pipeline.document import matching_view
from pipeline.entity import LIKELY

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
    """The entities alone, as spaCy gives them."""
    return [[(f.start, f.end, f.label) for f in finder.find(matching_view(text)) if f.label] for text in texts]


def test_releases_give_the_same_entities(nlp, finder, texts):
    expected = plain(nlp, texts)
    assert sum(map(len, expected)) > 10 * len(texts)
    assert by_hand(finder, texts) == expected


@given(st.lists(st.sampled_from(SIGNS) | st.text(max_size=8), max_size=40), st.sampled_from(["", " "]))
@settings(deadline=None, max_examples=60)
def test_any_text_gives_the_same_entities(nlp, finder, parts, between):
    text = between.join(parts).encode("utf-8", "ignore").decode()
    assert by_hand(finder, [text]) == plain(nlp, [text])
    view = matching_view(text)
    found = finder.find(view)
    assert all(a.start < b.start for a, b in itertools.pairwise(found))
    assert all(one.odds and view[one.start : one.end].strip() for one in found)
    assert all(LIKELY <= p <= 1 for one in found for _, p in one.odds)  # rounded, LIKELY itself too


@given(st.lists(st.sampled_from(SIGNS) | st.text(max_size=8), max_size=40), st.sampled_from(["", " ", "\n"]))
@example(["(" * 200, "Lyon", "  ", "a" * 450, "\x1c", "J.-C."], " ")
@settings(deadline=None, max_examples=200)
def test_any_text_is_cut_into_the_same_tokens(nlp, finder, parts, between):
    text = between.join(parts).encode("utf-8", "ignore").decode()
    view = matching_view(text)
    words = finder.types.read(view)
    doc = language.tokenised(nlp, view)
    assert list(zip(words.starts, words.ends, strict=True)) == [(t.idx, t.idx + len(t)) for t in doc]
    assert words.blank.tolist() == [t.is_space for t in doc]


def test_it_hesitates_where_it_nearly_began_a_name(finder, texts):
    found = [finder.find(matching_view(text)) for text in texts[:12]]
    doubts = [one for of in found for one in of if not one.label]
    named = [one for of in found for one in of if one.label]
    assert doubts
    assert named
    assert all(max(one.odds, key=lambda o: o[1])[1] > 0.2 for one in named)


def test_odds_are_those_of_its_scores(nlp, finder):
    """Of one word there is one state, whose scores spaCy tells."""
    doc = nlp.tokenizer("Renault")
    ner = language.recogniser(nlp)
    step = ner.model.predict([doc])
    scores = step.predict(ner.moves.init_batch([doc]))[0]
    names = [ner.moves.get_class_name(n) for n in range(ner.moves.n_moves)]
    free = {name: s for name, s in zip(names, scores, strict=True) if name == "O" or name.startswith("U-")}
    total = sum(math.exp(s) for s in free.values())
    expected = {name[2:]: math.exp(s) / total for name, s in free.items() if name != "O"}
    (one,) = finder.find("Renault")
    assert dict(one.odds) == pytest.approx({k: p for k, p in expected.items() if p > LIKELY}, abs=1e-3)


def test_odds_do_not_depend_on_what_was_read_before(nlp, finder, texts):
    views = [matching_view(text) for text in texts[:12]]
    warm = [finder.find(view) for view in views]
    assert [entities.EntityFinder(nlp).find(view) for view in views] == warm
    for view in views:  # to the last digit
        fresh = entities.EntityFinder(nlp).types.read(view)
        np.testing.assert_array_equal(fresh.rows, finder.types.read(view).rows)


def test_scores_are_the_same_but_for_rounding(nlp, finder, texts):
    doc = nlp.tokenizer(matching_view(texts[0]))
    words = finder.types.read(doc.text).rows
    expected = language.recogniser(nlp).model.get_ref("tok2vec").predict([doc])
    np.testing.assert_allclose(finder.among_neighbours(words), expected, atol=1e-4)


def test_neither_stretches_nor_forgetting_change_anything(nlp, texts, monkeypatch):
    monkeypatch.setattr(entities, "STRETCH", 7)
    monkeypatch.setattr(wordtypes, "MAX_KNOWN", 50)
    views = [matching_view(text) for text in texts[:12]]
    narrow = entities.EntityFinder(nlp)
    again = [narrow.find(view) for view in views]
    assert [[(e.start, e.end, e.label) for e in of if e.label] for of in again] == plain(nlp, texts[:12])
    told = [(e.start, e.odds) for of in again for e in of]
    monkeypatch.undo()
    usual = entities.EntityFinder(nlp)
    expected = [(e.start, e.odds) for view in views for e in usual.find(view)]
    assert len(narrow.types._chunks) < len(usual.types._chunks) / 2  # it has forgotten
    assert [at for at, _ in told] == [at for at, _ in expected]
    for (_, odds), (_, other) in zip(told, expected, strict=True):
        assert dict(odds) == pytest.approx(dict(other), abs=1e-3)


def test_a_long_text_is_read_in_the_same_pieces(nlp, finder, texts, monkeypatch):
    monkeypatch.setattr(language, "PIECE", 300)
    monkeypatch.setattr(language.pieces, "__defaults__", (300,))
    assert by_hand(finder, texts[:6]) == plain(nlp, texts[:6])
