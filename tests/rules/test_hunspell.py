"""A spelling dictionary written out into its forms."""

from __future__ import annotations

from rules.gazetteers import dictionary, hunspell

AFFIXES = """FLAG long
SFX S. Y 2
SFX S. 0 s [^sxz]
SFX S. al aux al
SFX a0 Y 4
SFX a0 er e/n'q' er
SFX a0 er é er
SFX a0 er âmes er
SFX a0 er assions er
"""
STEMS = """6
salaison/S.
canal/S.
additionner/a0
Zurich
radical/S.()
1er/--
"""


def test_stems_are_written_out_with_their_endings() -> None:
    forms = hunspell.forms(AFFIXES, STEMS)
    assert {"salaison", "salaisons", "canal", "canaux", "additionner", "additionne", "additionné"} <= forms


def test_names_literary_forms_and_stems_that_are_no_words_are_left_out() -> None:
    forms = hunspell.forms(AFFIXES, STEMS)
    assert forms.isdisjoint({"Zurich", "zurich", "additionnâmes", "additionnassions", "radical", "1er"})


def test_the_dictionary_is_there() -> None:
    assert {"revendus", "tannerie", "glané"} <= dictionary()
    assert dictionary().isdisjoint({"marseille", "telehouse", "additionnassions"})
