"""What speaks for a span's being a firm, an organisation, a place or no name at all.

Features are words: what the model (how surely, too) and the gazetteers say of the span, how it is written, what stands
around it, and what is known of the same name elsewhere in the text.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from pipeline.document import BlockKind, Document, Gap, fold
from pipeline.grammar import Match
from pipeline.recognise import Context
from pipeline.recognise.names.elsewhere import Elsewhere
from pipeline.recognise.names.leanings import Leanings
from pipeline.recognise.names.spans import Span

NEAR_WORDS = 2  # words on each side
PORTFOLIO = 16  # tokens of what a minister is in charge of
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
        self._themes = {m.last for m in context.matches.get("theme_lead", ())}
        self._portfolios = {m.last for m in context.matches.get("portfolio_lead", ())}
        self._legal = {m.first for m in context.matches.get("legal_form", ())}
        self._taken = sorted(
            (f.start, f.end) for kind in ("dates", "amounts", "jobs", "powers") for f in context.earlier.get(kind, ())
        )
        models = sorted((s.first, s.last, s.label) for s in spans if s.label)
        self._models = models
        self._model_firsts = [m[0] for m in models]
        self._elsewhere = Elsewhere(tokens, spans, [self._announced(s) for s in spans], knowledge.particles)
        self._leanings = Leanings(context, spans, [self._elsewhere.key(s) for s in spans])

    def features(self, span: Span) -> list[str]:
        tokens, first, last = self._tokens, span.first, span.last
        keys = tokens.keys
        elsewhere = self._elsewhere
        key = elsewhere.key(span)
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
        out += self._leanings.features(span, key)
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
        add(f"listed={listed}|{self._opens(first)}|{model}")
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
        if elsewhere.spells_initials(span):
            add(f"spells_initials|{model}")
        elif elsewhere.has_acronym(span):
            add(f"has_acronym|{model}")
        if elsewhere.is_surname(span):
            add(f"surname|{model}")
        if self._of_portfolio(first):
            add(f"portfolio|{model}")
        if elsewhere.is_loud(span):
            quiet = elsewhere.quiet[key]
            add(f"quiet={min(quiet, 2)}|{model}")
            if not quiet:
                add(f"quiet_part={elsewhere.part_is_quiet(span)}|{model}")
        # what stands around
        out += self._around(first, last, model, place)
        # what is known of the name elsewhere in the text
        out += elsewhere.about[key]
        return out

    def hopeless(self, span: Span) -> bool:
        """Whether only its capitals speak for a span, and no name was likely to begin at any of its words: of 8,310 such in
        train, dev and a sixth of told and mentions, 10 were names."""
        return span.sources == {"capitals"} and self._leanings.passed_over(span)

    def barred(self, span: Span) -> bool:
        """What can be no name: words that the text writes small elsewhere, a listed word, the name or theme of an event."""
        if span.first in self._themes or (span.last in self._ends and span.last - span.first > 1):
            return True
        listed = self._leads["not_a_firm"].get(span.first)
        if listed is not None and listed.last == span.last:
            return True
        return span.last - span.first > 1 and not span.entries and self._elsewhere.is_common(span)

    def seated(self, span: Span) -> bool:
        """A firm's name by what follows: a country in brackets behind the head of a statement, or ", lauréat de"."""
        tokens, first = self._tokens, span.first
        if "tailed" in span.sources and not span.entries:
            inside = [label for relation, label, _ in self._relations(span) if relation in ("around", "across")]
            if span.label in ("", "FIRM") and "PER" not in inside and tokens.words[first][0].isdigit():
                return True
        if not self._opens(first) or span.entries or first in self._leads["person_lead"]:
            return False
        behind = BRACKET.match(self._document.view, tokens.ends[span.last - 1])
        if behind is None or fold(behind.group(1)) not in self._known.countries:
            return False
        after = tokens.at_end.get(behind.end())  # the closing bracket
        told = after is not None and after + 1 in self._tails
        return told or span.label != "LOC"  # what the model takes for a town is a firm only if more says so

    def _announced(self, span: Span) -> list[str]:
        """What leads to a span right before it, and what follows it."""
        ahead = ((cls, self._leads[cls].get(span.first)) for cls in AHEAD)
        told = [f"{cls}={match.value}" for cls, match in ahead if match is not None]
        told += ["firm_tail"] if span.last in self._tails else []
        return told + (["person_tail"] if span.last in self._people else [])

    def _opens(self, first: int) -> bool:
        """Whether a line or a clause begins at a token."""
        return self._tokens.gaps[first] >= Gap.LINE or self._tokens.keys[first - 1] in OPENERS

    def _of_portfolio(self, first: int) -> bool:
        """Whether only capitals, particles and commas part a span from "ministre de": "de l'Industrie et du Numérique"."""
        tokens = self._tokens
        for at in range(first, max(-1, first - PORTFOLIO), -1):
            if at in self._portfolios:
                return True
            word = tokens.words[at - 1] if at else "."
            if not (word[0].isupper() or word in ",'" or tokens.keys[at - 1] in self._known.particles):
                return False
        return False

    def _relations(self, span: Span) -> list[tuple[str, str, str]]:
        """How a span lies to the model's own: inside, around, across or beside one; and which is met more often."""
        out = []
        count = self._elsewhere.count
        mine = count[self._elsewhere.key(span)]
        at = bisect.bisect_left(self._model_firsts, span.first)
        for first, last, label in self._models[max(0, at - 2) : at + 4]:
            if (first, last) == (span.first, span.last):
                continue
            theirs = count[" ".join(self._tokens.keys[first:last])]
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
        at = [n for n in range(span.first, span.last) if self._tokens.words[n][0].isalpha()]
        if not at:
            return "sign"
        words = [self._tokens.words[n] for n in at]
        known = [w.lower() in language for w in words]
        small = "small" if self._elsewhere.small[self._tokens.keys[at[-1]]] else ""
        if len(words) == 1:
            return f"one{small}" if known[0] else f"no{small}"
        return f"{'all' if all(known) else 'first' if known[0] else 'some' if any(known) else 'none'}{small}"

    def _shape(self, span: Span) -> str:
        words = self._tokens.words[span.first : span.last]
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
        return "".join(parts) + ("!" if self._elsewhere.is_loud(span) else "")

    def _around(self, first: int, last: int, model: str, place: str) -> list[str]:
        tokens = self._tokens
        keys, gaps, size = tokens.keys, tokens.gaps, len(tokens)
        out = []
        block = tokens.blocks[first]
        kind = self._document.blocks[block].kind if block >= 0 else BlockKind.PARAGRAPH
        out.append(f"block={kind}")
        if gaps[first] >= Gap.BLOCK:
            out.append(f"opens_block|{kind}|{model}")
        elif self._opens(first):
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
