"""All the recognisers, in the order in which they look at a text."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from pipeline.choose import Weights
from pipeline.grammar import Grammar
from pipeline.recognise import Context, Found
from pipeline.recognise.companies import CompanyRecogniser
from pipeline.recognise.dates import DateRecogniser
from pipeline.recognise.places import PlaceRecogniser
from pipeline.recognise.quantities import QuantityReader, found_of
from pipeline.recognise.roles import RoleChooser
from rules import Rules
from rules.gazetteers import Gazetteer


class Recognisers:
    """Figures first, then dates, firms and places: a later one may look at what the earlier ones found."""

    def __init__(self, rules: Rules, grammar: Grammar, gazetteer: Gazetteer, weights: Weights) -> None:
        self._figures = QuantityReader(grammar)
        self._roles = RoleChooser(weights)
        self.dates = DateRecogniser(rules)
        self._names = (CompanyRecogniser(rules, gazetteer), PlaceRecogniser(rules, gazetteer))

    def find(self, context: Context) -> tuple[list[Found], Counter[str]]:
        """Mentions, overlaps and all, and what was left out, by reason."""
        figures = self._figures.find(context)
        roles = self._roles.roles(context, figures)
        found = [found_of(context, f, role) for f, role in zip(figures, roles, strict=True)]
        dates = self.dates.read(context)
        found += dates.found
        for recogniser in self._names:
            found += recogniser.find(replace(context, earlier=_by_kind(found)))
        return found, Counter({"undated": dates.unresolved} if dates.unresolved else {})


def _by_kind(found: list[Found]) -> dict[str, list[Found]]:
    kinds: dict[str, list[Found]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(one)
    return kinds
