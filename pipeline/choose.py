"""Choosing among candidates by weighted features: the one kind of decision that roles and facts are made by.

A decision has candidates; a candidate is a list of feature names; its score is the sum of their weights; its
probability is the softmax over the candidates. A yes/no question has the candidates yes and (without features) no.
The weights are learned by `pipeline.learn` and kept as readable JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable


@dataclass(frozen=True)
class Weights:
    """Decision → feature → weight."""

    tables: Mapping[str, Mapping[str, float]]

    def score(self, decision: str, features: Sequence[str]) -> float:
        table = self.tables[decision]
        return sum(table.get(f, 0.0) for f in features)

    def choose(self, decision: str, candidates: Sequence[Sequence[str]]) -> list[float]:
        """Probabilities of the candidates, in order."""
        scores = [self.score(decision, c) for c in candidates]
        top = max(scores)
        odds = [math.exp(s - top) for s in scores]
        total = sum(odds)
        return [o / total for o in odds]

    def yes(self, decision: str, features: Sequence[str]) -> float:
        """Probability of yes."""
        score = self.score(decision, features)
        return 1 / (1 + math.exp(-score)) if score > -700 else 0.0

    def reasons(self, decision: str, features: Sequence[str], most: int = 3) -> list[tuple[str, float]]:
        """The features that spoke loudest for or against a candidate."""
        table = self.tables[decision]
        told = [(f, table[f]) for f in features if f in table]
        return sorted(told, key=lambda fw: -abs(fw[1]))[:most]


def load_weights(source: Traversable | None = None) -> Weights:
    """The shipped weights, or those of another file."""
    source = source or files("pipeline") / "model" / "linker.json"
    return Weights(json.loads(source.read_text(encoding="utf-8")))
