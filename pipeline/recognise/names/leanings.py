"""How near the model came to calling a name a firm, a person, a place: here, and on the whole in the text."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain

from pipeline.entity import LIKELY
from pipeline.recognise import Context
from pipeline.recognise.names.spans import Span

STEPS = (LIKELY, 0.08, 0.2, 0.4, 0.6, 0.8, 0.92, 0.98)  # probabilities that are told apart
_NONE: Mapping[str, float] = {}


class Leanings:
    """The model's odds at the first token of the spans of one text: where it began a name earlier, by small words that are
    no part of it, they stay there."""

    def __init__(self, context: Context, spans: Sequence[Span], keys: Sequence[str]) -> None:
        """`keys`: for each span, what its name is compared by."""
        ends = context.tokens.ends
        self._at: dict[int, Mapping[str, float]] = {}  # token → label → probability
        for entity in chain(context.entities, context.hesitations):
            if entity.odds:
                self._at.setdefault(bisect.bisect_right(ends, entity.start), dict(entity.odds))
        places: dict[str, set[int]] = defaultdict(set)
        for span, key in zip(spans, keys, strict=True):
            places[key].add(span.first)
        self._on_average = {key: self._mean(at) for key, at in places.items() if len(at) > 1}

    def _mean(self, tokens: set[int]) -> list[str]:
        total: dict[str, float] = defaultdict(float)
        for token in sorted(tokens):
            for label, p in self._at.get(token, _NONE).items():
                total[label] += p
        means = {label: p / len(tokens) for label, p in total.items()}
        out = [f"mean={label}{_step(p)}" for label, p in means.items() if p > LIKELY]
        return [*out, f"mean={_step(1.0 - sum(means.values()))}"]

    def passed_over(self, span: Span) -> bool:
        """Whether no name was likely to begin at any word of a span."""
        return self._at.keys().isdisjoint(range(span.first, span.last))

    def features(self, span: Span, key: str) -> list[str]:
        """What the odds say of a span."""
        model = span.label or "none"
        odds = self._at.get(span.first)
        if odds is None:
            return [f"lean=none|{model}", *self._on_average.get(key, [])]
        out = []
        for label, p in odds.items():
            step = f"lean={label}{_step(p)}"
            out += [step, f"{step}|{model}"]
        out.append(f"lean={_step(1.0 - sum(odds.values()))}|{model}")
        ranked = sorted(odds, key=lambda label: -odds[label])[:2]
        out.append("lean2=" + ">".join(f"{label}{_step(odds[label])}" for label in ranked))
        return out + self._on_average.get(key, [])


def _step(p: float) -> int:
    return bisect.bisect(STEPS, p)
