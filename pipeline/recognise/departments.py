"""Numbers of departments in brackets behind a town, "Bonneval (28)": no figures, however near a sum stands."""

from __future__ import annotations

from collections import defaultdict

from pipeline.document import Tokens
from pipeline.recognise.names.gazetteer import JOINERS, MOST_WORDS, normal
from rules.gazetteers import Gazetteer


class DepartmentNumbers:
    """Built once from the gazetteer's communes."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._numbers = frozenset(gazetteer.departments)
        self._of_town: dict[str, set[str]] = defaultdict(set)  # folded name, with its article → numbers
        for commune in gazetteer.communes.values():
            if commune.department:
                self._of_town[" ".join(normal(commune.name))].add(commune.department)

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
        """The numbers of the departments that have a town whose name ends at a token."""
        found: set[str] = set()
        spelled: list[str] = []
        for at in range(end - 1, max(-1, end - 2 * MOST_WORDS), -1):
            if tokens.keys[at] in JOINERS:
                continue
            spelled[:0] = normal(tokens.keys[at])
            found |= self._of_town.get(" ".join(spelled), set())
            if len(spelled) == MOST_WORDS:
                break
        return found
