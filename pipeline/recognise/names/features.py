"""What speaks for a span's being a firm, an organisation, a place or no name at all.

Features are words: what the model and the gazetteers say of the span, how it is written, what stands around it, and
what is known of the same name elsewhere in the text.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from pipeline.document import BlockKind, Document, Gap, Tokens, fold
from pipeline.grammar import Match
from pipeline.recognise import Context
from pipeline.recognise.names.spans import Span

NEAR_WORDS = 2  # words on each side
AHEAD = ("place_lead", "person_lead", "thing_lead", "firm_head")  # what leads to a name
LEADS = (*AHEAD, "no_firm_head", "not_a_firm", "landmark")
OPENERS = frozenset({".", "!", "?", ":", "«", '"', "•", "-", ">", "*", "…", ";", "#", "(", "|"})
BRACKET = re.compile(r"\s?\(([^()]{2,40})\)")


@dataclass(frozen=True)
class Knowledge:
    """What is known beyond the text: common words, countries, departments by number and name, firms that many know."""

    words: Set[str]
    dictionary: Set[str]  # all words, the rare ones too
    countries: Set[str]  # folded
    departments: Set[str]  # numbers, and folded names
    firms: Set[str]  # folded
    articles: Set[str]  # folded
    particles: Set[str]  # folded: "de", "et" and the like, which initials leave out


class Weigher:
    """The features of the spans of one text."""

    def __init__(self, context: Context, spans: Sequence[Span], knowledge: Knowledge) -> None:
        self._context = context
        self._document: Document = context.document
        self._tokens = tokens = context.tokens
        self._spans = spans
        self._known = knowledge
        self._leads: dict[str, dict[int, Match]] = {c: {} for c in LEADS}
        for cls in AHEAD:
            for match in context.matches.get(cls, ()):
                self._leads[cls][match.last] = match
        for cls in ("no_firm_head", "not_a_firm", "landmark"):
            for match in context.matches.get(cls, ()):
                self._leads[cls][match.first] = match
        self._tails = {m.first for m in context.matches.get("firm_tail", ())}
        self._people = {m.first for m in context.matches.get("person_tail", ())}
        self._ends = {m.last for m in context.matches.get("no_firm_tail", ())}
        self._legal = {m.first for m in context.matches.get("legal_form", ())}
        self._capitals = {k for k, w in zip(tokens.keys, tokens.words, strict=True) if 3 <= len(w) <= 6 and w.isupper()}
        self._spelled = self._initials(spans)
        self._small = Counter(k for k, w in zip(tokens.keys, tokens.words, strict=True) if w[0].islower())
        self._written_small = _written_small(tokens, spans)
        self._loud = _loud_lines(self._document)
        self._count = Counter(self._key(s) for s in spans)
        self._quiet = Counter(self._key(s) for s in spans if not self._is_loud(s))
        self._taken = sorted(
            (f.start, f.end) for kind in ("dates", "amounts", "jobs", "powers") for f in context.earlier.get(kind, ())
        )
        models = sorted((s.first, s.last, s.label) for s in spans if s.label)
        self._models = models
        self._model_firsts = [m[0] for m in models]
        self._about: dict[str, list[str]] = self._gather()

    def features(self, span: Span) -> list[str]:
        tokens, first, last = self._tokens, span.first, span.last
        keys = tokens.keys
        key = " ".join(keys[first:last])
        out = ["bias"]
        add = out.append
        model = span.label or "none"
        add(f"model={model}")
        for relation, label, often in self._relations(span):
            add(f"{relation}={label}")
            add(f"model={model}|{relation}={label}")
            if often:
                add(f"{relation}={label}|{often}")
        for source in sorted(span.sources):
            add(f"by={source}")
        # what the gazetteers and word lists say
        place = self._place(span)
        add(f"place={place}")
        add(f"place={place}|model={model}")
        common = self._common(span, self._known.words)
        add(f"common={common}")
        add(f"common={common}|model={model}")
        add(f"common={common}|place={place}")
        listed = self._common(span, self._known.dictionary)
        add(f"listed={listed}")
        add(f"listed={listed}|model={model}")
        add(f"listed={listed}|{self._opens(span)}|{model}")
        if key in self._known.firms:
            add("known_firm")
            add(f"known_firm|place={place}")
        # how it is written
        shape = self._shape(span)
        add(f"shape={shape}")
        add(f"shape={shape}|model={model}")
        add(f"length={min(last - first, 5)}")
        add(f"start={keys[first]}")
        add(f"end={keys[last - 1]}")
        add(f"suffix={keys[last - 1][-3:]}")
        if first in self._leads["no_firm_head"]:
            add("no_firm_head")
        if first in self._leads["not_a_firm"]:
            add(f"not_a_firm|whole={self._leads['not_a_firm'][first].last == last}")
        if first in self._leads["landmark"]:
            add(f"landmark|alone={self._leads['landmark'][first].last == last}")
        if span.last - span.first == 1 and key in self._spelled:
            add(f"spells_initials|{model}")
        elif self._short_for(span) in self._capitals:
            add(f"has_acronym|{model}")
        if self._is_loud(span):
            add(f"quiet={min(self._quiet[key], 2)}|{model}")
            if not self._quiet[key]:
                add(f"quiet_part={self._part_quiet(span)}|{model}")
        # what stands around
        out += self._around(first, last, model, place)
        # what is known of the name elsewhere in the text
        out += self._about[key]
        return out

    def barred(self, span: Span) -> bool:
        """What can be no name: words that the text writes small elsewhere, a listed word, the name of an event."""
        if span.last in self._ends and span.last - span.first > 1:
            return True
        listed = self._leads["not_a_firm"].get(span.first)
        if listed is not None and listed.last == span.last:
            return True
        if span.last - span.first < 2 or span.entries:
            return False
        words = tuple(self._tokens.words[span.first : span.last])
        return words not in self._written_small and _in_small(words) in self._written_small

    def seated(self, span: Span) -> bool:
        """A firm's name by what follows: a country in brackets behind the head of a statement, or ", lauréat de"."""
        tokens, first = self._tokens, span.first
        if "tailed" in span.sources and not span.entries:
            inside = [label for relation, label, _ in self._relations(span) if relation in ("around", "across")]
            if span.label in ("", "FIRM") and "PER" not in inside and tokens.words[first][0].isdigit():
                return True
        opens = tokens.gaps[first] >= Gap.LINE or tokens.keys[first - 1] in OPENERS
        if not opens or span.entries or first in self._leads["person_lead"]:
            return False
        behind = BRACKET.match(self._document.view, tokens.ends[span.last - 1])
        if behind is None or fold(behind.group(1)) not in self._known.countries:
            return False
        after = tokens.at_end.get(behind.end())  # the closing bracket
        told = after is not None and after + 1 in self._tails
        return told or span.label != "LOC"  # what the model takes for a town is a firm only if more says so

    def _key(self, span: Span) -> str:
        return " ".join(self._tokens.keys[span.first : span.last])

    def _is_loud(self, span: Span) -> bool:
        return span.first < len(self._loud) and self._loud[span.first]

    def _opens(self, span: Span) -> bool:
        return self._tokens.gaps[span.first] >= Gap.LINE or self._tokens.keys[span.first - 1] in OPENERS

    def _part_quiet(self, span: Span) -> bool:
        """Whether a name in a line of capitals begins, or ends, with one that is written elsewhere in small letters."""
        keys = self._tokens.keys[span.first : span.last]
        parts = (*(keys[:n] for n in range(1, len(keys))), *(keys[n:] for n in range(1, len(keys))))
        return any(self._quiet[" ".join(part)] for part in parts)

    def _short_for(self, span: Span) -> str:
        """The initials of a name of three words and more, "" of a shorter one."""
        words = [
            k for k in self._tokens.keys[span.first : span.last] if k[0].isalpha() and k not in self._known.particles
        ]
        return "".join(w[0] for w in words) if len(words) >= 3 else ""

    def _initials(self, spans: Sequence[Span]) -> set[str]:
        return {short for span in spans if (short := self._short_for(span)) in self._capitals}

    def _relations(self, span: Span) -> list[tuple[str, str, str]]:
        """How a span lies to the model's own: inside, around, across or beside one; and which is met more often."""
        out = []
        mine = self._count[self._key(span)]
        at = bisect.bisect_left(self._model_firsts, span.first)
        for first, last, label in self._models[max(0, at - 2) : at + 4]:
            if (first, last) == (span.first, span.last):
                continue
            theirs = self._count[" ".join(self._tokens.keys[first:last])]
            often = "more" if mine > theirs else "less" if mine < theirs else "once" if mine == 1 else "same"
            if first <= span.first and span.last <= last:
                out.append(("inside", label, often))
            elif span.first <= first and last <= span.last:
                out.append(("around", label, often))
            elif first < span.last and span.first < last:
                out.append(("across", label, often))
            elif last == span.first or span.last == first:
                out.append(("beside", label, ""))
        return out

    def _place(self, span: Span) -> str:
        if not span.entries:
            return "none"
        kinds = sorted({e.kind for e in span.entries})
        if kinds == ["commune"]:
            size = max(e.population for e in span.entries)
            same = len({e.code for e in span.entries})
            big = "city" if size > 50_000 else "town" if size > 5_000 else "village" if size > 800 else "hamlet"
            return f"{big}{'+' if same > 1 else ''}"
        return "/".join(kinds)

    def _common(self, span: Span, language: Set[str]) -> str:
        """Whether its words are those of the language: "no", "first", "all"; and whether small letters come too."""
        words = [w for w in self._tokens.words[span.first : span.last] if w[0].isalpha()]
        known = [w.lower() in language for w in words]
        small = "small" if words and self._small[fold(words[-1])] else ""
        if not words:
            return "sign"
        if len(words) == 1:
            return f"one{small}" if known[0] else f"no{small}"
        return f"{'all' if all(known) else 'first' if known[0] else 'some' if any(known) else 'none'}{small}"

    def _shape(self, span: Span) -> str:
        words = self._tokens.words[span.first : span.last]
        loud = span.first < len(self._loud) and self._loud[span.first]
        parts = []
        for w in words[:4]:
            if w[0].isdigit():
                parts.append("9")
            elif not w[0].isalpha():
                parts.append(w if w in "&'-.+" else "?")
            elif w.isupper():
                parts.append("A" if len(w) == 1 else "AA" if len(w) <= 4 else "AAA")
            elif w[0].isupper():
                parts.append("Aa" if w[1:].islower() else "AaA")
            else:
                parts.append("a")
        return "".join(parts) + ("!" if loud else "")

    def _around(self, first: int, last: int, model: str, place: str) -> list[str]:
        tokens = self._tokens
        keys, gaps, size = tokens.keys, tokens.gaps, len(tokens)
        out = []
        block = tokens.blocks[first]
        kind = self._document.blocks[block].kind if block >= 0 else BlockKind.PARAGRAPH
        out.append(f"block={kind}")
        opens = gaps[first] >= Gap.LINE or keys[first - 1] in OPENERS
        if gaps[first] >= Gap.BLOCK:
            out.append(f"opens_block|{kind}|{model}")
        elif opens:
            out.append(f"opens|{model}")
        at, before = first, "^"
        for n in range(1, NEAR_WORDS + 1):
            if at == 0 or gaps[at] >= Gap.BLOCK:
                out.append(f"w-{n}=^")
                break
            at -= 1
            word = keys[at]
            if n == 1:
                before = word
                glued = "" if gaps[first] else "+"
                out.append(f"w-1={word}{glued}")
                out.append(f"w-1={word}|{place}")
                out.append(f"w-1={word}|{model}")
                if tokens.words[at][0].isupper():
                    out.append(f"cap_before|{model}")
            else:
                out.append(f"w-2={word}")
                out.append(f"w-2,1={word}_{before}")
        at, after = last, "$"
        for n in range(1, NEAR_WORDS + 1):
            if at >= size or gaps[at] >= Gap.BLOCK:
                out.append(f"w+{n}=$")
                break
            word = keys[at]
            if n == 1:
                after = word
                glued = "" if gaps[at] else "+"
                out.append(f"w+1={word}{glued}")
                out.append(f"w+1={word}|{model}")
                if tokens.words[at][0].isupper():
                    out.append(f"cap_after|{model}")
            else:
                out.append(f"w+2={word}")
                out.append(f"w+1,2={after}_{word}")
            at += 1
        out.append(f"between={before}_{after}")
        for cls in AHEAD:
            match = self._leads[cls].get(first)
            if match is None and first and (keys[first - 1] == "'" or keys[first - 1] in self._known.articles):
                match = self._leads[cls].get(first - 1) or self._leads[cls].get(first - 2)
            if match is not None:
                out.append(f"{cls}={match.value}")
                out.append(f"{cls}={match.value}|{place}")
                out.append(f"{cls}={match.value}|{model}")
        if last in self._tails:
            out.append(f"firm_tail|{model}")
        if last in self._people:
            out.append(f"person_tail|{model}")
        if last in self._legal:
            out.append("legal_form")
        behind = BRACKET.match(self._document.view, tokens.ends[last - 1])
        if behind:
            inner = fold(behind.group(1))
            what = (
                "country"
                if inner in self._known.countries
                else "department"
                if inner in self._known.departments
                else "acronym"
                if behind.group(1).isupper()
                else "other"
            )
            out.append(f"bracket={what}|{model}")
            out.append(f"bracket={what}|{place}")
        start, end = tokens.starts[first], tokens.ends[last - 1]
        at = bisect.bisect_left(self._taken, (end, 0)) - 1
        if at >= 0 and self._taken[at][1] > start:
            out.append("figure_here")
        return out

    def _gather(self) -> dict[str, list[str]]:
        """For each name, as folded words: how often the model calls it what, and what leads to it anywhere."""
        tokens = self._tokens
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        leads: dict[str, set[str]] = defaultdict(set)
        count: Counter[str] = Counter()
        entries: dict[str, bool] = {}
        for span in self._spans:
            key = " ".join(tokens.keys[span.first : span.last])
            count[key] += 1
            votes[key][span.label or "none"] += 1
            entries[key] = bool(span.entries)
            for cls in AHEAD:
                match = self._leads[cls].get(span.first)
                if match is not None:
                    leads[key].add(f"{cls}={match.value}")
            if span.last in self._tails:
                leads[key].add("firm_tail")
            if span.last in self._people:
                leads[key].add("person_tail")
            if span.first:
                leads[key].add(f"w-1={tokens.keys[span.first - 1]}")
            if span.last < len(tokens):
                leads[key].add(f"w+1={tokens.keys[span.last]}")
        firms = {k for k, v in votes.items() if v["FIRM"] and v["FIRM"] >= v["LOC"]}
        starts: dict[str, set[str]] = defaultdict(set)
        for key in firms:
            words = key.split()
            for n in range(1, len(words)):
                starts[" ".join(words[:n])].add(key)
        out: dict[str, list[str]] = {}
        for key, voted in votes.items():
            said = {k: n for k, n in voted.items() if k != "none"}
            total = sum(voted.values())
            features = [f"count={min(total, 5)}"]
            for label, n in said.items():
                part = "all" if n == total else "most" if 2 * n > total else "some"
                features += [f"vote={label}|{part}", f"vote={label}|{part}|{min(total, 4)}"]
            if not said:
                features.append("vote=none")
            features.append("votes=" + "+".join(sorted(said)))
            features += [f"any|{lead}" for lead in sorted(leads[key]) if not lead.startswith("w")]
            if total > 1:
                features += [f"any|{lead}" for lead in sorted(leads[key]) if lead.startswith("w")][:12]
            if key in starts:
                features.append(f"begins_firm|{'place' if entries[key] else ''}")
            out[key] = features
        return out


def _in_small(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


def _written_small(tokens: Tokens, spans: Sequence[Span]) -> set[tuple[str, ...]]:
    """The words of the spans of two and more that the text has somewhere in small letters only; linear."""
    wanted: set[tuple[str, ...]] = set()
    lengths: defaultdict[tuple[str, str], set[int]] = defaultdict(set)  # first two words → how many such names have
    for span in spans:
        words = tokens.words[span.first : span.last]
        small = _in_small(words)
        if len(small) > 1 and small != tuple(words):
            wanted.add(small)
            lengths[small[0], small[1]].add(len(small))
    return {
        phrase
        for at, pair in enumerate(pairwise(tokens.words))
        for length in lengths.get(pair, ())
        if (phrase := tuple(tokens.words[at : at + length])) in wanted
    }


def _loud_lines(document: Document) -> list[bool]:
    """For each token, whether its line is written in capitals."""
    tokens = document.tokens
    out: list[bool] = []
    line: list[int] = []

    def close() -> None:
        letters = [tokens.words[i] for i in line if tokens.words[i][0].isalpha() and len(tokens.words[i]) > 1]
        loud = len(letters) >= 2 and sum(w.isupper() for w in letters) >= 0.8 * len(letters)
        out.extend([loud] * len(line))
        line.clear()

    for i, gap in enumerate(tokens.gaps):
        if gap >= Gap.LINE and line:
            close()
        line.append(i)
    if line:
        close()
    return out
