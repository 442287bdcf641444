"""The language of a text: told by its small words, and of a list of names and figures by nothing."""

from __future__ import annotations

import pytest

from pipeline.document import Document
from pipeline.langid import LanguageGuesser
from rules import load

TABLE = "Société | Ville | Montant\n" + "\n".join(f"Nolvar {c} | Lyon | 12" for c in "abcdefgh")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Le groupe et la Région annoncent une usine " * 5, "fr"),
        ("The group and the region will build a plant with the city " * 5, "en"),
        (TABLE, "fr"),
        (TABLE * 5, "und"),
        ("", "fr"),
    ],
)
def test_a_text_is_of_the_language_whose_small_words_it_has(text: str, language: str) -> None:
    assert LanguageGuesser(load()).guess(Document(text).tokens) == language
