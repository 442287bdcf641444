"""Lists, tables and blank lines look the same to what recognises and decides, whatever signs they are written with."""

from __future__ import annotations

import pytest

from pipeline.document import Document
from pipeline.plain import plain
from pipeline.readers import Layout, document_of

LAYOUT = Layout.load()
LISTS = "Trois usines ouvrent cette année\n\nLe groupe l'a dit lundi à la presse, réunie à son siège de Lyon pour la rentrée.\n\n{0}Acier de Fos : 12 M€\n{0}Verre de Vannes : 8 M€\n"
TABLES = "Deux usines ouvrent cette année\n\nLe groupe l'a dit lundi à la presse, réunie à son siège de Lyon.\n\nFos{0}12 M€{0}acier\nVannes{0}8 M€{0}verre\n"


def laid_out(text: str) -> Document:
    return LAYOUT.document(document_of(text))


@pytest.mark.parametrize("sign", ["• ", "– ", "* ", "▪ ", "> ", "→ "])
def test_the_sign_of_an_item_does_not_count(sign: str) -> None:
    dashed, signed = laid_out(LISTS.format("- ")), laid_out(LISTS.format(sign))
    assert signed.tokens.keys == dashed.tokens.keys
    assert plain(signed).text == plain(dashed).text
    assert sign not in plain(signed).text


@pytest.mark.parametrize("gap", ["   ", "\t", "         "])
def test_the_cells_of_a_row_are_parted_by_a_bar_in_any_table(gap: str) -> None:
    barred, spaced = laid_out(TABLES.format(" | ")), laid_out(TABLES.format(gap))
    assert spaced.tokens.keys == barred.tokens.keys
    assert plain(spaced).text == plain(barred).text


def test_outer_bars_and_empty_cells_are_none() -> None:
    framed = laid_out(TABLES.format(" | ").replace("\nFos", "\n| Fos").replace("acier", "| acier |"))
    assert framed.tokens.keys == laid_out(TABLES.format(" | ")).tokens.keys


def test_a_bar_in_running_text_stays() -> None:
    assert "|" in laid_out("Lyon | Une usine ouvre dans la banlieue, et le maire s'en réjouit beaucoup.").tokens.keys


@pytest.mark.parametrize(
    "text", [LISTS.format("• "), TABLES.format("\t"), TABLES.format("     "), "", "Une  ligne\n \n \nDeux"]
)
def test_every_letter_keeps_its_place(text: str) -> None:
    document = laid_out(text)
    view = plain(document)
    for at, char in enumerate(view.text):
        if char.isalnum():
            assert document.text[view.start(at) : view.end(at + 1)] == char


def test_blank_lines_do_not_count() -> None:
    loose = LISTS.format("- ").replace("\n\n", "\n\n\n\n")
    assert plain(laid_out(loose)).text == plain(laid_out(LISTS.format("- "))).text
