"""Choosing by features: the one kind of decision that names, roles and facts are made by.

A decision weighs candidates, each a list of feature names, or sorts one list of features under labels. Its scorer is a
small network over the features: their weights added up, and one hidden layer for what they mean together. Scorers are
learned by `pipeline.training` and kept in `pipeline/model/choices/`, one file a decision.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import accumulate, repeat
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float32]
Candidate: TypeAlias = Sequence[str]
_AT_ONCE = 2048  # candidates whose features are held as numbers: more than any release has, but for those made to harm


@dataclass(frozen=True, eq=False)
class Scorer:
    """One decision. `table` has a row for each feature and a last row of zeros for unknown ones; its first columns
    are the direct weights, one a label, the others lead into the hidden layer."""

    index: Mapping[str, int]
    labels: tuple[str, ...]  # (“”,) where candidates are weighed against each other
    table: Array  # (features + 1, labels + hidden)
    hidden: Array  # (hidden,)
    out: Array  # (hidden, labels)
    bias: Array  # (labels,)

    def scores(self, candidates: Sequence[Candidate]) -> Array:
        """Scores of candidates, as an array of (candidates, labels); memory is bounded, however many there are."""
        if not candidates:
            return np.zeros((0, len(self.labels)), dtype=np.float32)
        if len(candidates) <= _AT_ONCE:
            return self._scores(candidates)
        parts = (candidates[n : n + _AT_ONCE] for n in range(0, len(candidates), _AT_ONCE))
        return np.concatenate([self._scores(part) for part in parts])

    def _scores(self, candidates: Sequence[Candidate]) -> Array:
        labels = len(self.labels)
        none = len(self.table) - 1
        get, unknown = self.index.get, repeat(none)
        ids: list[int] = []
        starts: list[int] = []
        for features in candidates:
            starts.append(len(ids))
            ids.extend(map(get, features, unknown))
            ids.append(none)  # so that no row is empty
        at = np.fromiter(ids, np.intp, len(ids))  # quicker than what `take` makes of a list
        rows = np.add.reduceat(self.table.take(at, axis=0), starts, axis=0)
        deep = np.maximum(rows[:, labels:] + self.hidden, 0)
        scores: Array = rows[:, :labels] + deep @ self.out + self.bias
        return scores

    def choose(self, candidates: Sequence[Candidate]) -> Array:
        """Probabilities of candidates weighed against each other."""
        return softmax(self.scores(candidates)[:, 0])

    def choose_each(self, decisions: Sequence[Sequence[Candidate]]) -> list[Array]:
        """`choose` for each of some decisions, none without candidates, all at once: one product costs less than many."""
        sizes = list(map(len, decisions))
        if not sizes:
            return []
        ends = list(accumulate(sizes))
        starts = [0, *ends[:-1]]
        scores = self.scores([c for candidates in decisions for c in candidates])[:, 0]
        odds = np.exp(scores - np.maximum.reduceat(scores, starts).repeat(sizes))
        odds /= np.add.reduceat(odds, starts).repeat(sizes)
        return [odds[start:end] for start, end in zip(starts, ends, strict=True)]

    def classify(self, candidates: Sequence[Candidate]) -> Array:
        """Probabilities of the labels for each of some lists of features: (lists, labels)."""
        return softmax(self.scores(candidates))

    def reasons(self, features: Candidate, label: int = 0, most: int = 3) -> list[tuple[str, float]]:
        """The features that spoke loudest by themselves for or against a label."""
        told = [(f, float(self.table[self.index[f], label])) for f in features if f in self.index]
        return sorted(told, key=lambda fw: (-abs(fw[1]), fw[0]))[:most]


def softmax(scores: Array) -> Array:
    """Over the last axis."""
    odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total: Array = odds / odds.sum(axis=-1, keepdims=True)
    return total


Weights: TypeAlias = Mapping[str, Scorer]  # decision → scorer


def save(scorer: Scorer) -> bytes:
    """A scorer as the bytes of a file; weights are kept in half precision."""
    half = np.float16
    file = io.BytesIO()
    names = np.frombuffer("\n".join(scorer.index).encode(), dtype=np.uint8)
    labels = np.frombuffer("\n".join(scorer.labels).encode(), dtype=np.uint8)
    np.savez_compressed(
        file,
        names=names,
        labels=labels,
        table=scorer.table[:-1].astype(half),
        hidden=scorer.hidden.astype(half),
        out=scorer.out.astype(half),
        bias=scorer.bias.astype(half),
    )
    return file.getvalue()


def load(data: bytes) -> Scorer:
    """The scorer of a file's bytes."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        names = arrays["names"].tobytes().decode().split("\n")
        labels = tuple(arrays["labels"].tobytes().decode().split("\n"))
        table, hidden, out, bias = (arrays[name].astype(np.float32) for name in ("table", "hidden", "out", "bias"))
    table = np.vstack([table, np.zeros((1, table.shape[1]), dtype=np.float32)])
    return Scorer({name: i for i, name in enumerate(names)}, labels, table, hidden, out, bias)


def load_weights(folder: Traversable | None = None) -> Weights:
    """The shipped scorers, or those of another folder, by decision."""
    folder = folder or files("pipeline") / "model" / "choices"
    paths = sorted((p for p in folder.iterdir() if p.name.endswith(".npz")), key=lambda p: p.name)
    return {path.name.removesuffix(".npz"): load(path.read_bytes()) for path in paths}
