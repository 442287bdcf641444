"""Other versions of a release: other names in the same places, titles in capitals, lost accents."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from pipeline.training.data import Mark, Sample, relabel
from pipeline.training.drill import Drill
from pipeline.training.recipe import Recipe, Variation

NewName = Callable[[random.Random], str]
Lesson = Callable[[random.Random], list[Sample]]

_LINE = re.compile(r"[^\n]+")


def rename(sample: Sample, other: Callable[[Mark, str], str | None]) -> Sample:
    """The sample with `other(mark, its text)` in place of each marked name; None keeps the name."""
    parts: list[str] = []
    marks: list[Mark] = []
    length = position = 0
    for mark in sample.marks:
        parts.append(sample.text[position : mark.start])
        length += mark.start - position
        old = sample.text[mark.start : mark.end]
        new = other(mark, old) or old
        parts.append(new)
        marks.append(Mark(length, length + len(new), mark.label))
        length += len(new)
        position = mark.end
    parts.append(sample.text[position:])
    return Sample(sample.name, "".join(parts), tuple(marks))


def capitals(text: str) -> str:
    """Capitals of equal length: a letter whose capital is longer ("ß") stays."""
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def bare(text: str) -> str:
    """The text without accents, of equal length."""
    return "".join(unicodedata.normalize("NFD", c)[0] if c.isalpha() else c for c in text)


def vary(sample: Sample, chances: Variation, names: Mapping[str, NewName], rng: random.Random) -> Sample:
    """One version of a sample, drawn by lot; `names` makes a new name for a label.

    A name that is replaced is replaced by the same one wherever it stands in the sample, in capitals where it was.
    """
    if rng.random() < chances.swap_release:
        new: dict[tuple[str, str], str | None] = {}

        def other(mark: Mark, old: str) -> str | None:
            known = (mark.label, old.casefold())
            if known not in new:
                chosen = mark.label in names and rng.random() < chances.swap_name
                new[known] = names[mark.label](rng) if chosen else None
            name = new[known]
            return capitals(name) if name and old.isupper() and len(old) > 4 else name

        sample = rename(sample, other)
    text = sample.text
    if chances.capitals:
        text = _LINE.sub(
            lambda line: (
                capitals(line.group())
                if len(line.group()) <= chances.title_length and rng.random() < chances.capitals
                else line.group()
            ),
            text,
        )
    if rng.random() < chances.bare:
        text = bare(text)
    return Sample(sample.name, text, sample.marks)


def lesson(samples: Sequence[Sample], drill: Drill | None, recipe: Recipe) -> Lesson:
    """The samples of one epoch: each release in a version of its own, and exercises filled with other names.

    The releases are in the labels of the model, the exercises in those of the corpus.
    """
    names: dict[str, NewName] = {}
    if drill:
        for tag, label in recipe.labels.items():
            if tag in drill.lists:
                names[label] = partial(drill.name, tag)

    def draw(rng: random.Random) -> list[Sample]:
        drawn = [vary(sample, recipe.variation, names, rng) for sample in samples]
        if drill and recipe.variation.drill:
            drawn += [
                relabel(sample, recipe.labels) for sample in drill.samples(rng) if rng.random() < recipe.variation.drill
            ]
        return drawn

    return draw
