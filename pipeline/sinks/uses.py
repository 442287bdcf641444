"""Which mentions of a release a fact is read from."""

from __future__ import annotations

from bisect import bisect_left
from typing import TypeAlias

from pipeline.records import Company, Fact, Mention, Organisation, Release

_Key: TypeAlias = tuple[type[Mention], int, int]


class Uses:
    """Numbers the mentions of one release as `release.mentions()` lists them, and finds those that facts use."""

    def __init__(self, release: Release) -> None:
        self.mentions = release.mentions()
        self._numbers: dict[_Key, int] = {}
        self._named: dict[str, list[int]] = {}
        for number, mention in enumerate(self.mentions):
            self._numbers.setdefault(_key(mention), number)
            if isinstance(mention, Company | Organisation):
                self._named.setdefault(mention.name, []).append(number)

    def number(self, mention: Mention) -> int | None:
        """The number of a mention, as a fact holds it; None for one that the release does not list."""
        return self._numbers.get(_key(mention))

    def actors(self, fact: Fact) -> list[int]:
        """The firm's mentions in the evidence; where it is not named there, the nearest before, else the first."""
        named = self._named.get(fact.company or "", [])
        if not named:
            return []
        first, last = (
            bisect_left(named, offset, key=lambda number: self.mentions[number].start)
            for offset in (fact.evidence.start, fact.evidence.end)
        )
        return named[first:last] or [named[max(first - 1, 0)]]


def _key(mention: Mention) -> _Key:
    return type(mention), mention.start, mention.end
