"""Texts that are hard on patterns, of any length: one unit over and over, or units of which no two are alike."""

from __future__ import annotations

import itertools
import random
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from benchmarks.texts import variants
from pipeline.corpus import read_folder

CORPUS = Path(__file__).parent.parent / "corpus" / "releases"
Maker: TypeAlias = Callable[[int], str]  # characters → a text of that many

REPEATED: Mapping[str, str] = {
    "digits": "7",
    "digit groups": "123 456 ",
    "decimals": "1,5.2",
    "spaces": " ",
    "no-break spaces": "\u202f",
    "tabs": "\t",
    "newlines": "\n",
    "blank lines": " \n\t\n",
    "capitals": "A",
    "words of capitals": "ACIER ",
    "initials": "A. ",
    "opening brackets": "(",
    "closing brackets": ")",
    "pairs of brackets": "(a) ",
    "de la": "de la ",
    "elisions": "l’",
    "M€": "M€",
    "amounts": "10 M€ ",
    "ranges": "de 5 à 7 ",
    "number words": "vingt et un mille ",
    "bullets": "• ",
    "items": "• Lyon\n",
    "items with a firm": "• Evroc ouvre un site à Lyon\n",
    "lines of one word": "Lyon\n",
    "dots": ".",
    "ellipses": "… ",
    "hyphens": "-",
    "words with hyphens": "Saint-",
    "cut words": "entre-\nprise ",
    "opening quotes": "« ",
    "mixed quotes": "«“\"'”» ",
    "one letter and combining marks": "\u0301",
    "letters with combining marks": "e\u0301e\u0301 ",
    "cells": "| Lyon ",
    "commas": "Lyon, ",
    "et": "Lyon et ",
    "dates": "le 12 mars 2025 ",
    "years": "2025 ",
    "months": "mars ",
    "postal codes": "69001 Lyon ",
    "departments": "Lyon (69) ",
    "one firm": "Airbus ",
    "legal forms": "SAS ",
    "addresses": "http://a.fr/a?a=a ",
    "emoji": "👩‍🚀",
    "null": "\0",
    "direction marks": "\u202e\u200f",
    "Chinese": "里昂",
    "facts": "Evroc investit 4 M€ à Lyon en 2025. ",
    "facts in one sentence": "Evroc investit 4 M€ à Lyon en 2025, ",
    "facts, a line each": "Evroc investit 4 M€ à Lyon en 2025.\n\n",
}


def makers() -> dict[str, Maker]:
    """Kind → what makes a text of that kind; the same length gives the same text."""
    return {
        "releases": _releases("\n\n"),
        "releases in one paragraph": _releases(" "),
        **{kind: _repeated(unit) for kind, unit in REPEATED.items()},
        "new capitalised words": _joined(lambda: _words(str.capitalize)),
        "new firms": _joined(lambda: (f"{word} SA investit {n} M€. " for n, word in enumerate(_words(str.capitalize)))),
        "any characters": _joined(_characters),
    }


def _repeated(unit: str) -> Maker:
    return lambda size: (unit * (size // len(unit) + 1))[:size]


def _joined(pieces: Callable[[], Iterator[str]]) -> Maker:
    def make(size: int) -> str:
        out, length = [], 0
        for piece in pieces():
            out.append(piece)
            length += len(piece)
            if length >= size:
                break
        return "".join(out)[:size]

    return make


def _releases(between: str) -> Maker:
    """The corpus's releases one behind the other, each time with other names and figures."""

    def make(size: int) -> str:
        releases = read_folder(CORPUS, ("train", "written")).values()
        text, count = "", 0
        while len(text) < size:
            count += max(1, (size - len(text)) // 2000)
            text = between.join(variants(releases, count))
        return text[:size] if between == "\n\n" else " ".join(text[:size].split()).ljust(size)

    return make


def _words(shape: Callable[[str], str]) -> Iterator[str]:
    rng = random.Random(0)
    while True:
        yield shape("".join(rng.choice("bcdflmnprst") + rng.choice("aeiou") for _ in range(rng.randint(2, 5)))) + " "


def _characters() -> Iterator[str]:
    rng = random.Random(0)
    for _ in itertools.count():
        char = chr(rng.randrange(0x30000))
        if unicodedata.category(char) != "Cs":
            yield char
