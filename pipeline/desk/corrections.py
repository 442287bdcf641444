"""A corrected table of facts taken back as decisions: what a row says otherwise than the store is a correction.

Rows are known by `release_id` and `fact_id`; one without a `fact_id` whose `quote` stands in the release adds a fact.
The column `reviewed` accepts and rejects, `decision` tells which decision the row was exported with: a fact on which
somebody decided since is left to people. Columns that are missing change nothing.
"""

from __future__ import annotations

import datetime
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from pydantic import ValidationError

from pipeline.desk.export import ListError, read_table
from pipeline.records import Fact, Release
from pipeline.sinks.rows import Cell
from pipeline.sinks.text import FORMULA
from pipeline.store import Conflict, DecisionError, Kept, Store, decisions, events
from pipeline.store.decisions import ANY
from pipeline.store.reading import FACT_COLUMNS

_FIGURES: Final = {
    "power_mw": ("power", "powers", "megawatts"),
    "energy_mwh": ("energy", "energies", "megawatt_hours"),
    "jobs": ("jobs", "jobs", "value"),
    "area_m2": ("area", "areas", "square_metres"),
    "revenue": ("revenue", "amounts", "value"),
}
_MONEY: Final = ("amount", "amount_max", "amount_bound", "currency")
_PLACES: Final = ("place", "place_kind", "place_code", "country")
_DATES: Final = ("date_from", "date_to")
EDITABLE: Final = ("company", "action", "status", *_MONEY, *_FIGURES, *_PLACES, *_DATES)
_ROLES: Final = {
    "raise_funds": "funding",
    "receive_aid": "subsidy",
    "win_contract": "contract",
    "acquire": "acquisition",
    "invest": "investment",
    "open": "investment",
    "expand": "investment",
}
_JOIN: Final = " | "
_FRENCH_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")  # as a spreadsheet writes a day back
_GROUPS: Final = str.maketrans("", "", " \u00a0\u202f'")


class RowError(ValueError):
    """A row that cannot be taken back. `code` names the reason, `detail` is what it is about."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class Trouble:
    """A row that was left: the number of its line, and why."""

    line: int
    code: str
    detail: str


@dataclass
class Taken:
    """What came of a table: decisions by their kind, rows that said nothing new, rows that were left."""

    decisions: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    troubles: list[Trouble] = field(default_factory=list)


def take_back(store: Store, data: bytes, who: str, verdicts: Mapping[str, Literal["accept", "reject"]]) -> Taken:
    """Take the corrections of a CSV (any separator, decimal comma or point) as decisions, all in one transaction.

    `verdicts`: the words of the column `reviewed` that accept or reject, in small letters. ListError when it is no
    table of facts; a row that cannot be used is told and costs the others nothing.
    """
    header, rows = read_table(data)
    if "release_id" not in header or "fact_id" not in header:
        raise ListError("columns", "release_id, fact_id")
    taken = Taken()
    with store.transaction():
        for line, cells in rows:
            row = {name: _unquoted(cell) for name, cell in cells.items() if name in FACT_COLUMNS}
            try:
                done = _Row(store, row, verdicts).decide(who)
            except RowError as error:
                taken.troubles.append(Trouble(line, error.code, error.detail))
            except Conflict as error:
                taken.troubles.append(Trouble(line, "conflict", error.detail))
            except DecisionError as error:
                taken.troubles.append(Trouble(line, error.code, error.detail))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"])
                taken.troubles.append(Trouble(line, "value", f"{where}: {first['msg']}"))
            else:
                if done is None:
                    taken.unchanged += 1
                else:
                    taken.decisions[done] += 1
    events.refresh(store)
    return taken


class _Row:
    """One row of the table, beside what the store has of it."""

    def __init__(
        self, store: Store, row: Mapping[str, str], verdicts: Mapping[str, Literal["accept", "reject"]]
    ) -> None:
        self._store, self._row, self._verdicts = store, row, verdicts

    def decide(self, who: str) -> str | None:
        """The decision the row stands for, taken; None when it says nothing new."""
        if not self._row["fact_id"]:
            return self._add(who)
        held = self._store.connection.execute(
            "SELECT * FROM fact WHERE release_id = ? AND fact_id = ?", (self._row["release_id"], self._row["fact_id"])
        ).fetchone()
        if held is None:
            raise RowError("no_fact", f"{self._row['release_id']} {self._row['fact_id']}")
        verdict = self._verdict(held)
        changes = {name for name in EDITABLE if name in self._row and self._differs(name, held[name])}
        if verdict is None and not changes:
            return None
        number = self._row.get("decision")
        expects = ANY if number is None else int(number) if number.isdigit() else None
        source, fact_id = int(held["source"]), str(held["fact_id"])
        if changes and verdict != "reject":
            kept = Kept.of(held)
            fact = self._edited(kept.fact, changes, self._store.release(kept.version))
            decisions.decide(self._store, source, fact_id, "correct", who, fact=fact, expects=expects)
            return "correct"
        assert verdict is not None
        decisions.decide(self._store, source, fact_id, verdict, who, expects=expects)
        return verdict

    def _verdict(self, held: sqlite3.Row) -> Literal["accept", "reject"] | None:
        """What the column `reviewed` says, where it says something new."""
        word = self._row.get("reviewed", "").casefold()
        if not word or word == held["state"] or word in ("corrected", "added"):
            return None
        if word not in self._verdicts:
            raise RowError("verdict", word)
        verdict = self._verdicts[word]
        told = {"accept": ("accepted", "corrected", "added"), "reject": ("rejected",)}[verdict]
        return None if held["state"] in told else verdict

    def _differs(self, name: str, held: Cell) -> bool:
        """Whether the row's cell says otherwise: spreadsheets drop zeros of codes, and write days in their own way."""
        cell = self._row[name]
        if held is None or not cell:
            return bool(cell) or held is not None
        if FACT_COLUMNS[name] is float:
            value = self._number(name)
            return value is None or abs(value - float(str(held))) > 1e-9 * max(1.0, abs(value))
        if FACT_COLUMNS[name] is datetime.date:
            return self._date(name) != datetime.date.fromisoformat(str(held))
        if name == "place_code":
            return [c.lstrip("0") for c in cell.split(_JOIN)] != [c.lstrip("0") for c in str(held).split(_JOIN)]
        return cell != str(held)

    def _number(self, name: str) -> float | None:
        cell = self._row.get(name, "").translate(_GROUPS).replace(",", ".")
        if not cell:
            return None
        try:
            value = float(cell)
        except ValueError:
            raise RowError("number", f"{name}: {self._row[name]}") from None
        return int(value) if value.is_integer() else value

    def _date(self, name: str) -> datetime.date | None:
        cell = self._row.get(name, "")
        if not cell:
            return None
        french = _FRENCH_DAY.fullmatch(cell)
        try:
            if french:
                day, month, year = map(int, french.groups())
                return datetime.date(year, month, day)
            return datetime.date.fromisoformat(cell[:10])
        except ValueError:
            raise RowError("date", f"{name}: {cell}") from None

    def _edited(self, fact: Fact, changes: set[str], record: Release) -> Fact:
        """The fact as the row has it; what it says of figures stays where their words stand."""
        data = fact.model_dump()
        for name in ("company", "action", "status"):
            if name in changes:
                data[name] = self._row[name] or None
        if changes & set(_MONEY):
            data["amount"] = self._money(fact, record)
        for name in changes & set(_FIGURES):
            data[_FIGURES[name][0]] = self._figure(name, fact, record)
        if changes & set(_PLACES):
            data["places"] = tuple(self._places(fact, record))
        if changes & set(_DATES):
            first, last = self._date("date_from"), self._date("date_to")
            first, last = first or last, last or first
            data["date"] = {"start": None, "end": None, "text": None, "first": first, "last": last} if first else None
        return Fact.model_validate(data)

    def _money(self, fact: Fact, record: Release) -> dict[str, Any] | None:
        value = self._number("amount")
        if "amount" not in self._row and fact.amount is not None:
            value = fact.amount.value
        if value is None:
            return None
        held = fact.amount.model_dump() if fact.amount else self._words(fact, record, "amounts", "value", value)
        if held.get("role", "other") == "other":
            held["role"] = _ROLES.get(self._row.get("action") or fact.action, "other")
        top = self._number("amount_max") if "amount_max" in self._row else held.get("max")
        bound = self._row.get("amount_bound") or held.get("bound") or "exact"
        if top is not None:
            bound = "range"
        elif bound == "range" and self._row.get("amount_bound") != "range":
            bound = "exact"
        money = self._row.get("currency") or held.get("currency") or "EUR"
        return {**held, "value": value, "max": top, "bound": bound, "currency": money}

    def _figure(self, name: str, fact: Fact, record: Release) -> dict[str, Any] | None:
        slot, kind, of = _FIGURES[name]
        value = self._number(name)
        if value is None:
            return None
        had = getattr(fact, slot)
        held = had.model_dump() if had is not None else self._words(fact, record, kind, of, value)
        if slot == "revenue":
            held |= {"role": "revenue", "currency": held.get("currency") or self._row.get("currency") or "EUR"}
        elif slot == "jobs":
            held.setdefault("role", "created")
        bound = held.get("bound") or "exact"
        return {**held, of: value, "max": None, "bound": "exact" if bound == "range" else bound}

    def _words(self, fact: Fact, record: Release, kind: str, of: str, value: float) -> dict[str, Any]:
        """A mention of this value, the nearest to the fact's evidence; else the words of the evidence itself."""
        equal = [m for m in getattr(record, kind) if getattr(m, of) == value]
        if equal:
            found: dict[str, Any] = min(equal, key=lambda m: abs(m.start - fact.evidence.start)).model_dump()
            return found
        return {**fact.evidence.model_dump(), "rule": None, "page": None}

    def _places(self, fact: Fact, record: Release) -> list[dict[str, Any]]:
        """The places named, each as the fact, the release or the gazetteers know it, else as the row has it."""
        held = [p.name for p in fact.places]
        names = [name for name in self._row["place"].split(_JOIN) if name] if "place" in self._row else held
        cells = [(self._row[c].split(_JOIN) if c in self._row else None) for c in _PLACES[1:]]
        return [self._place(n, name, cells, fact, record) for n, name in enumerate(names)]

    def _place(self, n: int, name: str, cells: list[list[str] | None], fact: Fact, record: Release) -> dict[str, Any]:
        told = [None if column is None else column[n] if n < len(column) else "" for column in cells]
        if n < len(fact.places) and fact.places[n].name == name:  # what the row says of it is about this place
            held = fact.places[n].model_dump()
            for slot, cell in zip(("kind", "code", "country"), told, strict=True):
                if cell is not None and cell.lstrip("0") != (held[slot] or "").lstrip("0"):
                    held[slot] = cell or None
            return held
        known = [p for p in record.places if p.name == name]
        if known:
            return min(known, key=lambda p: abs(p.start - fact.evidence.start)).model_dump()
        at = record.text.find(name, fact.evidence.start, fact.evidence.end)
        at = at if at >= 0 else record.text.find(name)
        words = fact.evidence.model_dump() if at < 0 else {"start": at, "end": at + len(name), "text": name}
        entries = [e for e in self._gazetteer.get(name, []) if not e.former]
        one = entries[0] if len(entries) == 1 else None
        kind, code, country = (one.kind, one.code, one.country) if one else (told[0] or "other", None, None)
        return {**words, "name": name, "kind": kind, "code": code, "country": country, "rule": None, "page": None}

    @cached_property
    def _gazetteer(self) -> Mapping[str, list[Any]]:
        from rules import gazetteers

        return gazetteers.load().spellings

    def _add(self, who: str) -> str:
        held = self._store.connection.execute(
            "SELECT s.id, s.standing FROM source s JOIN version v ON v.id = s.standing WHERE v.release_id = ?",
            (self._row["release_id"],),
        ).fetchone()
        if held is None:
            raise RowError("no_record", self._row["release_id"])
        record = self._store.release(held["standing"])
        quote = self._row.get("quote", "")
        at = record.text.find(quote) if quote else -1
        if at < 0:
            raise RowError("quote", quote[:80])
        evidence = {"start": at, "end": at + len(quote), "text": quote}
        action, status = self._row.get("action") or "other", self._row.get("status") or "announced"
        blank = Fact.model_validate(
            {"id": "new", "action": action, "status": status, "evidence": evidence, "confidence": 1.0}
        )
        filled = {name for name in EDITABLE if self._row.get(name)}
        decisions.add(self._store, held["id"], self._edited(blank, filled, record), who)
        return "add"


def _unquoted(cell: str) -> str:
    """A cell as it was before it was kept from being taken for a formula."""
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
