"""Where a mention comes from: its rule with file, line, note and examples, or the model, or the gazetteer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rules import Rules

_RULES: Final = "rules"  # the package that holds the rule files
_FOUND_ELSEWHERE: Final[Mapping[str, tuple[str, str]]] = {  # a mention's rule → what made it, and where that stands
    "model": ("model", "pipeline/model/README.md"),
    "bare": ("number", "pipeline/model/README.md"),
    "places.gazetteer": ("gazetteer", "rules/gazetteers/SOURCES.md"),
}
# What proposes a name that the model did not see itself; which of them is one is a learned decision.
_SOURCES: Final = frozenset({"again", "capitals", "gazetteer", "headed", "item", "landmark", "legal", "tailed"})
_ID: Final = re.compile(r'^id = "(\w+)"', re.MULTILINE)


@dataclass(frozen=True)
class Origin:
    """What made a mention. `file` is a path in the project, `line` where the rule begins in it."""

    id: str
    kind: str  # rule, model, number, weighed, gazetteer or unknown: told in words by the messages
    file: str | None = None
    line: int | None = None
    about: str | None = None
    note: str | None = None
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()


class Origins:
    """Resolves the `rule` of mentions; built once from the rules."""

    def __init__(self, rules: Rules) -> None:
        self._files = rules.files
        self._rules = dict(rules.rules())

    def of(self, rule: str | None) -> Origin:
        """The origin that a mention's `rule` names; of kind "unknown" when nothing is known of it."""
        if rule is None or rule not in self._rules:
            kind, file = _FOUND_ELSEWHERE.get(rule or "", ("unknown", None))
            if rule and _SOURCES.issuperset(rule.split("+")):
                kind, file = "weighed", _FOUND_ELSEWHERE["model"][1]
            return Origin(rule or "", kind, file)
        name, one = rule.split(".")[0], self._rules[rule]
        file = f"{_RULES}/{name}.toml"
        about = self._files[name].about
        return Origin(rule, "rule", file, _lines(name).get(one.id), about, one.note, one.examples, one.counter_examples)


@cache
def _lines(name: str) -> dict[str, int]:
    """Rule id → line of a rule file of the package."""
    text = (files(_RULES) / f"{name}.toml").read_text(encoding="utf-8")
    return {match.group(1): text.count("\n", 0, match.start()) + 1 for match in _ID.finditer(text)}
