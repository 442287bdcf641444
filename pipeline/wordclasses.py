"""Words by their use: which classes of words a word belongs to, coarse and fine, by fr_core_news_md's vectors.

"débourser" stands with "payer" and "coûter", "atelier" with "laboratoire": what is learned of one serves for the other.
The classes are learned by `pipeline.training.classes`; `pipeline/model/classes.npz` has one for each row of the vectors.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from spacy.strings import get_string_id
from spacy.vectors import Vectors

Table = NDArray[np.int16]
MAX_KNOWN = 200_000  # words remembered


class WordClasses:
    """Holds no text; remembers the words it was asked for."""

    def __init__(self, vectors: Vectors, coarse: Table, fine: Table) -> None:
        self._row_of: Mapping[int, int] = vectors.key2row
        self._coarse, self._fine = coarse.tolist(), fine.tolist()
        self._known: dict[str, tuple[str, str]] = {}

    @classmethod
    def load(cls, vectors: Vectors) -> WordClasses:
        """The shipped classes of the vectors' rows."""
        data = (files("pipeline") / "model" / "classes.npz").read_bytes()
        with np.load(io.BytesIO(data), allow_pickle=False) as tables:
            return cls(vectors, tables["coarse"], tables["fine"])

    def of(self, word: str) -> tuple[str, str]:
        """(coarse class, fine class) of a word as it is written; ("", "") for one without a vector."""
        known = self._known.get(word)
        if known is None:
            row = self._row_of.get(get_string_id(word))
            if row is None and not word.islower():
                row = self._row_of.get(get_string_id(word.lower()))
            known = ("", "") if row is None else (f"c{self._coarse[row]}", f"f{self._fine[row]}")
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[word] = known
        return known
