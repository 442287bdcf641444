"""The shape of a rule file. An unknown key, an empty list or a rule without examples does not load."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Value = str | int | float | bool | list[Any] | dict[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Strict):
    """Forms of one class of expression, and what they stand for.

    A form is written as people write it, words parted by blanks, with these marks and no others:
      {name}           any form of the class `name`; {number}, {integer:1-31} and {digits:4} are built in
      [words]          words that may be missing
      (this|that)      one or the other
      stem*            any word that begins so
      *ending          any longer word that ends so
      =Word            exactly this spelling; otherwise case and accents don't count
      \\( \\) \\[ \\] …     the sign itself
    There is no repetition: a form covers a bounded number of words, so that reading a text is linear in its length.
    """

    id: Name
    cls: Name = Field(alias="class")
    forms: tuple[Text, ...] = ()
    value: Value | None = None
    table: dict[str, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(default_factory=dict)
    examples: Annotated[tuple[Text, ...], Field(min_length=1)]
    counter_examples: Annotated[tuple[Text, ...], Field(min_length=1)]
    note: str | None = None

    @model_validator(mode="after")
    def _forms_or_table(self) -> Self:
        if bool(self.forms) == bool(self.table):
            raise ValueError(f"rule {self.id}: give either forms (with a value) or a table of value = forms")
        if self.table and self.value is not None:
            raise ValueError(f"rule {self.id}: a table has its values as keys, not a value beside it")
        return self

    def expressions(self) -> list[tuple[str, Value | None]]:
        """(form, value) pairs, from the forms or from the table."""
        if self.table:
            return [(form, value) for value, forms in self.table.items() for form in forms]
        return [(form, self.value) for form in self.forms]


class RuleFile(_Strict):
    """One file of rules: what it is about, which classes are looked for in every text, and the rules."""

    about: Text
    scan: tuple[Name, ...] = ()  # the other classes serve as parts of these
    rule: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _no_rule_twice(self) -> Self:
        seen: set[str] = set()
        for rule in self.rule:
            if rule.id in seen:
                raise ValueError(f"rule {rule.id} stands twice")
            seen.add(rule.id)
        return self


MESSAGE_KEY = re.compile(r"^[a-z][a-z0-9_.]*$")
