"""All the recognisers, in the order in which they look at a text."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from pipeline.choose import Weights
from pipeline.grammar import Grammar
from pipeline.recognise import Context, Found
from pipeline.recognise.dates import DateRecogniser
from pipeline.recognise.departments import DepartmentNumbers
from pipeline.recognise.figures import found_of
from pipeline.recognise.names import NameRecogniser
from pipeline.recognise.occurrence import DECISION as OCCURRENCE
from pipeline.recognise.quantities import QuantityReader
from pipeline.recognise.roles import RoleChooser
from rules import Rules
from rules.gazetteers import Gazetteer


class Recognisers:
    """Dates first, then figures, then names: a later one may look at what the earlier ones found."""

    def __init__(self, rules: Rules, grammar: Grammar, gazetteer: Gazetteer, weights: Weights) -> None:
        self.figures = QuantityReader(grammar, weights)
        self._roles = RoleChooser(weights)
        self.dates = DateRecogniser(rules, weights.get(OCCURRENCE))
        self.names = NameRecogniser(rules, gazetteer, weights)
        self.departments = DepartmentNumbers(self.names.places, gazetteer.departments)

    def find(self, context: Context) -> tuple[list[Found], Counter[str]]:
        """Mentions, overlaps and all, and what was left out, by reason."""
        context, unresolved = self.before_names(context)
        found = [f for kind in context.earlier.values() for f in kind] + self.names.find(context)
        return found, Counter({"undated": unresolved} if unresolved else {})

    def before_names(self, context: Context) -> tuple[Context, int]:
        """The context with figures and dates found, and how many dates could not be told."""
        dates = self.dates.read(context)
        context = replace(context, earlier={"dates": dates.found})
        figures = self.figures.find(context)
        roles = self._roles.roles(context, figures)
        found = [found_of(context, f, role) for f, role in zip(figures, roles, strict=True)]
        return replace(context, earlier=_by_kind([*found, *dates.found])), dates.unresolved


def _by_kind(found: list[Found]) -> dict[str, list[Found]]:
    kinds: dict[str, list[Found]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(one)
    return kinds
