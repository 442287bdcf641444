"""Places by name: communes, departments, regions, countries, cities and others, as SOURCES.md tells where from."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from rules import RuleError


@dataclass(frozen=True, slots=True)
class Entry:
    """A place: its official name, its kind as in the record, its code, and what helps to tell it from its namesakes."""

    name: str
    kind: str
    code: str | None = None
    country: str | None = None
    department: str | None = None
    region: str | None = None
    population: int = 0
    former: bool = False


@dataclass(frozen=True)
class Gazetteer:
    """Spellings with the places they may stand for, and codes of departments and regions."""

    spellings: dict[str, list[Entry]]
    departments: dict[str, Entry]
    regions: dict[str, Entry]
    demonyms: dict[str, str]
    communes: dict[str, Entry] = field(default_factory=dict)
    words: frozenset[str] = frozenset()  # common words, in small letters
    dictionary: frozenset[str] = frozenset()  # all the words of a spelling dictionary, in small letters
    firms: frozenset[str] = frozenset()  # names of firms that many know
    cities: dict[str, str] = field(default_factory=dict)  # great cities abroad, with their country
    towns: dict[str, str] = field(default_factory=dict)  # the smaller ones: their names alone make no place


def _text(name: str) -> str:
    try:
        return (files(__name__) / name).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise RuleError(f"gazetteers/{name}: {error}") from error


def _rows(name: str) -> Iterator[list[str]]:
    """The cells of each row; RuleError when the table is missing, or a row has more or fewer than the first."""
    head, *lines = _text(name).split("\n")
    width = head.count("\t")
    for number, line in enumerate(lines, 2):
        if line:
            if line.count("\t") != width:
                raise RuleError(f"gazetteers/{name}: line {number}: {width + 1} cells are wanted")
            yield line.split("\t")


def load() -> Gazetteer:
    """All the tables; a second's twentieth of work, done once by whoever needs them. RuleError for one that is bad."""
    try:
        aliases = tomllib.loads(_text("aliases.toml"))
        return _gazetteer(aliases)
    except (tomllib.TOMLDecodeError, LookupError, AttributeError, TypeError, ValueError) as error:
        raise error if isinstance(error, RuleError) else RuleError(f"gazetteers: {error!r}") from error


def _gazetteer(aliases: dict[str, Any]) -> Gazetteer:
    spellings: dict[str, list[Entry]] = {}

    def add(entry: Entry, *names: str) -> None:
        for name in (entry.name, *names):
            spellings.setdefault(name, []).append(entry)

    regions = {code: Entry(name, "region", code, "FR", region=code) for code, name in _rows("regions.tsv")}
    for code, entry in regions.items():
        add(entry, *aliases["regions"].get(code, ()))
    overseas = {entry.name for entry in regions.values()}
    departments: dict[str, Entry] = {}
    for code, name, region in _rows("departments.tsv"):
        departments[code] = Entry(name, "department", code, "FR", department=code, region=region or None)
        if name not in overseas:  # Guadeloupe and others are told of as regions
            add(departments[code], *aliases["departments"].get(code, ()))
    communes: dict[str, Entry] = {}
    for code, name, department, population, kind, _ in _rows("communes.tsv"):
        home = departments.get(department)
        entry = Entry(
            name, "commune", code, "FR", department, home.region if home else None, int(population), kind == "former"
        )
        if kind == "arrondissement":
            continue
        communes[code] = entry
        add(entry, *aliases["communes"].get(code, ()))
    for code, name in _rows("countries.tsv"):
        add(Entry(name, "country", code, code), *aliases["countries"].get(code, ()))
    cities = dict(_rows("cities.tsv"))
    cities |= {name: country for country, names in aliases["cities"].items() for name in names}
    towns = dict(_rows("towns.tsv"))
    for name, country in cities.items():
        if name not in spellings:
            add(Entry(name, "city", None, country))
    for kind, group in (("region", "old_regions"), ("continent", "continents"), ("other", "others")):
        for name in aliases[group]["names"]:
            spellings[name] = [e for e in spellings.get(name, []) if e.kind != "commune" or e.population > 20_000]
            add(Entry(name, kind, None, "FR" if kind == "region" else None))
    demonyms = {form: code for code, forms in aliases["demonyms"].items() for form in forms}
    firms = frozenset(name for (name,) in _rows("firms.tsv"))
    return Gazetteer(
        spellings, departments, regions, demonyms, communes, common_words(), dictionary(), firms, cities, towns
    )


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Common words, in small letters."""
    return frozenset(word for (word,) in _rows("words.tsv"))


@lru_cache(maxsize=1)
def dictionary() -> frozenset[str]:
    """All the words of a spelling dictionary with their forms, in small letters."""
    return frozenset(_text("dictionary.tsv").split("\n")[1:-1])


@dataclass(frozen=True)
class Areas:
    """Which department a commune lies in, and which region a department, by their codes."""

    departments: dict[str, str]
    regions: dict[str, str | None]

    @classmethod
    def load(cls) -> Areas:
        return cls(
            {code: department for code, _, department, *_ in _rows("communes.tsv")},
            {code: region or None for code, _, region in _rows("departments.tsv")},
        )

    def department_of(self, commune: str) -> str | None:
        return self.departments.get(commune)

    def region_of(self, department: str) -> str | None:
        return self.regions.get(department)
