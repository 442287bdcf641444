"""The records of the contract `releve/1`: frozen, strict, and impossible to build with a false offset or value."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA: Final = "releve/1"

Bound = Literal["exact", "at_least", "at_most", "about", "range"]
AmountRole = Literal["investment", "funding", "subsidy", "revenue", "contract", "acquisition", "other"]
JobsRole = Literal["created", "existing", "cut", "kept"]
PlaceKind = Literal["commune", "department", "region", "country", "continent", "city", "other"]
Action = Literal[
    "invest",
    "open",
    "expand",
    "raise_funds",
    "acquire",
    "recruit",
    "partner",
    "receive_aid",
    "win_contract",
    "close",
    "cut_jobs",
    "commission",
    "other",
]
Status = Literal["announced", "planned", "under_way", "done", "possible", "cancelled"]
Decision = Literal["fact", "actor", "action", "status", "date", "place"]

Probability = Annotated[float, Field(ge=0, le=1)]
Figure = Annotated[int | float, Field(ge=0, allow_inf_nan=False)]
Offset = Annotated[int, Field(ge=0)]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Span(Record):
    """Words of the release: `start` and `end` count Unicode code points of its text."""

    start: Offset
    end: Offset
    text: str

    @model_validator(mode="after")
    def _holds_its_words(self) -> Self:
        if self.end - self.start != len(self.text) or not self.text:
            raise ValueError(f"span {self.start}:{self.end} does not hold {self.text!r}")
        return self


class Mention(Span):
    """A span that was recognised; `rule` names the rule or model that made it."""

    rule: str | None = None
    page: Annotated[int, Field(ge=1)] | None = None


class Company(Mention):
    """A named commercial firm; `name` is its longest form in the release, `country` its seat's where the text says it."""

    name: str
    country: CountryCode | None = None


class Organisation(Mention):
    """A named body that is not a firm."""

    name: str


class Quantity(Mention):
    """A figure with its bound; `max` is set when, and only when, `bound` is "range"."""

    max: Figure | None = None
    bound: Bound = "exact"

    @model_validator(mode="after")
    def _range_has_two_ends(self) -> Self:
        if (self.max is not None) != (self.bound == "range"):
            raise ValueError("max is set when, and only when, bound is 'range'")
        low = self.figure
        if self.max is not None and self.max < low:
            raise ValueError(f"a range from {low} up to {self.max}")
        return self

    @property
    def figure(self) -> float:
        """The value in the base unit of its kind."""
        raise NotImplementedError


class Amount(Quantity):
    """A sum of money, in units of its ISO 4217 currency."""

    value: Figure
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    role: AmountRole = "other"

    @property
    def figure(self) -> float:
        return self.value


class Power(Quantity):
    """An electric or thermal power, in megawatts."""

    megawatts: Figure

    @property
    def figure(self) -> float:
        return self.megawatts


class Energy(Quantity):
    """An energy, in megawatt-hours."""

    megawatt_hours: Figure

    @property
    def figure(self) -> float:
        return self.megawatt_hours


class Jobs(Quantity):
    """A number of people at work, or to be."""

    value: Figure
    role: JobsRole = "existing"

    @property
    def figure(self) -> float:
        return self.value


class Area(Quantity):
    """A surface, in square metres."""

    square_metres: Figure

    @property
    def figure(self) -> float:
        return self.square_metres


class Place(Mention):
    """A named place; `code` is INSEE for French communes, departments and regions, ISO 3166-1 alpha-2 for a country."""

    name: str
    kind: PlaceKind
    code: str | None = None
    country: CountryCode | None = None


class Date(Mention):
    """A closed interval of days."""

    first: datetime.date
    last: datetime.date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"a date from {self.first} to {self.last}")
        return self


class Period(Record):
    """A period inferred for a fact from words that are no date by themselves: it has no span."""

    start: None = None
    end: None = None
    text: None = None
    first: datetime.date
    last: datetime.date


class Fact(Record):
    """One row: who does what, for how much, where, when and how surely. A null figure is not known, never zero."""

    id: str
    company: str | None = None
    action: Action
    status: Status
    amount: Amount | None = None
    power: Power | None = None
    energy: Energy | None = None
    jobs: Jobs | None = None
    area: Area | None = None
    revenue: Amount | None = None
    places: tuple[Place, ...] = ()
    date: Date | Period | None = None
    evidence: Span
    confidence: Probability
    why: tuple[str, ...] = ()  # codes of the inferences made, told in words by rules/messages.*.toml
    sure: dict[Decision, Probability] = Field(default_factory=dict)  # each decision taken, with its probability

    @model_validator(mode="after")
    def _revenue_is_revenue(self) -> Self:
        if self.revenue is not None and self.revenue.role != "revenue":
            raise ValueError("revenue is an amount whose role is revenue")
        return self

    def spans(self) -> list[Span]:
        """Every span the fact rests on, its evidence first."""
        slots = (self.amount, self.power, self.energy, self.jobs, self.area, self.revenue, *self.places, self.date)
        return [self.evidence, *(s for s in slots if isinstance(s, Span))]


class Source(Record):
    uri: str | None
    media_type: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Notice(Record):
    """Something left out or doubtful, counted."""

    code: str
    count: Annotated[int, Field(ge=1)] = 1
    detail: str | None = None


class Release(Record):
    """One press release and everything read out of it."""

    schema_: Literal["releve/1"] = Field(SCHEMA, alias="schema")
    id: str
    source: Source
    title: str | None = None
    published: datetime.date | None = None
    updated: datetime.date | None = None
    language: str
    text: str
    companies: tuple[Company, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    amounts: tuple[Amount, ...] = ()
    powers: tuple[Power, ...] = ()
    energies: tuple[Energy, ...] = ()
    jobs: tuple[Jobs, ...] = ()
    areas: tuple[Area, ...] = ()
    places: tuple[Place, ...] = ()
    dates: tuple[Date, ...] = ()
    facts: tuple[Fact, ...] = ()
    warnings: tuple[Notice, ...] = ()
    engine: str

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", serialize_by_alias=True)

    def mentions(self) -> list[Mention]:
        """Every mention, in the order of the text."""
        lists: tuple[tuple[Mention, ...], ...] = (
            self.companies,
            self.organisations,
            self.amounts,
            self.powers,
            self.energies,
            self.jobs,
            self.areas,
            self.places,
            self.dates,
        )
        return sorted((m for entries in lists for m in entries), key=lambda m: (m.start, m.end))

    @model_validator(mode="after")
    def _stands_in_the_text(self) -> Self:
        text = self.text
        names = {c.name for c in self.companies} | {o.name for o in self.organisations}
        ids: set[str] = set()
        spans: list[Span] = list(self.mentions())
        for fact in self.facts:
            spans += fact.spans()
            if fact.company is not None and fact.company not in names:
                raise ValueError(f"fact {fact.id}: {fact.company!r} is no company or organisation of the release")
            if fact.id in ids:
                raise ValueError(f"fact {fact.id} stands twice")
            ids.add(fact.id)
        for span in spans:
            if text[span.start : span.end] != span.text:
                raise ValueError(f"{span.text!r} is not at {span.start}:{span.end}")
        return self

    def to_json(self) -> str:
        """The record as one line of JSON."""
        return self.model_dump_json()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a record."""
    schema = Release.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Relevé record"}
