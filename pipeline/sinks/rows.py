"""Facts as flat rows: the columns of the contract, joined on names and codes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Final, Protocol, TypeAlias

from pipeline.records import Fact, Place, Release
from pipeline.sinks.company_key import CompanyKeys

Cell: TypeAlias = str | int | float | datetime.date | None

# Column → type, as databases and Parquet want it.
COLUMNS: Final[dict[str, type]] = {
    "release_id": str,
    "fact_id": str,
    "source_uri": str,
    "published": datetime.date,
    "company": str,
    "company_key": str,
    "company_country": str,
    "action": str,
    "status": str,
    "amount": float,
    "amount_max": float,
    "amount_bound": str,
    "currency": str,
    "power_mw": float,
    "energy_mwh": float,
    "jobs": float,
    "area_m2": float,
    "revenue": float,
    "place": str,
    "place_kind": str,
    "place_code": str,
    "department_code": str,
    "region_code": str,
    "country": str,
    "date_from": datetime.date,
    "date_to": datetime.date,
    "quote": str,
    "start": int,
    "end": int,
    "page": int,
    "confidence": float,
    "why": str,
    "schema": str,
}
_JOIN = " | "


class Areas(Protocol):
    """Which department and region a commune lies in, and which region a department."""

    def department_of(self, commune: str) -> str | None: ...

    def region_of(self, department: str) -> str | None: ...


class FlatRows:
    """Turns releases into rows; built once."""

    def __init__(self, keys: CompanyKeys, areas: Areas) -> None:
        self._keys = keys
        self._areas = areas

    def rows(self, release: Release) -> list[dict[str, Cell]]:
        """One row for each fact, with every column of COLUMNS; what is not known is None."""
        countries = _countries(release)
        return [self._row(release, fact, countries) for fact in release.facts]

    def row(self, release: Release, fact: Fact) -> dict[str, Cell]:
        """The row of one fact told of a release, which need not be among the release's own."""
        return self._row(release, fact, _countries(release))

    def company_key(self, name: str) -> str:
        """The name of a firm as compared."""
        return self._keys.key(name)

    def _row(self, release: Release, fact: Fact, countries: Mapping[str, str | None]) -> dict[str, Cell]:
        amount = fact.amount
        figures = (fact.amount, fact.power, fact.energy, fact.jobs, fact.area, fact.revenue, *fact.places)
        regions = [self._place_codes(place) for place in fact.places]
        return {
            "release_id": release.id,
            "fact_id": fact.id,
            "source_uri": release.source.uri,
            "published": release.published,
            "company": fact.company,
            "company_key": self._keys.key(fact.company) if fact.company else None,
            "company_country": countries.get(fact.company) if fact.company else None,
            "action": fact.action,
            "status": fact.status,
            "amount": amount.value if amount else None,
            "amount_max": amount.max if amount else None,
            "amount_bound": amount.bound if amount else None,
            "currency": amount.currency if amount else None,
            "power_mw": fact.power.megawatts if fact.power else None,
            "energy_mwh": fact.energy.megawatt_hours if fact.energy else None,
            "jobs": fact.jobs.value if fact.jobs else None,
            "area_m2": fact.area.square_metres if fact.area else None,
            "revenue": fact.revenue.value if fact.revenue else None,
            "place": _joined(place.name for place in fact.places),
            "place_kind": _joined(place.kind for place in fact.places),
            "place_code": _joined(place.code for place in fact.places),
            "department_code": _joined(department for department, _ in regions),
            "region_code": _joined(region for _, region in regions),
            "country": _joined(place.country for place in fact.places),
            "date_from": fact.date.first if fact.date else None,
            "date_to": fact.date.last if fact.date else None,
            "quote": fact.evidence.text,
            "start": fact.evidence.start,
            "end": fact.evidence.end,
            "page": next((f.page for f in figures if f is not None and f.page), None),
            "confidence": fact.confidence,
            "why": _JOIN.join(fact.why) or None,
            "schema": release.schema_,
        }

    def _place_codes(self, place: Place) -> tuple[str | None, str | None]:
        """Department and region of a place."""
        if place.kind == "region":
            return None, place.code
        if not place.code or place.kind not in ("commune", "department"):
            return None, None
        department = place.code if place.kind == "department" else self._areas.department_of(place.code)
        return department, self._areas.region_of(department) if department else None


def _countries(release: Release) -> dict[str, str | None]:
    return {c.name: c.country for c in release.companies if c.country is not None}


def _joined(values: Iterable[str | None]) -> str | None:
    """Joined in the order of the places, so that columns can be split side by side; None when all are unknown."""
    cells = [value or "" for value in values]
    return _JOIN.join(cells) if any(cells) else None
