"""Names of firms: as compared, and which of them stand for one firm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from pipeline.document import fold

MOST = 50  # longer names looked at for a short one


@dataclass(frozen=True, slots=True)
class Form:
    """A name as it stands in a text: where, in which block, spelled how."""

    start: int
    block: int
    text: str


def key(name: str) -> str:
    """A name without case, accents, signs: what makes two spellings one."""
    return " ".join(re.findall(r"[a-z0-9&+]+", fold(name)))


def initials(words: Sequence[str], particles: Set[str]) -> str:
    """The initials of a name's words, without "de", "et" and the like."""
    return "".join(w[0] for w in words if w not in particles)


def join(forms: Sequence[Form], same: Iterable[tuple[str, str]], particles: Set[str]) -> Mapping[str, str]:
    """Each spelling of a text → the name of its firm: the longest form that stands for it.

    `same` are pairs of spellings the text itself puts together, one in brackets behind the other. A short form is the
    beginning, the last word or the initials of the one longer name, and never stands beside it in a block: there the
    text tells two firms apart.
    """
    spelled: dict[str, list[str]] = {}
    blocks: dict[str, set[int]] = {}
    for form in sorted(forms, key=lambda f: f.start):
        spelled.setdefault(key(form.text), []).append(form.text)
        blocks.setdefault(key(form.text), set()).add(form.block)
    target: dict[str, str] = {}
    for a, b in same:
        short, long = sorted((key(a), key(b)), key=lambda k: (len(k), k))
        if short != long and short in spelled and long in spelled:
            target[short] = long
    begins: dict[str, list[str]] = {}
    ends: dict[str, list[str]] = {}
    shortened: dict[str, list[str]] = {}
    for k in spelled:
        words = k.split()
        if len(words) > 1:
            begins.setdefault(words[0], []).append(k)
            ends.setdefault(words[-1], []).append(k)
        if len(words) >= 3:
            shortened.setdefault(initials(words, particles), []).append(k)
    for short in spelled:
        if short in target or not short:
            continue
        near = [*begins.get(short.split()[0], ())[:MOST], *ends.get(short, ())[:MOST]]
        longer = [k for k in near if _shortens(short, k, particles) and not blocks[short] & blocks[k]]
        compact = short.replace(" ", "")
        longer = (shortened.get(compact, [])[:MOST] if len(compact) >= 3 else []) or longer
        full = max(longer, key=len, default=None)
        if full is not None and all(_shortens(k, full, particles) or k == full for k in longer):
            target[short] = full
    out: dict[str, str] = {}
    for k in spelled:
        end, seen = k, {k}
        while end in target and target[end] not in seen:
            end = target[end]
            seen.add(end)
        out[k] = _best(spelled[end])
    return {form.text: out[key(form.text)] for form in forms}


def _best(spelled: Iterable[str]) -> str:
    """Of several spellings, one that is not all capitals, the first of them; with a plain apostrophe."""
    listed = list(spelled)
    return next((s for s in listed if not s.isupper()), listed[0]).replace("\u2019", "'")


def _shortens(short: str, long: str, particles: Set[str]) -> bool:
    """Whether a name is the beginning or the last word of a longer one."""
    words, others = short.split(), long.split()
    if not words or len(others) <= len(words) or words[0] in particles:
        return False
    begins = others[: len(words)] == words
    return begins or (len(words) == 1 and others[-1] == words[0] and len(words[0]) > 3)
