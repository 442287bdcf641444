"""What the model sees in a text: names, and words at which one might have begun."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Odds: TypeAlias = tuple[tuple[str, float], ...]  # label → probability, the likely ones alone

LIKELY = 0.02  # probability of a name from which it is worth a word


class Entity(NamedTuple):
    """text[start:end] is a name in the model's eyes; or, with "" for its label, a word at which one was likely to begin,
    had none been open.

    `label` is one of the recogniser's; `odds` are the probabilities, by label, that a name begins at its first word.
    """

    start: int
    end: int
    label: str
    odds: Odds = ()
