"""Blocks → sentences."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.document import Block, BlockKind, Document
from pipeline.readers import Layout, document_of
from pipeline.sentences import SentenceSplitter
from rules import load

LAYOUT = Layout.load()
SPLITTER = SentenceSplitter(load())


def one_block(text: str) -> Document:
    return Document(text, (Block(0, len(text), BlockKind.PARAGRAPH),))


@pytest.mark.parametrize(
    "sentences",
    [
        ["M. Martin investit 2.400 euros.", "Mme. Durand aussi.", "J.-B. D. et A. Roux (D.R.) sont là."],
        ["Le 9 oct. 2023, l'usine ouvre.", "Le 1er. mai, non.", "C'est au n° 1."],
        ["Prix : 5 M€.", "20 postes.", "Une galerie d'art.", "Pommes, etc.", "Le marché ouvre à 8 h."],
        ["« Nous gagnons 9 M€. Et 80 ensuite », assure l'élu.", "« Complet ! »", "Le maire sourit."],
        [
            '"Trop gros. Trop vite", dit-il.',
            "Combien ?",
            "Le double…",
            "Et après...",
            "Rien !",
            "Visitez www.x.fr.",
            "Fin.",
        ],
        ["« Oui ! » sourit le maire.", "Où ?", "« Là. »", "(Photo AFP.)", "Le reste ; la suite : tout."],
        ["La S.A. Dupont, env. 300 personnes, vend 1.254 km. de câble."],
    ],
)
def test_split(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[s.start : s.end] for s in SPLITTER.split(one_block(text))] == sentences


def test_the_number_of_an_item_ends_nothing() -> None:
    text = "1. Le groupe ouvre. Il recrute."
    assert [text[s.start : s.end] for s in SPLITTER.split(one_block(text))] == ["1. Le groupe ouvre.", "Il recrute."]


def test_an_items_head_is_a_sentence() -> None:
    text = "• Roanne, 3 M€\nLe fabricant de bocaux y mettra cette somme l’an prochain.\nElle paiera les murs."
    assert [text[s.start : s.end] for s in SPLITTER.split(one_block(text))] == text.split("\n")


def test_a_long_quotation_is_cut() -> None:
    sentence = "Nous avons construit ici une usine de quarante personnes."
    text = "« " + " ".join([sentence] * 20) + " »"
    assert len(SPLITTER.split(one_block(text))) == 20


PIECES = st.sampled_from([*"aAé1 .\n!?…«»\"'()-", "M. ", "« ", "etc. ", "\n", "\u00a0", "\u2028", "\U0001f600"])


@settings(deadline=None)
@given(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.lists(PIECES).map("".join)))
def test_sentences_cover_any_text(text: str) -> None:
    document = LAYOUT.document(document_of(text))
    position = 0
    for sentence in SPLITTER.split(document):
        block = document.blocks[sentence.block]
        assert max(position, block.start) <= sentence.start < sentence.end <= block.end
        assert not text[position : sentence.start].strip()
        position = sentence.end
    assert not text[position:].strip()


@pytest.mark.parametrize("unit", ["A. ", ". ", ".)", "« a. A. ", '" ', ". ((", "Abc\nDef ghi jkl\n", "...", ". »", "x"])
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        document = one_block(unit * (size // len(unit)))
        started = time.perf_counter()
        SPLITTER.split(document)
        return time.perf_counter() - started

    small = min(seconds(50_000) for _ in range(3))
    assert seconds(200_000) < 4 * 4 * small + 0.2


def test_a_text_without_a_full_stop_is_cut_between_words() -> None:
    text = "Lyon, " * 2000
    found = [text[start:end] for start, end in SPLITTER.spans(text, 0, len(text))]
    assert len(found) > 10
    assert max(map(len, found)) <= 1000
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert all(piece.endswith("Lyon,") for piece in found)
