"""What people type or select, read by the engine's own rules: figures, days, places, and where words stand in a text."""

from __future__ import annotations

import datetime
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from pipeline.document import Document, fold
from pipeline.grammar import Grammar
from pipeline.recognise import Context
from pipeline.recognise.dates import DateRecogniser
from pipeline.recognise.figures import found_of
from pipeline.recognise.quantities import QuantityReader
from pipeline.records import Release
from rules import gazetteers, load
from rules.gazetteers import Entry

SLOT_KINDS: Final = {  # slot of a fact → list of the record, field of the value
    "amount": ("amounts", "value"),
    "power": ("powers", "megawatts"),
    "energy": ("energies", "megawatt_hours"),
    "jobs": ("jobs", "value"),
    "area": ("areas", "square_metres"),
    "revenue": ("amounts", "value"),
}
_CODED: Final = re.compile(r"(.*\S)\s*\(([0-9A-Z]{2,5})\)")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_GROUPS: Final = str.maketrans("", "", " \u00a0\u202f'’")
_FAMOUS: Final = 10
_LONG: Final = 2_000  # characters of a selection that are read for a figure
_BLANKS: Final = re.compile(r"\s+")


def number(typed: str, decimal: str) -> int | float | None:
    """A number as people write it, with `decimal` as the sign of their language; None when it is none."""
    plain = typed.translate(_GROUPS)
    plain = plain.replace(",", ".") if decimal == "," else plain.replace(",", "")
    if not _NUMBER.fullmatch(plain) or len(plain) > 20:
        return None
    value = float(plain)
    return int(value) if value.is_integer() else value


class Reader:
    """Reads words by the rules, without the model; holds nothing of any text."""

    def __init__(self) -> None:
        rules = load()
        self._grammar = Grammar(rules)
        self._figures = QuantityReader(self._grammar, {})
        self._dates = DateRecogniser(rules)

    def figure(self, words: str, slot: str) -> Mapping[str, Any] | None:
        """The first figure of a slot's kind in some words, as the fields of its record; None when there is none."""
        kind, _ = SLOT_KINDS[slot]
        document = Document(words[:_LONG])
        context = Context(document, self._grammar.scan(document.tokens))
        for figure in self._figures.find(context):
            if figure.kind.name == kind:
                return found_of(context, figure, None).values
        return None

    def days(self, words: str, published: datetime.date | None) -> tuple[datetime.date, datetime.date] | None:
        """The first period in some words, None when there is none."""
        document = Document(words[:_LONG])
        context = Context(document, self._grammar.scan(document.tokens), published=published)
        found = self._dates.find(context)
        return (found[0].values["first"], found[0].values["last"]) if found else None


@lru_cache(maxsize=1)
def reader() -> Reader:
    """The process's one reader, built at its first use."""
    return Reader()


class Places:
    """Places by their names, for completion and for what was typed."""

    def __init__(self) -> None:
        self._gazetteer = gazetteers.load()
        self._names = sorted((fold(name), name) for name in self._gazetteer.spellings)
        self._folded = [folded for folded, _ in self._names]

    def begin(self, typed: str, most: int = 12) -> list[tuple[str, Entry]]:
        """Places whose name begins so, whatever accents and case: how to write each, the most populous first."""
        start = fold(typed.strip())
        if not start:
            return []
        at = bisect_left(self._folded, start)
        found: dict[str, Entry] = {}
        for folded, name in self._names[at : at + 400]:
            if not folded.startswith(start):
                break
            for entry in self._gazetteer.spellings[name]:
                if not entry.former:
                    found.setdefault(written(entry), entry)
        order = sorted(
            found.items(), key=lambda i: (fold(i[1].name) != start, i[1].kind == "commune", -i[1].population)
        )
        return order[:most]

    def of(self, typed: str) -> list[Entry]:
        """The places that some words stand for: a name, or a name with its code in brackets.

        A region, a department or a country is meant rather than a commune of its name, and a city of ten times the
        inhabitants of its namesakes rather than these; else all of them are told.
        """
        coded = _CODED.fullmatch(typed.strip())
        name = coded.group(1) if coded else typed.strip()
        entries = [e for e in self._gazetteer.spellings.get(name, []) if not e.former]
        if coded:
            return [e for e in entries if e.code == coded.group(2)]
        wide = [e for e in entries if e.kind != "commune"]
        order = sorted(entries, key=lambda e: -e.population)
        if len(wide) == 1:
            return wide
        if len(order) > 1 and order[0].population > _FAMOUS * order[1].population:
            return order[:1]
        return entries

    def where(self, entry: Entry) -> str:
        """The department of a commune, else nothing."""
        home = self._gazetteer.departments.get(entry.department or "") if entry.kind == "commune" else None
        return home.name if home else ""

    def region(self, code: str) -> str:
        """The name of a region, or its code."""
        entry = self._gazetteer.regions.get(code)
        return entry.name if entry else code


@lru_cache(maxsize=1)
def places() -> Places:
    """The process's one table of places, built at its first use."""
    return Places()


def written(entry: Entry) -> str:
    """A place as a form holds it: its name with its code, by which it is known from its namesakes."""
    return f"{entry.name} ({entry.code})" if entry.code else entry.name


def nearest(text: str, words: str, at: int) -> tuple[int, int] | None:
    """Where words stand in a text, the place nearest to `at`; blanks and line breaks may be other ones."""
    if not words:
        return None
    before, after = text.rfind(words, 0, max(0, at) + len(words)), text.find(words, max(0, at))
    found = [start for start in (before, after) if start >= 0]
    if found:
        start = min(found, key=lambda s: abs(s - at))
        return start, start + len(words)
    pieces = words.split()
    if not pieces or len(words) > 20_000:
        return None
    spans = [m.span() for m in re.finditer(r"\s+".join(map(re.escape, pieces)), text)]
    return min(spans, key=lambda s: abs(s[0] - at)) if spans else None


def selected(text: str, words: str, start: str, end: str) -> tuple[int, int] | None:
    """The span a page gave, when it holds the words that it gave."""
    if not (start.isdecimal() and end.isdecimal() and len(start) < 12 and len(end) < 12):
        return None
    span = int(start), int(end)
    same = _BLANKS.sub(" ", text[slice(*span)]).strip() == _BLANKS.sub(" ", words).strip()
    return span if span[0] < span[1] <= len(text) and same else None


def names_of(release: Release) -> set[str]:
    """The firms and bodies that a release names."""
    return {c.name for c in release.companies} | {o.name for o in release.organisations}


def inside(entries: Sequence[Any], start: int, end: int) -> list[Any]:
    """The mentions that lie in a stretch of text."""
    return [entry for entry in entries if start <= entry.start and entry.end <= end]
