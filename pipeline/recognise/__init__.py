"""Document, spaCy entities and rule matches in; mentions out. One module for each kind of mention.

A recogniser is a class built once from the rules (and gazetteers) with one method,
`find(context: Context) -> list[Found]`. It is pure: what it needs of the text is in the `Context`, and it leaves
overlaps with other kinds to `overlap.settle`, the one place where they are decided.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.document import Document, Tokens
from pipeline.entity import Entity
from pipeline.grammar import Match
from pipeline.wordclasses import WordClasses


@dataclass(frozen=True, slots=True)
class Found:
    """A mention before it is a record: `kind` is the record's list ("amounts", "places", …), `values` its other fields.

    `score` settles overlaps: 1.0 for what the grammar makes certain, lower for what was guessed.
    """

    kind: str
    start: int
    end: int
    values: Mapping[str, Any]
    rule: str
    score: float = 1.0


@dataclass(frozen=True)
class Context:
    """All that a recogniser may look at. `matches` are those of `Grammar.scan`, by class."""

    document: Document
    matches: Mapping[str, Sequence[Match]]
    entities: Sequence[Entity] = ()
    hesitations: Sequence[Entity] = ()  # those without a label
    published: datetime.date | None = None
    earlier: Mapping[str, Sequence[Found]] = field(default_factory=dict)  # kind → found by recognisers run before
    classes: WordClasses | None = None
    departments: frozenset[int] = frozenset()  # tokens that are a department's number in brackets

    @property
    def tokens(self) -> Tokens:
        return self.document.tokens

    def classes_of(self, token: int) -> tuple[str, str]:
        """The classes of the word at a token: ("", "") where there are none, or no word."""
        if self.classes is None or not 0 <= token < len(self.tokens):
            return "", ""
        return self.classes.of(self.tokens.words[token])

    def span(self, match: Match) -> tuple[int, int]:
        """Text offsets of a match."""
        return self.tokens.starts[match.first], self.tokens.ends[match.last - 1]
