"""Is a sentence about what was or what will be? Told by the nearest verb or cue, for dates that leave it open."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from typing import Final

from pipeline.document import Gap, Tokens
from pipeline.grammar import Match

_BACK: Final = 18  # tokens looked at before a date, and behind it
_AHEAD: Final = 12
AHEAD: Final = "ahead"  # what only leans to the future
_STOPS: Final = frozenset(".!?;")


class Tenses:
    """The cues of tense of one text."""

    def __init__(self, tokens: Tokens, matches: Mapping[str, Sequence[Match]]) -> None:
        self._tokens = tokens
        self._cues = sorted(((m.first, m.last, str(m.value)) for m in matches.get("tense", ())), key=lambda c: c[0])
        self._firsts = [first for first, _, _ in self._cues]
        told = {last: tense for _, last, tense in self._cues}
        self._turns = {m.last: self._told(told, m) for m in matches.get("turn", ())}
        self._ahead = {m.last for m in matches.get("lead_weekday_ahead", ())}

    def around(self, first: int, last: int) -> str | None:
        """ "past", "future" or None for tokens[first:last]; what turns to it right before, else the nearest cue of the
        sentence, those before it preferred."""
        turn = self._turns.get(first) if self._tokens.gaps[first] < Gap.BLOCK else None
        if turn and turn != AHEAD:
            return turn
        low, high = self.sentence(first, last)
        best: tuple[float, str] | None = None
        for n in range(bisect.bisect_left(self._firsts, low), bisect.bisect_left(self._firsts, high)):
            start, end, tense = self._cues[n]
            if end <= first:
                distance: float = first - end
            elif start >= last:
                distance = 1.5 * (start - last) + 2
            else:
                continue
            if best is None or distance < best[0]:
                best = (distance, tense)
        return best[1] if best else "future" if turn else None

    @staticmethod
    def _told(cues: Mapping[int, str], turn: Match) -> str:
        """What a turn says; the verb right before it knows better: "sera ouvert en", "a tranché mardi"."""
        return cues.get(turn.first) or cues.get(turn.first - 1) or str(turn.value)

    def leads_ahead(self, first: int) -> bool:
        """Whether what stands before a token points forward ("jusqu'à vendredi")."""
        return first in self._ahead

    def sentence(self, first: int, last: int) -> tuple[int, int]:
        """The tokens of a date's sentence that are looked at: from, up to."""
        tokens = self._tokens
        low = first
        while low > max(0, first - _BACK) and tokens.gaps[low] < Gap.BLOCK and tokens.words[low - 1] not in _STOPS:
            low -= 1
        high = last
        stop = min(len(tokens), last + _AHEAD)
        while high < stop and tokens.gaps[high] < Gap.BLOCK and tokens.words[high] not in _STOPS:
            high += 1
        return low, high
