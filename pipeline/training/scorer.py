"""Learning a scorer: softmax over labels or candidates, Adam, dropout; several seeds make one wider network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.choose import Array, Candidate, Scorer

Ints = NDArray[np.int64]


class Instance(NamedTuple):
    """A decision as it should be taken: its candidates, and the indices of the right ones.

    Where labels are told apart there is one candidate, and `right` holds the indices of its labels. `source` is the
    release that it is from; "" stands for one of its own.
    """

    candidates: Sequence[Candidate]
    right: Sequence[int]
    source: str = ""
    times: int = 1  # how often it is looked at in an epoch


@dataclass(frozen=True)
class Study:
    """How a scorer is learned."""

    hidden: int = 8
    epochs: int = 6
    rate: float = 0.008
    l2: float = 20.0  # half its product with the squared weights is added to the loss of all instances
    drop: float = 0.3  # share of features left out at each look
    batch: int = 256  # instances
    start: float = 0.1  # spread of the first weights
    rare: int = 3  # features of fewer sources are not learned: what one release says is not yet French
    by_looks: bool = False  # whether a source counts there as often as it is looked at
    seeds: tuple[int, ...] = (0, 1, 2)


@dataclass(frozen=True)
class _Data:
    """Instances as arrays: feature ids, each with its candidate; candidates, each with its instance and target."""

    ids: Ints
    starts: Ints  # where a candidate's ids begin, and the end of the last
    firsts: Ints  # where an instance's candidates begin, and the end of the last
    target: Array  # (candidates, labels)
    looks: Ints  # each instance as often as an epoch looks at it


def fit(instances: Sequence[Instance], labels: Sequence[str] = ("",), study: Study | None = None) -> Scorer:
    """A scorer from instances; the same ones give the same scorer on the same machine."""
    study = study or Study()
    names = sorted(f for f, n in _sources(instances, study.by_looks).items() if n >= study.rare)
    index = {f: i for i, f in enumerate(names)}
    data = _arrays(instances, index, len(labels))
    nets = [_train(data, len(names), len(labels), study, seed) for seed in study.seeds]
    share = np.float32(1 / len(nets))
    flat = sum(n.table[:, : len(labels)] for n in nets) * share
    into = np.hstack([n.table[:, len(labels) :] for n in nets])
    table = np.hstack([flat, into])
    table = np.vstack([table, np.zeros((1, table.shape[1]), dtype=np.float32)])
    hidden = np.concatenate([n.hidden for n in nets])
    out = np.vstack([n.out for n in nets]) * share
    bias = np.asarray(sum(n.bias for n in nets) * share, dtype=np.float32)
    return Scorer(index, tuple(labels), table, hidden, out, bias)


def _sources(instances: Sequence[Instance], by_looks: bool) -> Counter[str]:
    """Feature → how many sources have it, each once or as often as it is looked at.

    However often one release says a thing, it is one witness.
    """
    by_source: dict[str | int, tuple[int, set[str]]] = {}
    for n, one in enumerate(instances):
        _, features = by_source.setdefault(one.source or n, (one.times, set()))
        features.update(f for candidate in one.candidates for f in candidate)
    counts: Counter[str] = Counter()
    for times, features in by_source.values():
        for feature in features:
            counts[feature] += times if by_looks else 1
    return counts


def _arrays(instances: Sequence[Instance], index: dict[str, int], labels: int) -> _Data:
    ids: list[int] = []
    starts, firsts = [0], [0]
    target: list[list[float]] = []
    for one in instances:
        share = 1 / max(1, len(one.right))
        for n, features in enumerate(one.candidates):
            ids += [index[f] for f in features if f in index]
            starts.append(len(ids))
            if labels > 1:
                target.append([share if label in one.right else 0.0 for label in range(labels)])
            else:
                target.append([share if n in one.right else 0.0])
        firsts.append(len(target))
    looks = np.repeat(np.arange(len(instances)), [one.times for one in instances])
    return _Data(np.array(ids, np.int64), np.array(starts), np.array(firsts), np.array(target, np.float32), looks)


@dataclass
class _Net:
    table: Array
    hidden: Array
    out: Array
    bias: Array

    def parts(self) -> list[Array]:
        return [self.table, self.hidden, self.out, self.bias]


def _train(data: _Data, features: int, labels: int, study: Study, seed: int) -> _Net:
    rng = np.random.default_rng(seed)
    table = np.zeros((features, labels + study.hidden), np.float32)
    table[:, labels:] = rng.normal(0, study.start, (features, study.hidden))
    net = _Net(
        table,
        np.zeros(study.hidden, np.float32),
        rng.normal(0, 0.3, (study.hidden, labels)).astype(np.float32),
        np.zeros(labels, np.float32),
    )
    means = [np.zeros_like(p) for p in net.parts()]
    squares = [np.zeros_like(p) for p in net.parts()]
    count = len(data.looks)
    total = study.epochs * -(-count // study.batch)
    step = 0
    for _ in range(study.epochs):
        order = rng.permutation(data.looks)
        for at in range(0, count, study.batch):
            step += 1
            slopes = _slopes(net, data, np.sort(order[at : at + study.batch]), study.drop, rng)
            rate = study.rate * (1 - step / (total + 1))
            for part, slope, mean, square in zip(net.parts(), slopes, means, squares, strict=True):
                if part.ndim == 2:
                    slope += part * np.float32(study.l2 / count)
                mean *= 0.9
                mean += 0.1 * slope
                square *= 0.999
                square += 0.001 * slope * slope
                part -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-6)
    return net


def _slopes(net: _Net, data: _Data, chosen: Ints, drop: float, rng: np.random.Generator) -> list[Array]:
    """The slopes of the mean loss of some instances, in the order of `net.parts()`."""
    labels = net.out.shape[1]
    rows = _spread(data.firsts, chosen)
    at = _spread(data.starts, rows)
    owner = np.repeat(np.arange(len(rows)), data.starts[rows + 1] - data.starts[rows])
    kept = rng.random(len(at)) >= drop
    ids, owner = data.ids[at[kept]], owner[kept]
    z = np.zeros((len(rows), net.table.shape[1]), np.float32)
    edges = np.flatnonzero(np.diff(owner, prepend=-1))
    if len(ids):
        z[owner[edges]] = np.add.reduceat(net.table[ids], edges, axis=0)
    z /= np.float32(1 - drop)
    raw = z[:, labels:] + net.hidden
    deep = np.maximum(raw, 0)
    scores = z[:, :labels] + deep @ net.out + net.bias
    sizes = data.firsts[chosen + 1] - data.firsts[chosen]
    group = np.repeat(np.arange(len(chosen)), sizes)
    if labels > 1:
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
    else:
        begin = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        top = np.maximum.reduceat(scores[:, 0], begin)
        odds = np.exp(scores[:, 0] - top[group])
        odds = (odds / np.add.reduceat(odds, begin)[group])[:, None]
    target = data.target[rows]
    error = (odds - target) / np.float32(len(chosen))
    error = error.astype(np.float32)
    back = (error @ net.out.T) * (raw > 0)
    whole = np.hstack([error, back]) / np.float32(1 - drop)
    slope = np.zeros_like(net.table)
    if len(ids):
        by = np.argsort(ids, kind="stable")
        sorted_ids = ids[by]
        cut = np.flatnonzero(np.diff(sorted_ids, prepend=-1))
        slope[sorted_ids[cut]] = np.add.reduceat(whole[owner[by]], cut, axis=0)
    return [slope, back.sum(axis=0), deep.T @ error, error.sum(axis=0)]


def _spread(edges: Ints, chosen: Ints) -> Ints:
    """The indices edges[c] … edges[c + 1] - 1 for each chosen c, one after the other."""
    sizes = edges[chosen + 1] - edges[chosen]
    ends = np.cumsum(sizes)
    out: Ints = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(edges[chosen] - (ends - sizes), sizes)
    return out
