"""What a tag and a row of an annotated release may say; anything else is a slip of the annotator and is refused."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from pipeline.records import Action, AmountRole, Bound, CountryCode, Figure, JobsRole, PlaceKind, Status

Text = Annotated[str, Field(min_length=1)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Company(_Strict):
    name: Text
    country: CountryCode | None = None


class _Organisation(_Strict):
    pass


class _Bounded(_Strict):
    bound: Bound = "exact"
    max: Figure | None = None

    @model_validator(mode="after")
    def _range_has_two_ends(self) -> Self:
        if (self.max is not None) != (self.bound == "range"):
            raise ValueError("max stands with bound range, and only with it")
        return self


class _Amount(_Bounded):
    value: Figure
    currency: Currency
    role: AmountRole


class _Power(_Bounded):
    mw: Figure


class _Energy(_Bounded):
    mwh: Figure


class _Jobs(_Bounded):
    value: Figure
    role: JobsRole


class _Area(_Bounded):
    m2: Figure


class _Place(_Strict):
    kind: PlaceKind
    name: Text
    dep: Text | None = None
    insee: Text | None = None
    code: CountryCode | None = None


class _Period(_Strict):
    start: datetime.date
    end: datetime.date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start > self.end:
            raise ValueError("it ends before it starts")
        return self


class _Value(_Bounded):
    value: Figure


class _Money(_Value):
    currency: Currency = "EUR"


class _Row(_Strict):
    company: Text | None = None
    org: bool = False
    action: Action
    status: Status | None = None
    amount: _Money | None = None
    power: _Value | None = None
    energy: _Value | None = None
    jobs: _Value | None = None
    area: _Value | None = None
    revenue: _Money | None = None
    places: tuple[Text, ...] = ()
    date: _Period | None = None


TAGS: Mapping[str, type[_Strict]] = {
    "company": _Company,
    "org": _Organisation,
    "amount": _Amount,
    "power": _Power,
    "energy": _Energy,
    "jobs": _Jobs,
    "area": _Area,
    "place": _Place,
    "date": _Period,
}
_ROWS = TypeAdapter(tuple[_Row, ...])


def fault_of_tag(tag: str, attributes: Mapping[str, str]) -> str | None:
    """What is wrong with the attributes of a tag, or None."""
    try:
        TAGS[tag].model_validate(dict(attributes))
    except ValidationError as error:
        return _first(error)
    return None


def fault_of_rows(rows: Any) -> str | None:
    """What is wrong with the rows of a release as YAML gives them, or None."""
    try:
        _ROWS.validate_python(rows)
    except ValidationError as error:
        return _first(error)
    return None


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
