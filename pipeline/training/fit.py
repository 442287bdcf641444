"""Training of the recogniser from the shipped weights, and averages of weights over a trajectory and over seeds."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from thinc.api import Adam, Model, fix_random_seed
from thinc.types import FloatsXd

from pipeline.language import load_base, recogniser
from pipeline.training.augment import Lesson, lesson
from pipeline.training.data import Sample, example, rehearse
from pipeline.training.drill import Drill
from pipeline.training.recipe import Recipe, Training

Weights = NDArray[np.float32]


def _parameters(model: Model[Any, Any]) -> list[tuple[Model[Any, Any], str]]:
    return [(node, name) for node in model.walk() for name in node.param_names if node.has_param(name)]


def get_weights(model: Model[Any, Any]) -> Weights:
    """All weights of a model as one vector."""
    return np.concatenate([np.asarray(node.get_param(name)).ravel() for node, name in _parameters(model)])


def set_weights(model: Model[Any, Any], weights: Weights) -> None:
    """Put a vector from `get_weights` back in its place; a vector of another length is a ValueError."""
    at = 0
    for node, name in _parameters(model):
        old = node.get_param(name)
        node.set_param(name, cast(FloatsXd, weights[at : at + old.size].reshape(old.shape).copy()))
        at += old.size
    if at != weights.size:
        raise ValueError(f"{weights.size} weights for a model of {at}")


def add_labels(nlp: Language, labels_from: Mapping[str, str]) -> None:
    """Give the recogniser new labels; each starts with the weights of a label that it knows already.

    A label that starts from zero must first be told from nothing at all; one that starts as its nearest kin has
    only to be told from that.
    """
    ner = recogniser(nlp)
    for label, parent in labels_from.items():
        ner.add_label(label)
        names = [ner.moves.get_class_name(i) for i in range(ner.moves.n_moves)]
        upper = ner.model.get_ref("upper")
        weights, bias = upper.get_param("W").copy(), upper.get_param("b").copy()
        for i, name in enumerate(names):
            action, _, of = name.partition("-")
            if of == label:
                kin = names.index(f"{action}-{parent}")
                weights[i], bias[i] = weights[kin], bias[kin]
        upper.set_param("W", weights)
        upper.set_param("b", bias)
    ner.model.attrs["unseen_classes"].clear()


def fit(nlp: Language, lesson: Lesson, training: Training, seed: int) -> Weights:
    """Train `nlp`'s recogniser from where it stands; the mean of its weights after each step of the last epochs.

    `lesson` gives the samples of one epoch, drawn by lot. The same arguments give the same weights on the same
    machine.
    """
    fix_random_seed(seed)
    rng = random.Random(seed)
    model = recogniser(nlp).model
    optimizer = Adam(
        training.learn_rate, L2=training.l2, L2_is_weight_decay=True, grad_clip=training.grad_clip, use_averages=False
    )
    total = np.zeros(get_weights(model).size, dtype=np.float64)
    steps = 0
    for epoch in range(training.epochs):
        examples = [example(nlp, sample) for sample in lesson(rng)]
        rng.shuffle(examples)
        for at in range(0, len(examples), training.batch_size):
            nlp.update(examples[at : at + training.batch_size], sgd=optimizer, drop=training.dropout)
            if epoch >= training.average_from:
                total += get_weights(model)
                steps += 1
    return (total / steps).astype(np.float32)


def train(samples: Sequence[Sample], drill: Drill | None, recipe: Recipe, core: Sequence[Sample] = ()) -> Language:
    """fr_core_news_md's recogniser fine-tuned on samples tagged as the corpus is, and from there on those of `core`.

    The samples of `core` are like the texts to be read. Each time the weights are the mean of one run for each seed.
    """
    shipped, weights = load_base(), None
    for stage, exercises in ((samples, drill), (core, None)):
        if not stage:
            continue
        known = rehearse(stage, shipped, recipe.labels, recipe.rehearsal.labels)
        found: list[Weights] = []
        for seed in recipe.training.seeds:
            nlp = load_base()
            add_labels(nlp, recipe.labels_from)
            if weights is not None:
                set_weights(recogniser(nlp).model, weights)
            found.append(fit(nlp, lesson(known, exercises, recipe), recipe.training, seed))
        weights = np.asarray(np.mean(found, axis=0, dtype=np.float64), dtype=np.float32)
        set_weights(recogniser(nlp).model, weights)
    return nlp
