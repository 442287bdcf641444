"""Names: firms, organisations and places. Spans that may be names, weighed by what speaks for and against them.

The spans come from the model, the gazetteers and the rules (`spans`), are described by `features`, and sorted by a
learned decision into firms, organisations, places and nothing. What stands is then given its values: one canonical
name a firm (`joining`), a code a place (`located`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.choose import Array, Weights
from pipeline.document import fold, matching_view, tokenise
from pipeline.recognise import Context, Found
from pipeline.recognise.names.features import Knowledge, Weigher
from pipeline.recognise.names.firms import Firms
from pipeline.recognise.names.gazetteer import Places
from pipeline.recognise.names.located import DECISION as PLACE_KIND
from pipeline.recognise.names.located import Locator
from pipeline.recognise.names.spans import Span, SpanFinder
from rules import Rules
from rules.gazetteers import Gazetteer

LABELS = ("none", "companies", "organisations", "places")
FIRM, PLACE = LABELS.index("companies"), LABELS.index("places")
DECISION = "name"
_SURE = {label: np.eye(len(LABELS), dtype=np.float32)[n] for n, label in enumerate(LABELS)}
# Kinds of places whose bare names are 4,100 times in the corpus, 3 of them as a firm's ("Lot"); with more words they may be.
NEVER_FIRMS = frozenset({"country", "continent", "region", "department"})
SURE = 0.4  # probability from which a span is a name: chosen on dev, fresh and folds of retold and again


class NameRecogniser:
    """Built once from the rules, the gazetteers and the weights."""

    def __init__(self, rules: Rules, gazetteer: Gazetteer, weights: Weights) -> None:
        particles, links = (_words_of(rules, cls) for cls in ("name_particle", "street_link"))
        self.places = places = Places(rules, gazetteer)
        self._finder = SpanFinder(places, particles, links)
        self._known = Knowledge(
            gazetteer.words,
            gazetteer.dictionary,
            {fold(n) for n, es in gazetteer.spellings.items() if any(e.kind == "country" for e in es)},
            {code.lower() for code in gazetteer.departments} | {fold(e.name) for e in gazetteer.departments.values()},
            {" ".join(tokenise(matching_view(name)).keys) for name in gazetteer.firms},
            places.articles,
            particles,
        )
        self._scorer = weights.get(DECISION)
        self._firms = Firms(gazetteer, particles)
        self._locator = Locator(gazetteer, places, weights.get(PLACE_KIND))

    def weighed(self, context: Context) -> tuple[list[Span], list[list[str]]]:
        """The spans of a text worth weighing and the features of each: what the decision is taken and learned from."""
        spans, weigher = self._weigher(context)
        return spans, [weigher.features(s) for s in spans]

    def _weigher(self, context: Context) -> tuple[list[Span], Weigher]:
        """The spans worth weighing, and what weighs them."""
        spans = self._finder.find(context)
        weigher = Weigher(context, spans, self._known)
        return [s for s in spans if not weigher.hopeless(s)], weigher

    def kind_features(self, context: Context, span: Span, told: Sequence[str]) -> list[str]:
        """What the kind of a place is told by."""
        return self._locator.features(context, span, told)

    def find(self, context: Context) -> list[Found]:
        """The firms, organisations and places of a text, none overlapping another."""
        spans, weigher = self._weigher(context)
        if not spans or self._scorer is None:
            return []
        features = [weigher.features(s) for s in spans]
        odds = self._scorer.classify(features)
        for n, span in enumerate(spans):  # where rules are sure, the decision is theirs
            if weigher.barred(span):
                odds[n] = _SURE["none"]
            elif span.rule:
                odds[n] = _SURE[span.kind]
            elif weigher.seated(span):
                odds[n] = _SURE["companies"]
            elif any(e.kind in NEVER_FIRMS for e in span.entries):
                odds[n, PLACE] += odds[n, FIRM]
                odds[n, FIRM] = 0
        chosen = _apart(spans, odds)
        firms = [(spans[n], LABELS[label], p) for n, label, p in chosen if LABELS[label] != "places"]
        places = [(spans[n], features[n], p) for n, label, p in chosen if LABELS[label] == "places"]
        found = self._firms.found(context, firms)
        told = [self._locator.features(context, s, f) for s, f, _ in places]
        values = self._locator.values(context, [s for s, _, _ in places], told)
        for (span, _, p), value in zip(places, values, strict=False):
            found.append(_found(context, "places", span, value, p))
        return sorted(found, key=lambda f: f.start)


def _words_of(rules: Rules, cls: str) -> frozenset[str]:
    """The folded words that a class of rules lists."""
    return frozenset(fold(form) for _, rule in rules.rules() if rule.cls == cls for form, _ in rule.expressions())


def _found(context: Context, kind: str, span: Span, values: dict[str, object], odds: float) -> Found:
    tokens = context.tokens
    return Found(kind, tokens.starts[span.first], tokens.ends[span.last - 1], values, span.origin, 0.5 + odds / 3)


def _apart(spans: Sequence[Span], odds: Array) -> list[tuple[int, int, float]]:
    """The spans that are names as (number, label, odds), in order: of two that overlap the more probable."""
    ranked = []
    for n, (span, row) in enumerate(zip(spans, odds, strict=True)):
        label = int(row[1:].argmax()) + 1
        sure = float(1 - row[0])
        if sure >= SURE:
            ranked.append((sure, span, label, float(row[label]), n))
    ranked.sort(key=lambda r: (-r[0], r[1].first - r[1].last, r[1].first))
    taken: set[int] = set()
    kept = []
    for _, span, label, p, n in ranked:
        tokens = range(span.first, span.last)
        if taken.isdisjoint(tokens):
            taken.update(tokens)
            kept.append((n, label, p))
    return sorted(kept)
