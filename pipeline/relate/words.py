"""The words of a scene with its mentions masked: "<companies> va investir <amounts> à <places>".

What stands around a mention tells more when other mentions are told by their kind alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from pipeline.document import Gap, Tokens

STEM, ENDING = 5, 2  # letters of a word that are looked at


class _Item(Protocol):
    first: int
    last: int

    @property
    def kind(self) -> str: ...


class Words:
    """Symbols of a text: a mention is one, a number is one, any other token is its folded word."""

    def __init__(self, tokens: Tokens, items: Sequence[_Item]) -> None:
        self._words = tokens.keys
        self._stems: list[str] = []
        keys = ["<number>" if key[0].isdigit() else key for key in tokens.keys]
        edges = [gap >= Gap.BLOCK for gap in tokens.gaps]
        self._symbols: list[str] = []
        self._edge: list[bool] = []  # whether a symbol begins a block
        self._at: list[int] = []  # token → symbol
        at = 0
        for first, item in sorted({i.first: i for i in items}.items()):
            if first < at:
                continue  # within the mention before
            last = max(item.last, first + 1)
            self._symbols += [*keys[at:first], f"<{item.kind}>"]
            self._edge += edges[at : first + 1]
            symbol = len(self._symbols) - 1
            self._at += [*range(symbol - (first - at), symbol), *[symbol] * (last - first)]
            at = last
        rest = len(self._symbols)
        self._symbols += keys[at:]
        self._edge += edges[at:]
        self._at += range(rest, len(self._symbols) + 1)

    def window(self, first: int, last: int, size: int) -> Iterator[str]:
        """The symbols next to tokens[first:last], with their places, and those next to each other as pairs."""
        start, end = self._at[first], self._at[last - 1] + 1
        for sign, places in (("-", range(start - 1, start - 1 - size, -1)), ("+", range(end, end + size))):
            told = ""
            for n, at in enumerate(places, 1):
                outside = at < 0 or at >= len(self._symbols) or self._edge[at + 1 if sign == "-" else at]
                if sign == "-" and at + 1 < len(self._edge) and self._edge[at + 1]:
                    outside = True
                symbol = "^" if outside else self._symbols[at]
                yield f"m{sign}{n}={symbol}"
                if n == 2:
                    yield f"m{sign}12={told}_{symbol}"
                told = symbol
                if outside:
                    break

    def stems(self, first: int, last: int) -> list[str]:
        """The words of tokens[first:last], without signs and numbers, each by its stem and its ending."""
        if not self._stems:
            words = (w if len(w) > 1 and w.isalpha() else "" for w in self._words)
            self._stems = [w and f"{w[:STEM]}..{w[-ENDING:]}" for w in words]
        return [stem for stem in self._stems[max(0, first) : max(0, last)] if stem]

    def between(self, first: int, last: int, most: int) -> list[str]:
        """The symbols between a token where something ends and one where another begins; [] when there are more."""
        start, end = self._at[first], self._at[last]
        return self._symbols[start:end] if 0 <= end - start <= most else []

    def path(self, a_last: int, b_first: int, most: int = 4) -> str:
        """The symbols between two mentions as one word, "far" where there are too many."""
        start, end = self._at[a_last], self._at[b_first]
        if end - start > most:
            return "far"
        return "_".join(self._symbols[start:end])
