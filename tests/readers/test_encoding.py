"""Bytes → text: every encoding French is found in, and nothing changed that is not broken."""

from __future__ import annotations

import pytest

from pipeline.readers.encoding import BinaryError, decode

TEXT = "Près de Nîmes, l’été 2024 : 5 M€ à Orléans, « déjà » l’œuvre d’Évry, 12 000 m²"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_roman"]
)
def test_encodings(encoding: str) -> None:
    text = TEXT.replace("²", "2") if encoding == "mac_roman" else TEXT
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("encoding", ["latin-1", "iso8859_15", "cp850"])
def test_encodings_without_typography(encoding: str) -> None:
    text = "À Béthune, la société a investi près de 40 millions : « C’est né là », à Évry".replace("’", "'")
    assert decode(text.encode(encoding)) == text


def test_latin_9_has_the_euro_sign() -> None:
    assert decode("Une levée de 5 M€".encode("iso8859_15")) == "Une levée de 5 M€"


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("PubliÃ© le 5 septembre 2011\nL’été à Nîmes", "Publié le 5 septembre 2011\nL’été à Nîmes"),
        ("Montant : 26 Mâ‚¬", "Montant : 26 M€"),
        ("Une info Ã\xa0 partager ? Ã‰crivez-nous.", "Une info à partager ? Écrivez-nous."),
        ("Pas dâ€™annonce cette année", "Pas d’annonce cette année"),
    ],
)
def test_double_encoding_is_undone(broken: str, whole: str) -> None:
    assert decode(broken.encode()) == whole


@pytest.mark.parametrize(
    "text",
    [
        "m² et m³, CO₂, ½, ﬁn, №, …",
        "« l’été » “curly” ‘quotes’ – dash — dash",
        "1 000 et 2 000 et 3\u2009000",
        "SÃO PAULO, ÂGE, À LA, Ÿnsect, ESPAÑA",
        "a\tb  c   d",
        "مرحبا \u200fabc\u200e",
    ],
)
def test_what_is_whole_stays(text: str) -> None:
    assert decode(text.encode()) == text


def test_line_ends_and_accents_are_made_one() -> None:
    assert decode("a\r\nb\rc\u2028d".encode()) == "a\nb\nc\nd"
    assert decode("e\u0301te\u0301".encode()) == "été"


def test_signs_that_only_say_where_a_line_may_break_go() -> None:
    assert decode("déve\u00adloppe\u200bment".encode()) == "développement"


def test_files_pasted_together() -> None:
    data = "Béthune\n".encode() + "Orléans\n".encode("cp1252") + b"Lille\n"
    assert decode(data) == "Béthune\nOrléans\nLille\n"


def test_cut_inside_a_character() -> None:
    assert decode("Orléans, été".encode()[:-1]) == "Orléans, ét"
    assert decode("café".encode("latin-1")) == "café"


@pytest.mark.parametrize("data", [b"\0\1\2\3abc" * 20, b"text\0with a null", bytes(range(32)) * 4, b"\x7f\x01\x02" * 9])
def test_binary(data: bytes) -> None:
    with pytest.raises(BinaryError):
        decode(data)
