"""A form's fields → a corrected fact, or what is wrong with each field; and a fact → the fields of its form."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import ValidationError

from pipeline.records import (
    Action,
    Amount,
    AmountRole,
    Area,
    Bound,
    Company,
    Energy,
    Fact,
    Jobs,
    JobsRole,
    Mention,
    Power,
    Quantity,
    Release,
    Span,
    Status,
)
from pipeline.review import words
from pipeline.review.words import SLOT_KINDS
from pipeline.sinks.words import SLOTS, number_words

if TYPE_CHECKING:
    from rules.messages import Messages

ACTIONS: Final[tuple[str, ...]] = get_args(Action)
STATUSES: Final[tuple[str, ...]] = get_args(Status)
BOUNDS: Final[tuple[str, ...]] = get_args(Bound)
ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "amount": tuple(role for role in get_args(AmountRole) if role != "revenue"),
    "jobs": get_args(JobsRole),
}
RECORDS: Final[Mapping[str, type[Quantity]]] = {
    "amount": Amount, "power": Power, "energy": Energy, "jobs": Jobs, "area": Area, "revenue": Amount,
}  # fmt: skip
PLACES: Final = 6  # places that a form holds, at least
_OF_ACTION: Final = {
    "raise_funds": "funding", "receive_aid": "subsidy", "win_contract": "contract", "acquire": "acquisition",
    "invest": "investment", "open": "investment", "expand": "investment",
}  # fmt: skip

Form = Mapping[str, str]


class Wrong(ValueError):
    """A field that cannot be used. `code` is told in words, `detail` is what it is about."""

    def __init__(self, name: str, code: str, detail: str = "") -> None:
        super().__init__(f"{name}: {code}")
        self.name, self.code, self.detail = name, code, detail


@dataclass
class Corrected:
    """What came of a form: the fact, unless something is `wrong`; errors by the name of their field."""

    fact: Fact | None = None
    wrong: dict[str, Wrong] = field(default_factory=dict)


def fields_of(fact: Fact, say: Messages) -> dict[str, str]:
    """The fields of a fact's form, as people read them."""
    out = {
        "company": fact.company or "",
        "action": fact.action,
        "status": fact.status,
        "evidence.words": fact.evidence.text,
    }
    for slot in SLOTS:
        figure: Quantity | None = getattr(fact, slot)
        if figure is None:
            continue
        out[f"{slot}.value"] = number_words(figure.figure, say)
        out[f"{slot}.max"] = number_words(figure.max, say) if figure.max is not None else ""
        out[f"{slot}.bound"] = figure.bound
        out[f"{slot}.words"] = figure.text
        if isinstance(figure, Amount):
            out[f"{slot}.currency"] = figure.currency
        if isinstance(figure, Amount | Jobs):
            out[f"{slot}.role"] = figure.role
    for n, place in enumerate(fact.places):
        out[f"place.{n}"] = f"{place.name} ({place.code})" if place.code else place.name
    if fact.date is not None:
        out["date.first"], out["date.last"] = fact.date.first.isoformat(), fact.date.last.isoformat()
        out["date.words"] = fact.date.text if isinstance(fact.date, Mention) else ""
    return out


def blank(release: Release, start: int, end: int) -> Fact:
    """A fact that was missed, begun from the words that tell it: what is mentioned in them fills it."""
    text = release.text[start:end]

    def first(entries: Any, role: str | None = None) -> Any:
        found = words.inside(entries, start, end)
        return next((e for e in found if role is None or (e.role == "revenue") == (role == "revenue")), None)

    company: Company | None = first(release.companies)
    amount = first(release.amounts, "other")
    return Fact(
        id="new",
        company=company.name if company else None,
        action="invest" if amount else "other",
        status="announced",
        amount=amount,
        power=first(release.powers),
        energy=first(release.energies),
        jobs=first(release.jobs),
        area=first(release.areas),
        revenue=first(release.amounts, "revenue"),
        places=tuple(words.inside(release.places, start, end)[:PLACES]),
        date=first(release.dates),
        evidence=Span(start=start, end=end, text=text),
        confidence=1.0,
    )


def corrected(fact: Fact, form: Form, release: Release, say: Messages) -> Corrected:
    """The fact as a form has it. Fields that were left alone keep what they stand for, words and all."""
    return _Form(fact, form, release, say).corrected()


class _Form:
    def __init__(self, fact: Fact, form: Form, release: Release, say: Messages) -> None:
        self._fact, self._form, self._release, self._say = fact, form, release, say
        self._shown = fields_of(fact, say)
        self._out = Corrected()
        self._evidence: dict[str, Any] = fact.evidence.model_dump()

    def corrected(self) -> Corrected:
        data = self._fact.model_dump()
        data["evidence"] = self._evidence = self._try(self._spoken, data["evidence"])
        data["company"] = self._try(self._company, None)
        for name, known in (("action", ACTIONS), ("status", STATUSES)):
            data[name] = self._get(name) or data[name]
            if data[name] not in known:
                self._out.wrong[name] = Wrong(name, "choice", data[name])
        for slot in SLOTS:
            data[slot] = self._try(lambda slot=slot: self._figure(slot), None)
        data["places"] = tuple(self._places())
        data["date"] = self._try(self._days, None)
        if self._out.wrong:
            return self._out
        try:
            self._out.fact = Fact.model_validate(data)
        except ValidationError as error:
            for one in error.errors():
                name = str(one["loc"][0]) if one["loc"] else "evidence"
                name = f"{name}.value" if name in SLOTS else name
                self._out.wrong.setdefault(name, Wrong(name, "value", one["msg"]))
        return self._out

    def _try(self, read: Any, default: Any) -> Any:
        try:
            return read()
        except Wrong as wrong:
            self._out.wrong[wrong.name] = wrong
            return default

    def _get(self, name: str) -> str:
        return self._form.get(name, self._shown.get(name, "")).strip()

    def _same(self, *names: str) -> bool:
        """Whether fields are as they were shown."""
        return all(self._get(name) == self._shown.get(name, "").strip() for name in names)

    def _span(self, name: str) -> dict[str, Any] | None:
        """The words of a field where they stand in the text; None for an empty one."""
        typed = self._get(f"{name}.words")
        if not typed:
            return None
        text, at = self._release.text, self._evidence["start"]
        start, end = self._form.get(f"{name}.start", ""), self._form.get(f"{name}.end", "")
        found = words.selected(text, typed, start, end) or words.nearest(text, typed, at)
        if found is None:
            raise Wrong(f"{name}.words", "words", typed[:80])
        return {"start": found[0], "end": found[1], "text": text[slice(*found)]}

    def _spoken(self) -> dict[str, Any]:
        if self._same("evidence.words"):
            return self._evidence
        return self._span("evidence") or self._evidence

    def _company(self) -> str | None:
        """A name that the release has, as a mention or in its words."""
        name = self._get("company")
        if not name or name == self._fact.company:
            return name or None
        if name in words.names_of(self._release):
            return name
        if name not in self._release.text:
            raise Wrong("company", "company", name[:80])
        return name

    def _figure(self, slot: str) -> dict[str, Any] | None:
        parts = [f"{slot}.{part}" for part in ("value", "max", "bound", "currency", "role", "words")]
        had: Quantity | None = getattr(self._fact, slot)
        if self._same(*parts):
            return had.model_dump() if had is not None else None
        _, of = SLOT_KINDS[slot]
        read = self._read(slot, had)
        if read is None:
            return None
        data: dict[str, Any] = {"rule": None, "page": None, **(had.model_dump() if had else {}), **read}
        data |= self._span(slot) or self._stand_in(slot, data[of])
        if slot in ("amount", "revenue"):
            data["currency"] = (self._get(f"{slot}.currency") or data.get("currency") or "EUR").upper()
        if slot == "revenue":
            data["role"] = "revenue"
        elif slot in ROLES:
            preset = "created" if slot == "jobs" else _OF_ACTION.get(self._get("action"), "other")
            data["role"] = self._get(f"{slot}.role") or preset
        if data["bound"] == "range" and data["max"] is None:
            raise Wrong(f"{slot}.max", "max_needed")
        if data["bound"] == "range" and data["max"] < data[of]:
            raise Wrong(f"{slot}.max", "max_lower")
        try:
            RECORDS[slot].model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = str(first["loc"][0]) if first["loc"] else "value"
            name = f"{slot}.{where if where in ('max', 'bound', 'currency', 'role') else 'value'}"
            code = {"currency": "currency", "role": "choice", "bound": "choice"}.get(where, "value")
            raise Wrong(name, code, str(data.get(where, first["msg"]))) from None
        return data

    def _read(self, slot: str, had: Quantity | None) -> dict[str, Any] | None:
        """Value, upper end and bound, from what was typed, or from the words where no value was; None without both."""
        _, of = SLOT_KINDS[slot]
        typed, top, bound = self._get(f"{slot}.value"), self._get(f"{slot}.max"), self._get(f"{slot}.bound")
        if not typed:
            told = self._get(f"{slot}.words")
            if not told or (had is not None and self._same(f"{slot}.words")):
                return None
            found = words.reader().figure(told, slot)
            if found is None:
                raise Wrong(f"{slot}.value", "number", told[:80])
            return dict(found)
        value = self._number(typed)
        if value is None and typed[0] in "-\N{MINUS SIGN}":
            raise Wrong(f"{slot}.value", "number", typed[:80])
        if value is None:  # "4 Md€", "up to 4 Md€": as the text would say it
            found = words.reader().figure(typed, slot) or words.reader().figure(f"{typed} {self._unit(slot)}", slot)
            if found is None:
                raise Wrong(f"{slot}.value", "number", typed[:80])
            return dict(found)
        high = self._number(top) if top else None
        if top and high is None:
            raise Wrong(f"{slot}.max", "number", top[:80])
        if high is not None and self._same(f"{slot}.bound") and bound != "range":
            bound = "range"
        if bound != "range":
            high = None
        return {of: value, "max": high, "bound": bound or "exact"}

    def _number(self, typed: str) -> int | float | None:
        return words.number(typed, self._say("number.decimal"))

    def _unit(self, slot: str) -> str:
        return "€" if slot in ("amount", "revenue") else self._say(f"review.unit.{slot}")

    def _stand_in(self, slot: str, value: float) -> dict[str, Any]:
        """Words for a figure that was given none: a mention of this value, the nearest, or else the evidence."""
        kind, of = SLOT_KINDS[slot]
        equal = [m for m in getattr(self._release, kind) if getattr(m, of) == value]
        if not equal:
            return self._evidence
        near = min(equal, key=lambda m: abs(m.start - self._evidence["start"]))
        return {"start": near.start, "end": near.end, "text": near.text}

    def _places(self) -> list[dict[str, Any]]:
        names = sorted(
            {n for n in (*self._form, *self._shown) if n.startswith("place.") and n[6:].isdecimal()},
            key=lambda n: int(n[6:]),
        )
        found = (self._try(lambda name=name: self._place(name), None) for name in names[:50])
        return [place for place in found if place is not None]

    def _place(self, name: str) -> dict[str, Any] | None:
        typed, number = self._get(name), int(name[6:])
        if not typed:
            return None
        if self._same(name):
            return self._fact.places[number].model_dump()
        entries = words.places().of(typed)
        mentioned = [p for p in self._release.places if p.name == typed or f"{p.name} ({p.code})" == typed]
        if mentioned:
            at = self._evidence["start"]
            return min(mentioned, key=lambda p: abs(p.start - at)).model_dump()
        if len(entries) > 1:
            raise Wrong(name, "namesakes", ", ".join(words.written(e) for e in entries[:6]))
        entry = entries[0] if entries else None
        called = entry.name if entry else typed
        at = self._evidence["start"]
        span = words.nearest(self._release.text, called, at)
        if span is None and number < len(self._fact.places):  # the words of the place that stood here
            held = self._fact.places[number]
            span = (held.start, held.end)
        if entry is None and words.nearest(self._release.text, called, at) is None:
            raise Wrong(name, "place", typed[:80])
        stands = (
            {"start": span[0], "end": span[1], "text": self._release.text[slice(*span)]} if span else self._evidence
        )
        kind, code, country = (entry.kind, entry.code, entry.country) if entry else ("other", None, None)
        return {**stands, "name": called, "kind": kind, "code": code, "country": country, "rule": None, "page": None}

    def _days(self) -> dict[str, Any] | None:
        if self._same("date.first", "date.last", "date.words"):
            return self._fact.date.model_dump() if self._fact.date is not None else None
        first, last = self._day("date.first"), self._day("date.last")
        if first is None and last is None:
            told = self._get("date.words")
            if not told or self._same("date.words"):
                return None
            read = words.reader().days(told, self._release.published)
            if read is None:
                raise Wrong("date.first", "date", told[:80])
            first, last = read
        first, last = first or last, last or first
        assert first is not None
        assert last is not None
        if last < first:
            raise Wrong("date.last", "date_order")
        span = self._span("date")
        if span is None:
            return {"start": None, "end": None, "text": None, "first": first, "last": last}
        return {**span, "first": first, "last": last, "rule": None, "page": None}

    def _day(self, name: str) -> datetime.date | None:
        typed = self._get(name)
        if not typed:
            return None
        try:
            return datetime.date.fromisoformat(typed)
        except ValueError:
            raise Wrong(name, "date", typed[:80]) from None
