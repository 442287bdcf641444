"""Text → blocks."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.document import BlockKind
from pipeline.readers.layout import Layout, lay_out
from pipeline.readers.lines import SAID
from pipeline.readers.text import document_of

ROOT = Path(__file__).parents[2]
LAYOUT = Layout.load()


def kinds(text: str) -> list[tuple[str, str]]:
    """(kind, text) of every block."""
    return [(block.kind.value, text[block.start : block.end]) for block in lay_out(text, LAYOUT)]


BODY = (
    "Le groupe va construire une usine de batteries près de la gare, sur un terrain de six hectares que la commune lui "
    "a vendu au printemps. Les travaux dureront deux ans."
)


def test_a_press_release() -> None:
    text = (
        "COMMUNIQUÉ DE PRESSE\nLyon, le 4 septembre 2025\n\n"
        "Dupont & Fils ouvre une usine à Roanne\n\n"
        f"{BODY}\n\n"
        "Deux tranches, un chantier\n"
        f"{BODY}\n\n"
        "Chiffres clés\nInvestissement : 12 M€\nEmplois : 40\nMise en service : fin 2026\n\n"
        "Photo : le site vu du ciel. © DR\n\n"
        "À propos de Dupont & Fils\n"
        "Fondé en 1950, le groupe emploie 300 personnes dans la Loire.\n\n"
        "Contact presse\nJeanne Martin – 04 77 00 00 00 – presse@dupont.exemple\n"
        "Dupont SAS au capital de 10 000 euros – RCS Roanne – www.dupont.exemple\n"
        "À lire aussi : la gare rouvre\n#Roanne #Batteries\n"
    )
    assert [kind for kind, _ in kinds(text)] == [
        "byline", "byline", "title", "paragraph", "heading", "paragraph", "heading", "row", "row", "row", "caption",
        "about", "about", "footer", "footer", "footer", "footer", "footer",
    ]  # fmt: skip
    assert LAYOUT.document(document_of(text)).title == "Dupont & Fils ouvre une usine à Roanne"


def test_a_web_page() -> None:
    text = (
        "Accueil > Régions > Économie\nUne fromagerie double de taille\n"
        "Publié le 15/11/2023 à 07h30 | Temps de lecture : 4 min\nPar Jeanne Martin\nPartager : Facebook – Twitter\n\n"
        f"{BODY}\n\nLire aussi : le marché change de place\n\n{BODY}\n\n"
        "Mots-clés : fromage, emploi\nSur le même sujet\n→ Une autre usine ?\n→ Le lait manque\n12 commentaires\n"
        "Mentions légales | Gérer mes cookies\n"
    )
    assert [kind for kind, _ in kinds(text)] == [
        "footer", "title", "byline", "byline", "footer", "paragraph", "footer", "paragraph", *["footer"] * 6,
    ]  # fmt: skip


@pytest.mark.parametrize("sign", ["•", "-", "–", ">", "·", "*", "▶", ">>", "→", "1.", "a)"])
def test_bullets(sign: str) -> None:
    items = ["Lyon, 12 M€ ;", "Roanne, 3 M€ ;", "Feurs, 40 emplois."]
    text = "Trois sites à venir :\n" + "".join(f"{sign} {item}\n" for item in items) + f"\n{BODY}\n"
    found = kinds(text)
    assert [kind for kind, _ in found][1:] == ["bullet"] * 3 + ["paragraph"]
    assert found[2] == ("bullet", f"{sign} Roanne, 3 M€ ;")


def test_a_bullet_keeps_its_lines() -> None:
    text = (
        "Les projets\n\n"
        "  • Dupont ouvre à Lyon une usine de\n    40 personnes.\n"
        "  • Martin – Roanne\nLe fabricant de bocaux y mettra 3 M€ l’an prochain.\n"
        f"{BODY}\n"
    )
    assert [kind for kind, _ in kinds(text)] == ["title", "bullet", "bullet", "paragraph"]


def test_levels_of_bullets() -> None:
    blocks = lay_out(f"{BODY}\n- un ;\n  - deux ;\n  - trois ;\n- quatre.\n", LAYOUT)
    assert [b.level for b in blocks] == [0, 1, 2, 2, 1]


@pytest.mark.parametrize(
    "table",
    [
        "Poste                 2023      2024\nVentes                12,0      13,5\nRésultat              1,0       1,2",
        "Poste\t2023\t2024\nVentes\t12,0\t13,5\nRésultat\t1,0\t1,2",
        "Poste | 2023\nVentes | 12,0\nRésultat | 1,0",
        "Ventes .......... 12,0\nRésultat ........ 1,0\nDette . . . . . . 3,0",
        "Ventes : 12,0 M€\nRésultat : 1,0 M€\nEffectif : 300",
    ],
)
def test_rows(table: str) -> None:
    found = kinds(f"Les comptes de l’année\n\n{BODY}\n\n{table}\n\n{BODY}\n")
    assert [kind for kind, _ in found] == ["title", "paragraph", "row", "row", "row", "paragraph"]


def test_items_with_a_head() -> None:
    tail = "Une usine de quarante personnes y ouvrira ses portes au printemps prochain."
    for form in ("LYON. {}", "ROANNE (Loire). {}"):
        assert [k for k, _ in kinds(f"Les brèves\n\n{form.format(tail)}\n\n{form.format(tail)}\n")][1:] == [
            "bullet"
        ] * 2
    wire = f"Une usine à Lyon\n\nLYON (Rhône) - {BODY}\n\n{BODY}\n"
    assert [k for k, _ in kinds(wire)] == ["title", "paragraph", "paragraph"]


def test_hard_wrapped_lines_are_joined() -> None:
    text = (
        "Une usine de plus à Roanne\n\n"
        "Le groupe va construire une usine de batteries\n"
        "près de la gare, sur un terrain de six hectares\n"
        "que la commune lui avait vendu en plein mois de\n"
        "mai. Les travaux dureront deux ans, peut-être\n"
        "trois.\n\n"
        "Le maire s’en réjouit, l’opposition un peu moins,\n"
        "qui craint le bruit.\n"
    )
    assert [kind for kind, _ in kinds(text)] == ["title", "paragraph", "paragraph"]


def test_statements_on_lines_of_their_own_stay_apart() -> None:
    text = (
        f"Une usine à Lyon\n\n{BODY}\nDupont mettra 12 M€ dans son usine de Lyon.\nMartin en mettra trois à Roanne.\n"
    )
    assert [kind for kind, _ in kinds(text)] == ["title", "paragraph", "paragraph", "paragraph"]


@pytest.mark.parametrize(
    "line",
    [
        "À propos de ce projet, le maire a dit hier qu’il coûterait 12 M€ à la commune.",
        "Facebook ouvre à Paris un centre de recherche de quarante personnes, son premier en Europe.",
        "Source de fierté pour la ville, l’usine emploie quarante personnes depuis 1950, dit le maire.",
        "Le groupe, au capital de 12 M€, emploie quarante personnes à Lyon et en Suisse, dit le maire.",
        "Par ailleurs, le groupe a vendu son usine de Roanne à la société Martin pour 12 M€.",
        "Contactée, la direction répond que le contact avec la presse passe par son agence de Lyon.",
    ],
)
def test_sentences_that_begin_like_something_else(line: str) -> None:
    assert ("paragraph", line) in kinds(f"Une usine à Lyon\n\n{BODY}\n\n{line}\n\n{BODY}\n")


@pytest.mark.parametrize("text", ["", " \n\t\n", "Evroc investit 4 milliards d’euros à Mougins.", BODY])
def test_no_title(text: str) -> None:
    assert all(kind == "paragraph" for kind, _ in kinds(text))
    assert LAYOUT.document(document_of(text)).title is None


def test_the_article() -> None:
    text = (ROOT / "corpus/provence-ia-2025.txt").read_text(encoding="utf-8")
    found = kinds(text)
    assert LAYOUT.document(document_of(text)).title == text.splitlines()[0].replace("\xa0", " ")
    assert [kind for kind, _ in found[:5]] == ["title", "byline", "paragraph", "caption", "caption"]
    bullets = [block for kind, block in found if kind == "bullet"]
    assert len(bullets) == 6
    assert bullets[1].startswith("• Evroc")
    assert bullets[1].endswith("dédiée à l’IA.")
    assert found[-1] == ("footer", "Articles similaires")


def test_a_long_footer_is_known_by_its_last_words() -> None:
    said = (
        "Les informations de cette page sont données telles que les entreprises les ont transmises à la rédaction. " * 2
    )
    footer = said + "Leur reprise est soumise à accord. Tous droits réservés."
    assert 240 < len(footer) <= SAID
    assert kinds(f"Une usine ouvre à Dole\n\n{BODY}\n\n{footer}")[-1] == ("footer", footer)


SIGNS = [*"aAéÉ1 .\n\t:|-•>«»—()#@\r\u00a0…!?\x1c\x85\x0c\u2028\u200f\U0001f600", "\n\n", "  ", "...."]
WORDS = ["Publié le ", "À propos de ", "Contact presse", "12/04/2022", "© ", "Lire aussi : ", "1. ", "www.", "RCS "]
PIECES = st.sampled_from([*SIGNS, *WORDS])


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_blocks_cover_any_text(text: str) -> None:
    position = 0
    blocks = lay_out(text, LAYOUT)
    for block in blocks:
        assert position <= block.start < block.end <= len(text)
        assert not text[position : block.start].strip()
        assert text[block.start : block.end].strip() == text[block.start : block.end]
        position = block.end
    assert not text[position:].strip()
    assert sum(block.kind is BlockKind.TITLE for block in blocks) <= 1


@pytest.mark.parametrize(
    "unit",
    ["mot ", "x", " \n", "a\n", ". ", "- a : 1\n", "| ", "1 ", "(", "a : ", "1.", "\t", "A. ", " > ", "...", "é-\n"],
)
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        started = time.perf_counter()
        LAYOUT.join(text)
        lay_out(text, LAYOUT)
        return time.perf_counter() - started

    small = min(seconds(20_000) for _ in range(3))
    assert min(seconds(80_000) for _ in range(2)) < 4 * 4 * small + 0.2


def test_a_line_in_brackets_heads_nothing() -> None:
    text = f"Palmarès des usines de l'année\n\n{BODY}\n\n(CA 2016 : 1,5 Md€)\n{BODY}\n"
    assert ("heading", "(CA 2016 : 1,5 Md€)") not in kinds(text)
