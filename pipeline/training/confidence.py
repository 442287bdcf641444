"""The confidence of a fact: the share of its slots that are right, learned on releases that its weights have not seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from pipeline.choose import Weights
from pipeline.corpus import Annotated
from pipeline.evaluate import pair_rows, row_of
from pipeline.relate import confidence_features
from pipeline.relate.linker import Linked, Thresholds, link
from pipeline.relate.scene import Scene

Sample: TypeAlias = tuple[dict[str, float], int, int]  # features of a row, its right slots, all its slots


def samples(releases: Sequence[Annotated], scenes: Mapping[str, Scene], weights: Weights) -> Iterator[Sample]:
    """Each row that the weights make of some releases, with its slots right and in all."""
    for gold in releases:
        linked = link(scenes[gold.name], weights, Thresholds())
        golds, rows = [row_of(f, True) for f in gold.facts], [row_of(_as_fact(k), False) for k in linked]
        partner = {j: i for i, j in pair_rows(golds, rows)}
        for j, one in enumerate(linked):
            right = len(golds[partner[j]][1] & rows[j][1]) if j in partner else 0
            yield confidence_features(one), right, len(rows[j][1])


def _as_fact(linked: Linked) -> dict[str, Any]:
    """A row as the scorer reads facts."""
    figures = {slot: dict(a.item.found.values) for slot, a in linked.row.figures.items() if a.item is not None}
    date = {k: linked.date.found.values[k] for k in ("first", "last")} if linked.date else None
    places = [{"name": item.name} for item in linked.places]
    return {"company": linked.row.actor, "action": linked.action, "places": places, "date": date, **figures}


def fit(data: Sequence[Sample], l2: float = 2.0, rounds: int = 2000) -> dict[str, float]:
    """Logistic regression of the share of right slots on the features of rows, each slot counting once."""
    names = sorted({name for features, _, _ in data for name in features})
    x = np.array([[features.get(name, 0.0) for name in names] for features, _, _ in data])
    right, count = np.array([r for _, r, _ in data]), np.array([c for _, _, c in data])
    table = np.zeros(len(names))
    ridge = np.where([name == "bias" for name in names], 0.0, l2)
    step = 1.0 / (0.25 * np.linalg.norm(x * np.sqrt(count)[:, None], 2) ** 2 + l2)  # the slope's own bound
    for _ in range(rounds):
        guess = 1 / (1 + np.exp(-x @ table))
        table -= step * (x.T @ (count * guess - right) + ridge * table)
    return {name: round(float(w), 4) for name, w in zip(names, table, strict=True)}
