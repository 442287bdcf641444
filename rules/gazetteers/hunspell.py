"""A Hunspell dictionary written out: every form that its stems and their endings make."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_FIELDS = re.compile(r"[\t ]")
_CONJUGATES = re.compile(r"[âîû]mes$")  # a set of endings with one of these is a verb's
# Forms of verbs that no release begins a sentence with: imperfect subjunctive, the plurals of the past historic, first
# and second persons of the future, the conditional and the plural.
_LITERARY = re.compile(
    r"(ss(e|es|ions|iez|ent)|[âîû][mt]es|r(ai|as|ons|ez|ais|ions|iez)|ons|ez|èrent|[iu]rent|inrent)$"
)


class _Ending(NamedTuple):
    """What a stem loses and gains, where it fits."""

    loses: str
    gains: str
    fits: re.Pattern[str]


def forms(affixes: str, stems: str) -> set[str]:
    """The forms in small letters of a dictionary, given as its .aff (with long flags) and its .dic."""
    endings = _endings(affixes.splitlines())
    found: set[str] = set()
    for line in stems.splitlines()[1:]:
        stem, _, flags = _FIELDS.split(line.strip(), maxsplit=1)[0].partition("/")
        if stem.isalpha() and stem.islower():
            found.update(form for form in _inflected(stem, flags, endings) if form.isalpha() and form.islower())
    return found


def _inflected(stem: str, flags: str, endings: dict[str, list[_Ending]]) -> Iterator[str]:
    given = [flags[at : at + 2] for at in range(0, len(flags), 2)]
    if "()" not in given:  # the flag of stems that are no words by themselves
        yield stem
    for flag in given:
        for ending in endings.get(flag, ()):
            if stem.endswith(ending.loses) and ending.fits.search(stem):
                yield stem[: len(stem) - len(ending.loses)] + ending.gains


def _endings(lines: Iterable[str]) -> dict[str, list[_Ending]]:
    """Flag → its endings, without the literary ones of verbs."""
    found: defaultdict[str, list[_Ending]] = defaultdict(list)
    for line in lines:
        cells = line.split()
        if len(cells) >= 5 and cells[0] == "SFX":
            loses, gains = ("" if cell == "0" else cell for cell in (cells[2], cells[3].partition("/")[0]))
            found[cells[1]].append(_Ending(loses, gains, re.compile(f"(?:{cells[4]})$")))
    for flag, endings in found.items():
        if any(_CONJUGATES.search(e.gains) for e in endings):
            found[flag] = [e for e in endings if not _LITERARY.search(e.gains)]
    return found
