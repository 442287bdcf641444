"""Sums by region, by month and by firm, as shapes of an SVG; each leads to its rows.

An event told by several releases counts once: by a fact that somebody checked, else by the surest. What people
rejected counts nowhere. A fact with several regions counts in each of them, with an equal share of its sum.
"""

from __future__ import annotations

import csv
import io
import math
import textwrap
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

from pipeline.review.filters import Filters
from pipeline.store import Store

MEASURES: Final = {"amount": "f.amount", "jobs": "f.jobs", "power": "f.power_mw", "facts": "1"}
SHADES: Final = 5
UNIT: Final = 56  # points of the SVG to a step of the grid
BAR: Final = 26  # points to a row of bars
MONTHS: Final = 24
FIRMS: Final = 12
_LETTERS: Final = 5.8  # letters of a name that a step of the grid has room for


@dataclass(frozen=True)
class Sum:
    """What one key has: the measure, and how many events."""

    key: str
    name: str
    value: float
    count: int


@dataclass(frozen=True)
class Tile:
    """A region on the map: its rectangle, its shade from 0 (nothing) to SHADES, and its name in lines."""

    sum: Sum
    x: float
    y: float
    width: float
    height: float
    shade: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """The sums of some facts by a measure. `nowhere` and `undated` are the key-less rests;
    only months of which something is told are there."""

    tiles: tuple[Tile, ...]
    elsewhere: tuple[Sum, ...]  # regions that the map has no room for
    months: tuple[Sum, ...]
    firms: tuple[Sum, ...]
    nowhere: Sum
    undated: Sum
    total: Sum
    earlier: int  # months before those shown


@lru_cache(maxsize=1)
def grid() -> dict[str, tuple[float, float, float, float]]:
    """Code of a region → x, y, width and height on the grid."""
    text = (files(__package__) / "regions.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(io.StringIO(text), delimiter="\t")
    return {r["code"]: (float(r["x"]), float(r["y"]), float(r["width"]), float(r["height"])) for r in rows}


def picture(
    store: Store, filters: Filters, measure: str, name_of: Callable[[str], str], month: Callable[[str], str] = str
) -> Picture:
    """The sums of the facts that match; euros only, where money is measured. `name_of` a region, `month` "2025-03"."""
    regions: dict[str, list[float]] = defaultdict(list)
    months: dict[str, list[float]] = defaultdict(list)
    firms: dict[str, list[float]] = defaultdict(list)
    names: dict[str, str] = {}
    nowhere: list[float] = []
    undated: list[float] = []
    total: list[float] = []
    where, values = filters.where()
    euros = " AND f.currency = 'EUR'" if measure == "amount" else ""
    column = MEASURES[measure]
    rows = store.connection.execute(
        f"""SELECT value, region_code, published, company_key, company FROM (
          SELECT {column} AS value, f.region_code, f.published, f.company_key, f.company, row_number() OVER (
            PARTITION BY coalesce(f.event_id, f.source || ':' || f.fact_id)
            ORDER BY f.state IS NULL, f.confidence DESC, f.source, f.fact_id) AS rank
          FROM fact f WHERE {where} AND f.state IS NOT 'rejected' AND {column} IS NOT NULL{euros}) WHERE rank = 1""",
        values,
    )
    for row in rows:
        value = float(row["value"])
        total.append(value)
        codes = sorted({c for c in (row["region_code"] or "").split(" | ") if c})
        for code in codes:
            regions[code].append(value / len(codes))
        if not codes:
            nowhere.append(value)
        (months[row["published"][:7]] if row["published"] else undated).append(value)
        if row["company_key"]:
            firms[row["company_key"]].append(value)
            names.setdefault(row["company_key"], row["company"])
    top = sorted((_sum(k, v, names[k]) for k, v in firms.items()), key=lambda s: (-s.value, s.name))[:FIRMS]
    run = sorted(months)
    sums = {code: _sum(code, v, name_of(code)) for code, v in regions.items()}
    return Picture(
        _tiles(sums, name_of),
        tuple(sums[code] for code in sorted(sums.keys() - grid().keys())),
        tuple(_sum(m, months.get(m, []), month(m)) for m in run[-MONTHS:]),
        tuple(top),
        _sum("none", nowhere),
        _sum("", undated),
        _sum("", total),
        max(0, len(run) - MONTHS),
    )


def share(one: Sum, among: tuple[Sum, ...]) -> float:
    """How long a bar is, of the longest, from 0 to 1."""
    longest = max((s.value for s in among), default=0.0)
    return one.value / longest if longest else 0.0


def _tiles(sums: Mapping[str, Sum], name_of: Callable[[str], str]) -> tuple[Tile, ...]:
    most = max((s.value for s in sums.values()), default=0.0)
    tiles = []
    for code, (x, y, width, height) in grid().items():
        one = sums.get(code) or Sum(code, name_of(code), 0.0, 0)
        # By the root: one great sum does not make all others white.
        shade = max(1, math.ceil(SHADES * math.sqrt(one.value / most))) if one.value and most else 0
        room = int(width * _LETTERS)
        lines = tuple(textwrap.wrap(one.name, room, max_lines=max(1, int(height * 1.5)), placeholder="…"))
        tiles.append(Tile(one, x * UNIT, y * UNIT, width * UNIT, height * UNIT, shade, lines))
    return tuple(tiles)


def _sum(key: str, values: list[float], name: str = "") -> Sum:
    return Sum(key, name, math.fsum(values), len(values))
