"""Names of firms: as compared, and which of them stand for one firm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from pipeline.document import fold

GENERIC = 4  # letters up to which capitals alone are an acronym, never a short form of a longer name


def key(name: str) -> str:
    """A name without case, accents, signs: what makes two spellings one."""
    return " ".join(re.findall(r"[a-z0-9&+]+", fold(name)))


def initials(name: str) -> str:
    """The initials of a name's capitalised words."""
    return "".join(w[0] for w in re.findall(r"[^\W\d_]+", name) if w[0].isupper()).casefold()


def join(forms: Sequence[tuple[int, str]]) -> Mapping[str, str]:
    """Each form of a text → the longest form of the same firm; `forms` are (offset, surface) of all mentions.

    A short form is one that comes after the long one and is its first or last word, or its initials.
    """
    first: dict[str, int] = {}
    surface: dict[str, list[str]] = {}
    for offset, form in sorted(forms):
        k = key(form)
        first.setdefault(k, offset)
        surface.setdefault(k, []).append(form)
    best = {k: _best(spelled) for k, spelled in surface.items()}
    target: dict[str, str] = {}
    for k in first:
        longer = [other for other in first if other != k and _shortens(k, other, best[k], best[other], first)]
        longer.sort(key=lambda other: (-len(other), first[other]))
        if longer and all(longer[0].startswith(o) or o in longer[0] for o in longer):
            target[k] = longer[0]
    out = {}
    for k in first:
        end, seen = k, {k}
        while end in target and target[end] not in seen:
            end = target[end]
            seen.add(end)
        out[k] = best[end]
    return {form: out[key(form)] for _, form in forms}


def _best(spelled: Iterable[str]) -> str:
    """Of several spellings, one that is not all capitals, the first of them."""
    listed = list(spelled)
    return next((s for s in listed if not s.isupper()), listed[0])


def _shortens(short: str, long: str, said: str, full: str, first: Mapping[str, int]) -> bool:
    words, others = short.split(), long.split()
    if not words or len(others) <= len(words):
        return False
    compact = short.replace(" ", "")
    if len(compact) >= 2 and said.replace(".", "").isupper() and compact == initials(full):
        return True
    if said.isupper() and len(compact) <= GENERIC and not full.isupper():
        return False  # "EDF" is no short form of "EDF Renouvelables"
    if first[short] < first[long]:
        return False
    return others[: len(words)] == words or (len(words) == 1 and others[-1] == words[0] and len(words[0]) > 3)
