"""Companies and organisations: the model's names, kept, corrected and spread over the text by rules.

A name decided where it is clear is decided everywhere: each other place where it stands is a mention too.
"""

from __future__ import annotations

import bisect
import itertools
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence, Set

from pipeline.document import BlockKind, Gap, fold
from pipeline.recognise import Context, Entity, Found, names
from rules import Rules
from rules.gazetteers import Gazetteer

FIRM, ORGANISATION, LOCATION, PERSON = "FIRM", "ORG", "LOC", "PER"
KINDS = {FIRM: "companies", ORGANISATION: "organisations"}
HEAD_WORDS = 5  # words of a name that follows "le groupe"
LISTED = 3  # items from which bullets or rows make a list
SEAT_NEAR = 3  # tokens between a demonym and the name it tells the seat of


class CompanyRecogniser:
    """Built once from the rules and the gazetteers."""

    def __init__(self, rules: Rules, gazetteer: Gazetteer) -> None:
        self._particles = frozenset(
            fold(form) for _, rule in rules.rules() if rule.cls == "name_particle" for form, _ in rule.expressions()
        )
        self._words = gazetteer.words
        self._places = gazetteer.spellings
        self._demonyms = {fold(form): code for form, code in gazetteer.demonyms.items()}
        self._countries = {
            fold(name): entry.code
            for name, entries in gazetteer.spellings.items()
            for entry in entries
            if entry.kind == "country"
        }

    def find(self, context: Context) -> list[Found]:
        """The companies and organisations of a text; what they share with places is settled later."""
        named = _vetoed(context, _trimmed(context), self._words)
        named = self._without_places(context, named)
        named += _headed(context, named)
        named += _tailed(context, named, self._particles)
        named += self._seated(context, named)
        named += self._listed(context, named)
        voted = _vote(context, named)
        spread = _spread(context, voted, self._words)
        found: list[Found] = []
        for label, kind in KINDS.items():
            mine = [e for e in spread if e.label == label]
            forms = [names.Form(e.start, _block(context, e), _text(context, e)) for e in mine]
            joined = names.join(forms, _bracketed(context, mine), self._particles)
            countries: dict[str, str] = {}
            if label == FIRM:
                for e in mine:
                    country = self._country(context, e)
                    if country:
                        countries.setdefault(joined[_text(context, e)], country)
            for e in mine:
                name = joined[_text(context, e)]
                values: dict[str, object] = {"name": name}
                if label == FIRM:
                    values["country"] = countries.get(name)
                found.append(Found(kind, e.start, e.end, values, "model", 0.75))
        return found

    def _without_places(self, context: Context, named: Sequence[Entity]) -> list[Entity]:
        """Without names of places that the text uses as places somewhere: behind "à", or by the model's own word."""
        leads = {m.last for m in context.matches.get("place_lead", ())}
        tokens = context.tokens
        located = {names.key(_text(context, e)) for e in context.entities if e.label == LOCATION}
        for entity in named:
            text = _text(context, entity)
            if text.title() in self._places or text in self._places:
                first = tokens.at_start.get(entity.start)
                if first is not None and first in leads:
                    located.add(names.key(text))
        return [
            e
            for e in named
            if e.label != FIRM or names.key(_text(context, e)) not in located or not self._spells_place(context, e)
        ]

    def _listed(self, context: Context, named: Sequence[Entity]) -> list[Entity]:
        """One list, one kind: where most items begin with a firm, what begins the others is one too."""
        document = context.document
        others = [  # a place that no gazetteer knows may well be a firm
            e
            for e in context.entities
            if e.label not in KINDS and (e.label != LOCATION or self._spells_place(context, e))
        ]
        firm_at = {e.start: e.end for e in named if e.label == FIRM}
        taken = sorted((e.start, e.end) for e in (*named, *others))
        out: list[Entity] = []
        run: list[tuple[int, int]] = []
        kind = None
        blocks = list(document.blocks)
        for block in [*blocks, None]:
            if (
                block is not None
                and block.kind in (BlockKind.BULLET, BlockKind.ROW)
                and block.kind == (kind or block.kind)
            ):
                kind = block.kind
                text = document.view[block.start : block.end]
                skip = _HEAD.match(text)
                begin = block.start + (skip.end() if skip else 0)
                cut = _CELL.search(document.view, begin, block.end)
                run.append((begin, cut.start() if cut else block.end))
                continue
            if len(run) >= LISTED:
                firms = [r for r in run if firm_at.get(r[0], r[1] + 1) <= r[1]]
                if 2 * len(firms) >= len(run):
                    for begin, end in run:
                        head = document.text[begin:end].strip()
                        end = begin + len(head)
                        busy = _overlaps(taken, begin, end)
                        short = 0 < len(head.split()) <= HEAD_WORDS and head[:1].isupper() and "\n" not in head
                        if short and not busy and head.split()[0].lower() not in self._words:
                            out.append(Entity(begin, end, FIRM))
            run, kind = [], None
        return out

    def _seated(self, context: Context, named: Sequence[Entity]) -> list[Entity]:
        """Names with a country in brackets behind them, "Evroc (Suède)", that are no place and no person."""
        tokens = context.tokens
        taken = sorted((e.start, e.end) for e in (*named, *context.entities) if e.label != FIRM or e in named)
        places = {(e.start, e.end) for e in context.entities if e.label == LOCATION}
        out = []
        for opened, key in enumerate(tokens.keys):
            if key != "(" or opened == 0 or tokens.gaps[opened] >= Gap.LINE:
                continue
            behind = re.match(
                r"\(([^()]{2,40})\)", context.document.view[tokens.starts[opened] : tokens.starts[opened] + 45]
            )
            if behind is None or fold(behind.group(1)) not in self._countries:
                continue
            first = opened
            while first > 0 and opened - first < HEAD_WORDS and tokens.words[first - 1][0].isupper():
                first -= 1
                if tokens.gaps[first] >= Gap.LINE:
                    break
            start, end = tokens.starts[first], tokens.ends[opened - 1]
            entity = Entity(start, end, FIRM)
            if first == opened or self._spells_place(context, entity):
                continue
            unknown = (start, end) in places and _opens(context, first)  # the head of a statement, in no gazetteer
            if unknown or not _overlaps(taken, start, end):
                out.append(entity)
        return out

    def _spells_place(self, context: Context, entity: Entity) -> bool:
        text = _text(context, entity)
        return text in self._places or text.title() in self._places

    def _country(self, context: Context, entity: Entity) -> str | None:
        """The seat a text tells beside a name: "l'américain X", "X (Suède)", "X, groupe espagnol"."""
        tokens = context.tokens
        first = tokens.at_start.get(entity.start)
        last = tokens.at_end.get(entity.end)
        if first is None or last is None:
            return None
        for back in range(1, SEAT_NEAR + 1):
            if first - back < 0 or tokens.gaps[first - back + 1] >= Gap.BLOCK or tokens.keys[first - back] in ".,;:(":
                break
            if code := self._demonyms.get(tokens.keys[first - back]):
                return code if back == 1 or _lower(tokens.words[first - back]) else None
        behind = re.match(r"\s?\(([^()]{2,40})\)", context.document.view[entity.end : entity.end + 45])
        if behind and (code := self._countries.get(fold(behind.group(1).split(",")[0].strip()))):
            return code
        if last + 1 < len(tokens) and tokens.keys[last + 1] == ",":
            for ahead in range(2, 6):
                if last + ahead < len(tokens) and (code := self._demonyms.get(tokens.keys[last + ahead])):
                    return code
        return None


def _lower(word: str) -> bool:
    return word[0].islower()


def _text(context: Context, entity: Entity) -> str:
    return context.document.text[entity.start : entity.end]


def _block(context: Context, entity: Entity) -> int:
    token = context.tokens.at_start.get(entity.start)
    return context.tokens.blocks[token] if token is not None else -1


def _bracketed(context: Context, named: Sequence[Entity]) -> list[tuple[str, str]]:
    """Pairs "X (Y)" where the letters of the shorter come in the longer in that order."""
    out = []
    for a, b in itertools.pairwise(sorted(named)):
        if context.document.view[a.end : b.start].strip() != "(":
            continue
        short, long = sorted((_text(context, a), _text(context, b)), key=len)
        letters = iter(names.key(long).replace(" ", ""))
        if all(c in letters for c in names.key(short).replace(" ", "")):
            out.append((short, long))
    return out


_EDGE = " \t\n.,;:!?«»\"“”'’()[]-–—•*>@#/|"


_CUT = re.compile(r"\n|\t|\s{2}|\s[-–—/|•]\s|[.:;!?]\s")  # what no name reaches over


def _trimmed(context: Context) -> list[Entity]:
    """The model's names without signs at their edges, legal forms behind them, or a line break inside."""
    legal = {m.first: m for m in context.matches.get("legal_form", ())}
    tokens = context.tokens
    out = []
    for start, end, label in context.entities:
        if label not in KINDS:
            continue
        text = context.document.text[start:end]
        if cut := _CUT.search(text):
            end = start + cut.start()
            text = text[: cut.start()]
        start += len(text) - len(text.lstrip(_EDGE))
        end -= len(text) - len(text.rstrip(_EDGE))
        last = tokens.at_end.get(end)
        if last is not None and last in legal and tokens.starts[last] > start:
            end = tokens.ends[last - 1]
        if context.document.view[end : end + 2] == "'s" and not context.document.view[end + 2 : end + 3].isalpha():
            end += 2  # "Lay's"
        if end > start:
            out.append(Entity(start, end, label))
    return out


_HEAD = re.compile(r"[•·*>»▶→\-\s\d.)]*")
_CELL = re.compile(r"\s{2,}|\t|\s?\||[,:(.;]|\s-\s")


def _vetoed(context: Context, named: Sequence[Entity], words: Set[str]) -> list[Entity]:
    """Without what cannot be a name: a listed word, a lone sign, a common word in capitals or at the head of a line."""
    heads = {m.first for m in context.matches.get("no_firm_head", ())}
    capital = Counter(  # capitals that no sentence asked for
        context.tokens.keys[i]
        for i, w in enumerate(context.tokens.words)
        if w[0].isupper() and not w.isupper() and not _opens(context, i)
    )
    barred = {(m.first, m.last) for m in context.matches.get("not_a_firm", ())}
    tokens = context.tokens
    common = Counter(  # not of web addresses, whose words have no blank before them
        tokens.keys[i] for i, w in enumerate(tokens.words) if w[0].islower() and tokens.gaps[i] in (Gap.BLANK, Gap.LINE)
    )
    small = context.document.view
    out = []
    for entity in named:
        first, last = tokens.at_start.get(entity.start), tokens.at_end.get(entity.end)
        text = _text(context, entity)
        if first is None or last is None or not any(c.isalpha() for c in text):
            continue
        if (first, last + 1) in barred or first in heads:
            continue
        if last == first and text.lower() in words and first and tokens.words[first - 1][0].isupper():
            continue  # a piece of a longer name
        if last > first and context.document.view[entity.start : entity.end].lower() in small:
            continue  # "Intelligence Artificielle", written small elsewhere
        if first and tokens.keys[first - 1] == "#" and capital[tokens.keys[first]] == 0:
            continue
        alone = last == first and capital[tokens.keys[first]] == 0
        if alone and text.lower() in words and (text.isupper() or _opens(context, first)):
            continue
        if last == first and common[tokens.keys[first]] and (text.isupper() or tokens.gaps[first] >= Gap.LINE):
            continue
        if text.islower() and not any(c.isdigit() for c in text) and entity.label == FIRM and len(text) < 3:
            continue
        out.append(entity)
    return out


def _opens(context: Context, token: int) -> bool:
    """Whether a token begins a sentence, a line or a quotation."""
    if token == 0 or context.tokens.gaps[token] >= Gap.LINE:
        return True
    return context.tokens.keys[token - 1] in {".", "!", "?", ":", "«", '"', "•", "-", ">", "*", "…", ";", "#"}


def _headed(context: Context, named: Sequence[Entity]) -> list[Entity]:
    """Names that "le groupe", "la société" announce and the model missed."""
    tokens = context.tokens
    taken = sorted((e.start, e.end) for e in (*context.entities, *named))
    out = []
    for match in context.matches.get("firm_head", ()):
        first = match.last
        if first >= len(tokens) or tokens.gaps[first] != Gap.BLANK or not tokens.words[first][0].isupper():
            continue
        if tokens.words[match.first][0].isupper() and not tokens.words[match.first].isupper():
            continue
        last = first
        while last < len(tokens) and last - first < HEAD_WORDS and tokens.words[last][0].isupper():
            if last > first and tokens.gaps[last] > Gap.BLANK:
                break
            last += 1
        start, end = tokens.starts[first], tokens.ends[last - 1]
        if not _overlaps(taken, start, end):
            out.append(Entity(start, end, FIRM))
    return out


def _tailed(context: Context, named: Sequence[Entity], particles: Set[str]) -> list[Entity]:
    """Names that ", spécialiste de" or ", filiale de" follow and the model missed: the capitals before the comma."""
    tokens = context.tokens
    taken = sorted((e.start, e.end) for e in (*named, *(e for e in context.entities if e.label == PERSON)))
    located = sorted((e.start, e.end) for e in context.entities if e.label == LOCATION)
    out = []
    for match in context.matches.get("firm_tail", ()):
        first = last = match.first
        while first > 0 and last - first < 2 * HEAD_WORDS and tokens.gaps[first] < Gap.LINE:
            word = tokens.words[first - 1]
            inside = tokens.keys[first - 1] in particles or word in "'-"
            if not (word[0].isupper() or word[0].isdigit() or (inside and first < last)):
                break
            first -= 1
        while first < last and not (tokens.words[first][0].isupper() or tokens.words[first][0].isdigit()):
            first += 1
        if first == last or _opens(context, first) or not any(w[0].isupper() for w in tokens.words[first:last]):
            continue
        start, end = tokens.starts[first], tokens.ends[last - 1]
        if not _inside(located, start, end) and not _overlaps(taken, start, end):
            out.append(Entity(start, end, FIRM))
    return out


def _vote(context: Context, named: Sequence[Entity]) -> list[Entity]:
    """One name, one label: that of most of its mentions, a firm where they are as many."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for entity in named:
        votes[names.key(_text(context, entity))][entity.label] += 1
    return [
        Entity(e.start, e.end, max(KINDS, key=lambda label: votes[names.key(_text(context, e))][label])) for e in named
    ]


def _spread(context: Context, named: Sequence[Entity], words: Set[str]) -> list[Entity]:
    """Every other place where a name stands, spelled so or in capitals."""
    tokens = context.tokens
    known: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    said = Counter(names.key(_text(context, e)) for e in named)
    for entity in named:
        first, last = tokens.at_start.get(entity.start), tokens.at_end.get(entity.end)
        if first is not None and last is not None:
            spelled = tuple(tokens.keys[first : last + 1])
            if len(spelled) == 1 and tokens.words[first].lower() in words and said[spelled[0]] < 2:
                continue  # a common word, said once: the others may be no name
            if len("".join(spelled)) > 2 and (spelled, entity.label) not in known[spelled[0]]:
                known[spelled[0]].append((spelled, entity.label))
    labels = {entity[:2]: entity.label for entity in named}
    busy = sorted((e.start, e.end) for e in named)
    out = list(named)
    others = sorted((e.start, e.end) for e in context.entities if e.label not in KINDS)
    exact = set(others)
    at = 0
    while at < len(tokens):
        word = tokens.words[at]
        options = known.get(tokens.keys[at]) if word[0].isupper() or word[0].isdigit() else None
        step = 1
        for spelled, label in sorted(options or (), key=lambda o: -len(o[0])):
            last = at + len(spelled)
            if tuple(tokens.keys[at:last]) != spelled or any(g >= Gap.BLOCK for g in tokens.gaps[at + 1 : last]):
                continue
            start, end = tokens.starts[at], tokens.ends[last - 1]
            if (start, end) in labels or _overlaps(busy, start, end):
                break
            if not _inside(others, start, end) or (start, end) in exact:
                out.append(Entity(start, end, label))
            step = len(spelled)
            break
        at += step
    return sorted(out)


def _inside(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether one of some sorted, disjoint spans holds another."""
    at = bisect.bisect_right(spans, (start, sys.maxsize)) - 1
    return at >= 0 and spans[at][1] >= end


def _overlaps(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect.bisect_left(spans, (end, 0)) - 1
    return at >= 0 and spans[at][1] > start
