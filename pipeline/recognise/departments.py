"""Numbers of departments in brackets behind a town, "Bonneval (28)": no figures, however near a sum stands."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.document import Tokens
from pipeline.recognise.names.gazetteer import JOINERS, MOST_WORDS, Places, normal


class DepartmentNumbers:
    """Built once from the names of places and the numbers of all departments."""

    def __init__(self, places: Places, numbers: Collection[str]) -> None:
        self._places, self._numbers = places, numbers

    def find(self, tokens: Tokens) -> frozenset[int]:
        """The tokens that are such numbers: those of the town's own department; and, in a text that has one of these, those
        behind a name that is no known town's. Behind a town of another department stands a figure: "Béziers (17)"."""
        words = tokens.words
        own: list[int] = []
        unknown: list[int] = []
        for at in [n for n, word in enumerate(words) if word == "("]:
            if at and words[at + 2 : at + 3] == [")"] and words[at + 1] in self._numbers and words[at - 1][0].isupper():
                of = self._departments(tokens, at)
                if words[at + 1] in of:
                    own.append(at + 1)
                elif not of:
                    unknown.append(at + 1)
        return frozenset(own + unknown if own else ())

    def _departments(self, tokens: Tokens, end: int) -> set[str]:
        """The numbers of the departments that have a town whose name, with its article or without, ends at a token."""
        found: set[str] = set()
        words: list[str] = []
        for at in range(end - 1, max(-1, end - 2 * MOST_WORDS), -1):
            if tokens.keys[at] in JOINERS:
                continue
            words[:0] = normal(tokens.keys[at])
            towns = (*self._places.named(words), *self._places.with_article(words))
            found |= {town.department for town in towns if town.kind == "commune" and town.department}
            if len(words) >= MOST_WORDS:
                break
        return found
