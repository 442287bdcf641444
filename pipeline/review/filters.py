"""Which facts somebody wants to see, as an address says it and as SQL asks for it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import urlencode

from pipeline.document import fold
from pipeline.sinks.words import LEVELS, SLOTS

STATES: Final = ("todo", "look", "accepted", "rejected", "corrected", "added", "all")
FIGURES: Final = {
    slot: {"power": "power_mw", "energy": "energy_mwh", "area": "area_m2"}.get(slot, slot) for slot in SLOTS
}
TODO: Final = "(f.state IS NULL OR f.look)"
_STATES: Final = {"todo": TODO, "look": "f.look", "all": "1"}
_WORD: Final = re.compile(r"[^\W_]+")
_LONG: Final = 200  # characters of a filter; nobody types more


@dataclass(frozen=True)
class Filters:
    """What is asked for; an empty text asks for nothing. `month` is "2025-03", `since` and `until` are days."""

    q: str = ""
    state: str = "todo"
    since: str = ""
    until: str = ""
    month: str = ""
    source: str = ""
    firm: str = ""
    region: str = ""
    action: str = ""
    figure: str = ""
    level: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filters:
        """From an address; what it says wrongly is left out."""
        values = {f.name: query[f.name].strip()[:_LONG] for f in fields(cls) if query.get(f.name)}
        if values.get("state") not in STATES:
            values.pop("state", None)
        if values.get("figure") not in FIGURES:
            values.pop("figure", None)
        if values.get("level") not in dict(LEVELS):
            values.pop("level", None)
        for name in ("since", "until"):
            if name in values and not _is_day(values[name]):
                del values[name]
        return cls(**values)

    @property
    def set(self) -> dict[str, str]:
        """Those that ask for something, by name."""
        return {f.name: v for f in fields(self) if (v := getattr(self, f.name)) != f.default}

    def query(self, **changes: Any) -> str:
        """As the part of an address behind its "?", with what is changed or added."""
        own = {f.name for f in fields(self)}
        told = replace(self, **{k: v for k, v in changes.items() if k in own}).set
        return urlencode(told | {k: v for k, v in changes.items() if k not in own and v not in (None, "")})

    def where(self, *, state: bool = True) -> tuple[str, list[Any]]:
        """The condition on `fact f`, and its values; without `state`, whatever people decided."""
        parts: list[tuple[str, list[Any]]] = [("1", [])]
        if state:
            known = _STATES.get(self.state)
            parts.append((known, []) if known else ("f.state = ?", [self.state]))
        if self.since:
            parts.append(("f.published >= ?", [self.since]))
        if self.until:
            parts.append(("f.published <= ?", [self.until]))
        if self.month:
            parts.append(("substr(f.published, 1, 7) = ?", [self.month]))
        if self.source:
            parts.append(("instr(lower(f.source_uri), lower(?))", [self.source]))
        if self.firm:
            parts.append(("f.company_key = ?", [self.firm]))
        if self.region == "none":
            parts.append(("f.region_code IS NULL", []))
        elif self.region:
            parts.append(("instr(' | ' || f.region_code || ' | ', ?)", [f" | {self.region} | "]))
        if self.action:
            parts.append(("f.action = ?", [self.action]))
        if self.figure:
            parts.append((f"f.{FIGURES[self.figure]} IS NOT NULL", []))
        if self.level:
            least = dict(LEVELS)[self.level]
            above = min((at for _, at in LEVELS if at > least), default=2.0)
            parts.append(("round(f.confidence, 2) >= ? AND round(f.confidence, 2) < ?", [least, above]))
        if self.q:
            parts.append(_searched(self.q))
        return " AND ".join(sql for sql, _ in parts), [v for _, values in parts for v in values]


def _searched(q: str) -> tuple[str, list[Any]]:
    """Facts of releases that hold all the words (the last may be begun), and of the firm so called."""
    words = _WORD.findall(q)
    if not words:
        return "0", []
    asked = " ".join(f'"{word}"' for word in words) + "*"
    key = " ".join(_WORD.findall(fold(q)))
    return (
        "(f.version IN (SELECT rowid FROM search WHERE search MATCH ?) OR instr(f.company_key, ?))",
        [asked, key],
    )


def _is_day(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
