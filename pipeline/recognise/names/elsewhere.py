"""What a text says of a name in its other places: how often it stands there, what the model calls it, what leads to it,
how it is spelled where lines are not all capitals, and for which name it is short."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from itertools import pairwise

from pipeline.document import Gap, Tokens
from pipeline.recognise.names.spans import Span

PERSON = "PER"  # the model's label
ACRONYM = range(3, 7)  # letters of an acronym that is looked for as initials
MOST_BESIDE = 12  # words beside a name that are remembered


class Elsewhere:
    """Gathered once from all the spans of one text. A name is compared by its `key`, its folded words."""

    def __init__(
        self, tokens: Tokens, spans: Sequence[Span], announced: Sequence[Iterable[str]], particles: Set[str]
    ) -> None:
        """`announced`: for each span, what leads to it or follows it; `particles`: what initials leave out, folded."""
        self._tokens = tokens
        self._particles = particles
        self._loud = _loud_lines(tokens)
        self._keys = {(s.first, s.last): " ".join(tokens.keys[s.first : s.last]) for s in spans}
        keys = [self.key(s) for s in spans]
        self.count = Counter(keys)
        self.quiet = Counter(k for k, s in zip(keys, spans, strict=True) if not self.is_loud(s))
        words = list(zip(tokens.keys, tokens.words, strict=True))
        self.small = Counter(k for k, w in words if w[0].islower())  # words in small letters, folded
        self._capitals = {k for k, w in words if len(w) in ACRONYM and w.isupper()}
        self._initials = {short for s in spans if (short := self._short_for(s)) in self._capitals}
        self._surnames = {tokens.keys[s.last - 1] for s in spans if s.label == PERSON and s.last - s.first > 1}
        self._in_small_letters = _in_small_letters(tokens, spans)
        self.about = self._gather(keys, spans, announced)  # key → features

    def key(self, span: Span) -> str:
        return self._keys[span.first, span.last]

    def is_loud(self, span: Span) -> bool:
        """Whether a span stands in a line of capitals."""
        return self._loud[span.first]

    def part_is_quiet(self, span: Span) -> bool:
        """Whether a name in a line of capitals begins, or ends, with one that stands elsewhere in another line."""
        keys = self._tokens.keys[span.first : span.last]
        cuts = range(1, len(keys))
        return any(self.quiet[" ".join(keys[:n])] or self.quiet[" ".join(keys[n:])] for n in cuts)

    def spells_initials(self, span: Span) -> bool:
        """Whether a word is made of the initials of a longer name of the text."""
        return span.last - span.first == 1 and self._tokens.keys[span.first] in self._initials

    def is_surname(self, span: Span) -> bool:
        """Whether a word ends the name of a person, of two words and more."""
        return span.last - span.first == 1 and self._tokens.keys[span.first] in self._surnames

    def has_acronym(self, span: Span) -> bool:
        """Whether the initials of a name are a word of the text, in capitals."""
        return self._short_for(span) in self._capitals

    def is_common(self, span: Span) -> bool:
        """Whether the text has the words of a name of two and more in small letters only."""
        words = tuple(self._tokens.words[span.first : span.last])
        return words not in self._in_small_letters and _lowered(words) in self._in_small_letters

    def _short_for(self, span: Span) -> str:
        """The initials of a name of three words and more, "" of a shorter one."""
        keys = self._tokens.keys[span.first : span.last]
        words = [k for k in keys if k[0].isalpha() and k not in self._particles]
        return "".join(w[0] for w in words) if len(words) >= 3 else ""

    def _gather(
        self, keys: Sequence[str], spans: Sequence[Span], announced: Sequence[Iterable[str]]
    ) -> dict[str, list[str]]:
        """For each name: how often the model calls it what, and what leads to it anywhere."""
        tokens = self._tokens
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        leads: dict[str, set[str]] = defaultdict(set)
        beside: dict[str, set[str]] = defaultdict(set)
        known: dict[str, bool] = {}  # to the gazetteers, as a place
        for key, span, told in zip(keys, spans, announced, strict=True):
            votes[key][span.label or "none"] += 1
            known[key] = bool(span.entries)
            leads[key].update(told)
            if span.first:
                beside[key].add(f"w-1={tokens.keys[span.first - 1]}")
            if span.last < len(tokens):
                beside[key].add(f"w+1={tokens.keys[span.last]}")
        firms = {k for k, v in votes.items() if v["FIRM"] and v["FIRM"] >= v["LOC"]}
        begins: set[str] = set()  # what a firm's longer name begins with
        for key in firms:
            words = key.split()
            begins.update(" ".join(words[:n]) for n in range(1, len(words)))
        out: dict[str, list[str]] = {}
        for key, voted in votes.items():
            said = {k: n for k, n in voted.items() if k != "none"}
            total = self.count[key]
            features = [f"count={min(total, 5)}"]
            for label, n in said.items():
                part = "all" if n == total else "most" if 2 * n > total else "some"
                features += [f"vote={label}|{part}", f"vote={label}|{part}|{min(total, 4)}"]
            if not said:
                features.append("vote=none")
            features.append("votes=" + "+".join(sorted(said)))
            features += [f"any|{lead}" for lead in sorted(leads[key])]
            if total > 1:
                features += [f"any|{word}" for word in sorted(beside[key])][:MOST_BESIDE]
            if key in begins:
                features.append(f"begins_firm|{'place' if known[key] else ''}")
            out[key] = features
        return out


def _lowered(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


def _in_small_letters(tokens: Tokens, spans: Sequence[Span]) -> set[tuple[str, ...]]:
    """The words of the spans of two and more that the text has somewhere in small letters only; linear."""
    wanted: set[tuple[str, ...]] = set()
    lengths: defaultdict[tuple[str, str], set[int]] = defaultdict(set)  # first two words → how many such names have
    for span in spans:
        words = tokens.words[span.first : span.last]
        small = _lowered(words)
        if len(small) > 1 and small != tuple(words):
            wanted.add(small)
            lengths[small[0], small[1]].add(len(small))
    return {
        phrase
        for at, pair in enumerate(pairwise(tokens.words))
        for length in lengths.get(pair, ())
        if (phrase := tuple(tokens.words[at : at + length])) in wanted
    }


def _loud_lines(tokens: Tokens) -> list[bool]:
    """For each token, whether its line is written in capitals."""
    out: list[bool] = []
    line: list[str] = []

    def close() -> None:
        letters = [w for w in line if w[0].isalpha() and len(w) > 1]
        loud = len(letters) >= 2 and sum(w.isupper() for w in letters) >= 0.8 * len(letters)
        out.extend([loud] * len(line))
        line.clear()

    for word, gap in zip(tokens.words, tokens.gaps, strict=True):
        if gap >= Gap.LINE:
            close()
        line.append(word)
    close()
    return out
