"""Where names may stand: the spans worth weighing, each with what proposed it.

They come from the model, from the gazetteers, from runs of capitals, from what announces or follows a firm's name, and
from every other place where a name so found stands. None of them decides; `weigh` does.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from pipeline.document import LISTED, Gap, Tokens
from pipeline.recognise import Context
from pipeline.recognise.names.gazetteer import Places
from pipeline.recognise.names.landmarks import begun, landmarks, word_end
from rules.gazetteers import Entry

MOST_WORDS = 6  # capitals in a run that is looked at in parts
LONGEST = 40  # words of a name of the model: in what is no text it may find longer ones
HEADED = 5  # words of a name that "le groupe" announces
BEHIND = 10  # tokens of a name that a legal form announces
SMALL = 4  # of these, in small letters between two capitals
EDGE = " \t\n.,;:!?«»\"“”'’()[]-–—•*>@#/|"
CUT = re.compile(r"\n|\t|\s{2}|\s[-–—/|•]\s|[.:;!?]\s")  # what no name reaches over
_ITEM = re.compile(r"[•·*>»▶→\-\s\d.)]*")
_CELL = re.compile(r"\s{2,}|\t|\s?\||[,:(.;]|\s-\s")


@dataclass(slots=True)
class Span:
    """tokens[first:last], who proposed it, and the places that the gazetteers know by it."""

    first: int
    last: int
    sources: set[str] = field(default_factory=set)
    label: str = ""  # the model's, where it proposed the very span
    entries: Sequence[Entry] = ()
    rule: str = ""  # the rule that is sure of it, if one is
    kind: str = ""  # what that rule is sure that it is: "places" or "organisations"

    @property
    def origin(self) -> str:
        """The rule that a mention of it names: that which is sure of it, the model, or who else proposed it."""
        return self.rule or ("model" if self.label else "+".join(sorted(self.sources)))


class SpanFinder:
    """Built once: particles that stand inside names, those inside names that rules are sure of, and the gazetteers' names."""

    def __init__(self, places: Places, particles: Set[str], links: Set[str]) -> None:
        self._places = places
        self._particles = particles
        self._links = links

    def find(self, context: Context) -> list[Span]:
        """The spans of a text in order, each once."""
        spans: dict[tuple[int, int], Span] = {}

        def add(first: int, last: int, source: str) -> Span:
            span = spans.get((first, last))
            if span is None:
                span = spans[first, last] = Span(first, last)
            span.sources.add(source)
            return span

        for first, last, entries in self._places.matches(context):
            add(first, last, "gazetteer").entries = entries
        for first, last, label in _trimmed(context, spans):
            add(first, last, "model").label = label
        for first, last in self._runs(context):
            add(first, last, "capitals")
        for first, last in _headed(context):
            add(first, last, "headed")
        for first, last in self._tailed(context):
            add(first, last, "tailed")
        for first, last in landmarks(context, self._particles):
            add(first, last, "landmark")
        towns = {s.first for s in spans.values() if any(e.kind == "commune" for e in s.entries)}
        for cls, kind, stops in (("street", "places", towns), ("public_body", "organisations", ())):
            for first, last, rule in begun(context, cls, self._links, stops):
                span = add(first, last, cls)
                span.rule, span.kind = rule, kind
        for first, last in _legal(context):
            add(first, last, "legal")
        for first, last in _item_heads(context):
            add(first, last, "item")
        for first, last in _again(context, spans):
            add(first, last, "again")
        return [spans[at] for at in sorted(spans)]

    def _tailed(self, context: Context) -> Iterator[tuple[int, int]]:
        """The capitals and figures that ", lauréat de" or ", filiale de" follows: "3IA Côte d'Azur, lauréat…"."""
        tokens = context.tokens
        for match in context.matches.get("firm_tail", ()):
            first = last = match.first
            while first > 0 and last - first < 2 * HEADED and tokens.gaps[first] < Gap.LINE:
                word = tokens.words[first - 1]
                glued = word in "'-" and tokens.gaps[first] == Gap.NONE
                inside = tokens.keys[first - 1] in self._particles or glued
                if not (word[0].isupper() or word[0].isdigit() or (inside and first < last)):
                    break
                first -= 1
            while first < last and not (tokens.words[first][0].isupper() or tokens.words[first][0].isdigit()):
                first += 1
            if any(w[0].isupper() for w in tokens.words[first:last]):
                yield first, last

    def _runs(self, context: Context) -> Iterator[tuple[int, int]]:
        """Runs of capitals, with particles and signs inside, and their parts at the edges of words."""
        tokens = context.tokens
        words, keys, gaps = tokens.words, tokens.keys, tokens.gaps
        at, size = 0, len(words)
        while at < size:
            if not words[at][0].isupper():
                at += 1
                continue
            pieces: list[tuple[int, int]] = []  # words of the run as (first, last): signs without blanks glue
            end = at
            while end < size and len(pieces) < MOST_WORDS:
                start = end
                end = word_end(tokens.words, gaps, start)
                pieces.append((start, end))
                skip = end
                while (
                    skip < size
                    and skip - end < 3
                    and gaps[skip] <= Gap.BLANK
                    and (keys[skip] in self._particles or words[skip] in "&+'/")
                    and not words[skip][0].isupper()
                ):
                    skip += 1
                if skip < size and gaps[skip] <= Gap.BLANK and (words[skip][0].isupper() or words[skip][0].isdigit()):
                    end = skip
                    continue
                break
            for i in range(len(pieces)):
                if not words[pieces[i][0]][0].isupper():
                    continue
                for j in range(i, len(pieces)):
                    if i == 0 or j == len(pieces) - 1 or i == j:
                        yield pieces[i][0], pieces[j][1]
            at = max(pieces[-1][1], at + 1)


def _trimmed(context: Context, known: Container[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """The model's names without signs at their edges, legal forms behind them, or a line break inside; and without the
    small words before their first capital, unless the gazetteers know the whole ("région Sud")."""
    legal = {m.first: m for m in context.matches.get("legal_form", ())}
    tokens, view = context.tokens, context.document.view
    for start, end, label, _ in context.entities:
        text = view[start:end]
        if cut := CUT.search(text):
            end = start + cut.start()
            text = text[: cut.start()]
        start += len(text) - len(text.lstrip(EDGE))
        end -= len(text) - len(text.rstrip(EDGE))
        if end <= start:
            continue
        first = bisect.bisect_left(tokens.ends, start + 1)
        last = bisect.bisect_left(tokens.starts, end)
        while last - 1 > first and last - 1 in legal and legal[last - 1].last == last:
            last -= 1
        if (first, last) not in known:
            first = _capital(tokens, first, last)
        if view[end : end + 2] == "'s" and not view[end + 2 : end + 3].isalpha():
            last += 2  # "Lay's"
        if 0 < last - first <= LONGEST:
            yield first, last, label


def _capital(tokens: Tokens, first: int, last: int) -> int:
    """Where a name begins if small words lead to its first capital: "palois Arverne Group" is named from "Arverne" on."""
    for at in range(first, last):
        if not tokens.words[at].islower() and tokens.words[at][0].isalnum():
            return at
        if at + 1 < last and tokens.gaps[at + 1] == Gap.NONE:
            break  # "e-Mégalis"
    return first


def _legal(context: Context) -> Iterator[tuple[int, int]]:
    """What stands behind a legal form, up to each of its capitals and figures: "la SARL 563", "SAS Parc éolien de La Pierre"."""
    tokens = context.tokens
    for match in context.matches.get("legal_form", ()):
        last, small = match.last, SMALL
        while last < len(tokens) and last - match.last < BEHIND and tokens.gaps[last] <= Gap.BLANK:
            word = tokens.words[last]
            if word[0].isupper() or word[0].isdigit():
                last, small = word_end(tokens.words, tokens.gaps, last), 0
                yield match.last, last
            elif small < SMALL and (word.islower() or word == "'"):
                last, small = last + 1, small + 1
            else:
                break


def _headed(context: Context) -> Iterator[tuple[int, int]]:
    """Capitals that "le groupe", "la société" announce, and those that ", spécialiste de" follows."""
    tokens = context.tokens
    for match in context.matches.get("firm_head", ()):
        first = match.last
        dashed = tokens.words[first - 1] == "-"  # "l'ex-Castorama"
        if first >= len(tokens) or tokens.gaps[first] != (Gap.NONE if dashed else Gap.BLANK):
            continue
        if not tokens.words[first][0].isupper():
            continue
        last = first
        while last < len(tokens) and last - first < HEADED and tokens.words[last][0].isupper():
            if last > first and tokens.gaps[last] > Gap.BLANK:
                break
            last += 1
        yield first, last


def _item_heads(context: Context) -> Iterator[tuple[int, int]]:
    """What an item of a list or a row of a table begins with, where it is short and begins with a capital."""
    document, tokens = context.document, context.tokens
    for block in document.blocks:
        if block.kind not in LISTED:
            continue
        skip = _ITEM.match(document.view, block.start, block.end)
        begin = skip.end() if skip else block.start
        cut = _CELL.search(document.view, begin, block.end)
        head = document.view[begin : cut.start() if cut else block.end].rstrip()
        if head[:1].isupper() and len(head.split()) <= HEADED and "\n" not in head:
            first = tokens.at_start.get(begin)
            last = tokens.at_end.get(begin + len(head))
            if first is not None and last is not None:
                yield first, last + 1


def _again(context: Context, spans: Mapping[tuple[int, int], Span]) -> Iterator[tuple[int, int]]:
    """Every other place where the words of a span of the model stand, whatever their case at the head of lines."""
    tokens = context.tokens
    known: set[tuple[str, ...]] = set()
    lengths: dict[str, set[int]] = defaultdict(set)  # first word → how many words its names have
    for (first, last), span in spans.items():
        if "model" in span.sources or "headed" in span.sources:
            spelled = tuple(tokens.keys[first:last])
            if len("".join(spelled)) > 1:
                known.add(spelled)
                lengths[spelled[0]].add(len(spelled))
    for at, key in enumerate(tokens.keys):
        for length in lengths.get(key, ()):
            last = at + length
            if (
                last <= len(tokens)
                and tuple(tokens.keys[at:last]) in known
                and all(g < Gap.BLOCK for g in tokens.gaps[at + 1 : last])
            ):
                word = tokens.words[at]
                if word[0].isupper() or word[0].isdigit() or tokens.words[last - 1][0].isupper():
                    yield at, last
