"""Places: names of the gazetteers that the text uses as places, and what the model alone takes for one.

A name shared by several is settled by the departments and regions that the text speaks of, then by size when one is
far larger than the others; else it is left without a code.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.document import BlockKind, Gap, fold
from pipeline.recognise import Context, Entity, Found
from rules import Rules
from rules.gazetteers import Entry, Gazetteer

LOCATION, FIRM, ORGANISATION, PERSON = "LOC", "FIRM", "ORG", "PER"
MOST_WORDS = 9  # of a name in the gazetteers
JOINERS = frozenset("-'")
SHORT_FORMS = {"st": "saint", "ste": "sainte"}
HAMLET = 500  # inhabitants from which a commune's name alone at the head of an item is enough
LARGER = 8  # times the size of its namesakes at which a commune is meant without more
KIND_ORDER = ("region", "country", "continent", "department", "city", "commune", "other")
DEPARTMENT_NUMBER = re.compile(r"\s?[(,]\s?(\d[\dAB]\d?)\s?\)")


@dataclass(slots=True)
class Candidate:
    """A stretch of tokens that spells a gazetteer's name, and what speaks for its being a place."""

    first: int
    last: int
    entries: list[Entry]
    lead: str  # what brings it: "at", "in" or ""
    backed: bool  # the model says place, or the surroundings leave no doubt
    words: int


class PlaceRecogniser:
    """Built once from the rules and the gazetteers."""

    def __init__(self, rules: Rules, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        of_class: dict[str, set[str]] = {"leading_article": set(), "contracted_article": set()}
        for _, rule in rules.rules():
            if rule.cls in of_class:
                for form, _ in rule.expressions():
                    of_class[rule.cls] |= {fold(w) for w in re.findall(r"[^\W\d_]+", form)}
        self._articles, self._contracted = of_class["leading_article"], of_class["contracted_article"]
        self._names: dict[str, list[Entry]] = {}
        self._longest: dict[str, int] = {}
        for name, entries in gazetteer.spellings.items():
            words = _normal(name)
            self._index(words, entries)
            if len(words) > 1 and words[0] in self._articles:
                self._index(["*", *words[1:]], entries)
        self._beginnings: dict[str, list[Entry]] = {}
        for entry in gazetteer.communes.values():
            words = _normal(entry.name)
            if len(words) > 1 and entry.population > HAMLET:
                self._beginnings.setdefault(
                    words[0] if words[0] not in self._articles else " ".join(words[:2]), []
                ).append(entry)
        self._small = {  # words that names begin with in small letters: "région Sud", "mer du Nord"
            _normal(name)[0] for name in gazetteer.spellings if name[:1].islower() or name.startswith("Région ")
        }
        self._departments = {e.name: e for e in gazetteer.departments.values()}

    def _index(self, words: list[str], entries: list[Entry]) -> None:
        key = " ".join(words)
        self._names.setdefault(key, []).extend(entries)
        at = words[1] if words[0] == "*" else words[0]
        self._longest[at] = max(self._longest.get(at, 0), len(words))

    def find(self, context: Context) -> list[Found]:
        """The places of a text; overlaps with firms and others are settled later."""
        entities = _Entities(context.entities)
        candidates = [c for c in self._candidates(context, entities) if c is not None]
        kept = _decide(context, candidates)
        homes = self._homes(context, kept)
        found = [self._found(context, c, homes) for c in kept]
        return [*found, *self._from_model(context, entities, found, homes)]

    def _candidates(self, context: Context, entities: _Entities) -> Iterator[Candidate]:
        tokens = context.tokens
        leads = {m.last: str(m.value) for m in context.matches.get("place_lead", ())}
        persons = {m.last for m in context.matches.get("person_lead", ())}
        taken = [(f.start, f.end) for kind in ("dates", "amounts") for f in context.earlier.get(kind, ())]
        taken.sort()
        at, size = 0, len(tokens)
        while at < size:
            word = tokens.words[at]
            if not word[0].isupper() and not (tokens.keys[at] in self._small and _capital_near(context, at)):
                at += 1
                continue
            match = self._longest_match(context, at)
            if match is None:
                at += 1
                continue
            last, entries, words = match
            entries = [e for e in entries if _accents_fit(context, at, last, e, self._articles)]
            start, end = tokens.starts[at], tokens.ends[last - 1]
            label = entities.covering(start, end)
            if (
                not entries
                or _inside(taken, start, end)
                or (at in persons and label != LOCATION)
                or _part_of_more(context, at, last)
            ):
                at = last
                continue
            lead = leads.get(at, "") or (leads.get(at - 1, "") if at and tokens.keys[at - 1] in self._articles else "")
            if label in (FIRM, ORGANISATION, PERSON) and not (entities.exact(start, end) and lead):
                at = last if entities.exact(start, end) else at + 1
                continue
            weighty = any(e.population >= HAMLET or e.kind in ("department", "region") for e in entries)
            backed = label == LOCATION or (weighty and _stands_as_place(context, at, last))
            yield Candidate(at, last, entries, lead, backed, words)
            at = last

    def _longest_match(self, context: Context, at: int) -> tuple[int, list[Entry], int] | None:
        """(end token, entries, words) of the longest name that begins at a token."""
        tokens = context.tokens
        key = SHORT_FORMS.get(tokens.keys[at], tokens.keys[at])
        most = self._longest.get(key)
        if most is None:
            return None
        contracted = at > 0 and tokens.keys[at - 1] in self._contracted and tokens.gaps[at] == Gap.BLANK
        words: list[str] = []
        ends: list[int] = []
        best: tuple[int, list[Entry], int] | None = None
        i = at
        while i < len(tokens) and len(words) < min(most, MOST_WORDS):
            if i > at and tokens.gaps[i] >= Gap.BLOCK:
                break
            if tokens.keys[i] in JOINERS:
                i += 1
                continue
            if i > at and tokens.gaps[i] == Gap.LINE:
                break
            words.append(SHORT_FORMS.get(tokens.keys[i], tokens.keys[i]))
            ends.append(i + 1)
            spelled = " ".join(words)
            entries = self._names.get(spelled)
            if entries is None and contracted:
                entries = self._names.get("* " + spelled)
            if entries is not None:
                best = (ends[-1], list(entries), len(words))
            i += 1
        return best

    def _homes(self, context: Context, kept: Sequence[Candidate]) -> Counter[str]:
        """Departments and regions the text speaks of, with their weight: "d31", "r76"."""
        homes: Counter[str] = Counter()
        for candidate in kept:
            number = self._number_behind(context, candidate)
            if number is not None:
                homes[f"d{number}"] += 3
            for entry in candidate.entries:
                if entry.kind == "department" and candidate.lead != "at":
                    homes[f"d{entry.code}"] += 3
                    homes[f"r{entry.region}"] += 1
                elif entry.kind == "region" and entry.code:
                    homes[f"r{entry.code}"] += 2
            communes = [e for e in candidate.entries if e.kind == "commune"]
            if len({e.code for e in communes}) == 1 and communes[0].population > 2000:
                homes[f"d{communes[0].department}"] += 1
                homes[f"r{communes[0].region}"] += 1
        return homes

    def _number_behind(self, context: Context, candidate: Candidate) -> str | None:
        """ "Thuir (66)": the number of a department in brackets, or its name."""
        end = context.tokens.ends[candidate.last - 1]
        match = DEPARTMENT_NUMBER.match(context.document.view, end)
        if match and match.group(1) in self._gazetteer.departments:
            return match.group(1)
        named = re.match(r"\s?[(,]\s?([^(),]{3,30})[),]", context.document.view[end : end + 40])
        entry = self._departments.get(named.group(1).replace("'", "'").strip()) if named else None
        return entry.code if entry else None

    def _found(self, context: Context, candidate: Candidate, homes: Counter[str]) -> Found:
        tokens = context.tokens
        entry = self._choose(context, candidate, homes)
        values: dict[str, object] = {
            "name": entry.name,
            "kind": entry.kind,
            "code": entry.code,
            "country": entry.country,
        }
        score = 0.8 if candidate.backed or candidate.lead else 0.6
        start, end = tokens.starts[candidate.first], tokens.ends[candidate.last - 1]
        return Found("places", start, end, values, "places.gazetteer", score)

    def _choose(self, context: Context, candidate: Candidate, homes: Counter[str]) -> Entry:
        kinds = {e.kind for e in candidate.entries}
        order = list(KIND_ORDER)
        if not kinds & {"region", "country"} and (candidate.lead == "at" or candidate.words > 1):
            order.remove("commune")
            order.insert(0, "commune")
        if "department" in kinds and "commune" in kinds:
            large = max(e.population for e in candidate.entries)
            if large > 50_000 and candidate.lead != "in":
                order.remove("commune")
                order.insert(0, "commune")
        kind = next(k for k in order if k in kinds)
        entries = [e for e in candidate.entries if e.kind == kind]
        if kind != "commune" or len({e.code for e in entries}) == 1:
            return max(entries, key=lambda e: e.population)
        number = self._number_behind(context, candidate)
        if number is not None and (there := [e for e in entries if e.department == number]):
            return max(there, key=lambda e: e.population)

        def weight(e: Entry) -> float:
            return 3 * homes[f"d{e.department}"] + homes[f"r{e.region}"]

        ranked = sorted(entries, key=lambda e: (weight(e), not e.former, e.population), reverse=True)
        best, second = ranked[0], ranked[1]
        told = weight(best) > weight(second) or best.code == second.code
        if told and (best.population * LARGER * 4 >= max(e.population for e in entries) or weight(best) >= 6):
            return best
        by_size = sorted(entries, key=lambda e: e.population, reverse=True)
        if by_size[0].population >= LARGER * max(1, by_size[1].population) or by_size[0].population > 20_000:
            return by_size[0]
        if weight(best) > weight(second):
            return best
        return Entry(best.name, "commune", None, "FR")

    def _from_model(
        self, context: Context, entities: _Entities, found: Sequence[Found], homes: Counter[str]
    ) -> Iterator[Found]:
        """What only the model takes for a place: a short form of a commune, else a city abroad or a place of no kind."""
        spans = sorted((f.start, f.end) for f in found)
        known: Mapping[str, Found] = {context.document.text[f.start : f.end]: f for f in found}
        leads = {m.last: str(m.value) for m in context.matches.get("place_lead", ())}
        for entity in entities.all:
            if entity.label != LOCATION or _inside(spans, entity.start, entity.end):
                continue
            text = context.document.text[entity.start : entity.end]
            if not any(c.isupper() for c in text) or "\n" in text:
                continue
            same = known.get(text)
            short = None if same else self._short_form(text, homes)
            if same:
                values = dict(same.values)
            elif short is not None:
                values = {"name": short.name, "kind": "commune", "code": short.code, "country": "FR"}
            else:
                token = context.tokens.at_start.get(entity.start, -1)
                kind = "city" if leads.get(token) == "at" and context.tokens.keys[token - 1] == "a" else "other"
                values = {"name": text, "kind": kind, "code": None, "country": None}
            yield Found("places", entity.start, entity.end, values, "model", 0.5)

    def _short_form(self, text: str, homes: Counter[str]) -> Entry | None:
        """ "Carhaix" for Carhaix-Plouguer: the commune of a department the text speaks of whose name begins so."""
        entries = self._beginnings.get(" ".join(_normal(text)), ())
        ranked = sorted(entries, key=lambda e: (homes[f"d{e.department}"], homes[f"r{e.region}"], e.population))
        if not ranked:
            return None
        best = ranked[-1]
        return best if homes[f"d{best.department}"] or homes[f"r{best.region}"] > 1 or len(ranked) == 1 else None


class _Entities:
    """The model's spans, asked by place."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self.all = sorted(entities)
        self._starts = [e.start for e in self.all]

    def at(self, start: int, end: int) -> Entity | None:
        """The entity that overlaps a span."""
        i = bisect.bisect_left(self._starts, end) - 1
        return self.all[i] if i >= 0 and self.all[i].end > start else None

    def covering(self, start: int, end: int) -> str | None:
        entity = self.at(start, end)
        return entity.label if entity else None

    def exact(self, start: int, end: int) -> bool:
        entity = self.at(start, end)
        return entity is not None and entity.start >= start - 3 and entity.end <= end + 1


def _normal(name: str) -> list[str]:
    words = re.findall(r"[^\W_]+", fold(name.replace("’", "'")))
    return [SHORT_FORMS.get(w, w) for w in words]


def _accents_fit(context: Context, first: int, last: int, entry: Entry, articles: set[str]) -> bool:
    """Whether the accents written are those of the name: only capitals may go without."""
    tokens = context.tokens
    said = [w for w in tokens.words[first:last] if w not in JOINERS]
    if all(w.isupper() for w in said):
        return True
    name = re.findall(r"[^\W_]+", entry.name)
    if len(name) > len(said) and fold(name[0]) in articles:
        name = name[1:]
    if len(name) != len(said) or fold(name[-1]) != fold(said[-1]):
        return said[-1][0].isupper() or not entry.name[0].isupper() or entry.kind == "other"  # an alias
    for a, b in zip(said, name, strict=True):
        if b[0].isupper() and a[0].islower() and fold(b) not in articles:
            return False
        if fold(a) == fold(b) and len(a) == len(b):
            for x, y in zip(a, b, strict=True):
                if x.lower() != y.lower() and not x.isupper():
                    return False
    return True


def _inside(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect.bisect_left(spans, (end, 0)) - 1
    return at >= 0 and spans[at][1] > start


def _stands_as_place(context: Context, first: int, last: int) -> bool:
    """Datelines, heads of items and brackets: "BÉTHUNE. …", "Lyon, le …", "(Gard)"."""
    tokens = context.tokens
    block = tokens.blocks[first]
    kind = context.document.blocks[block].kind if block >= 0 else BlockKind.PARAGRAPH
    before = tokens.keys[first - 1] if first and tokens.gaps[first] < Gap.BLOCK else ""
    after = tokens.keys[last] if last < len(tokens) and tokens.gaps[last] < Gap.BLOCK else ""
    if before == "(" and after in ("", ")", ","):
        return True
    opens = tokens.gaps[first] >= Gap.BLOCK or (before in "-•>*" and bool(before))
    if opens and (after in (".", "(", "-", ":", ",", "") or kind in (BlockKind.BYLINE, BlockKind.BULLET)):
        return after != ""
    return False


def _capital_near(context: Context, token: int) -> bool:
    """Whether a capital, or a name in small letters, may follow within a name that begins with a small letter."""
    words = context.tokens.words[token + 1 : token + 4]
    return any(w[0].isupper() for w in words) or (bool(words) and words[0].islower())


def _part_of_more(context: Context, first: int, last: int) -> bool:
    """Whether a name is a piece of a longer one: "Bois-Blancs", "outre-Manche", "France 2030"."""
    tokens = context.tokens
    if first >= 2 and tokens.keys[first - 1] == "-" and tokens.gaps[first] == Gap.NONE == tokens.gaps[first - 1]:
        return True
    if (
        last + 1 < len(tokens)
        and tokens.gaps[last] == Gap.NONE
        and tokens.keys[last] == "-"
        and (tokens.gaps[last + 1] == Gap.NONE and tokens.words[last + 1][0].isalpha())
    ):
        return True
    code = first >= 2 and tokens.words[first - 1].isupper() and tokens.words[first - 2][0].isdigit()
    if code and tokens.gaps[first] == Gap.BLANK and tokens.gaps[first - 1] == Gap.NONE:
        return True  # "3IA Côte d'Azur"
    if last < len(tokens) and tokens.gaps[last] == Gap.BLANK:
        word = tokens.words[last]
        return len(word) == 4 and word.isdecimal() and word > "2025"  # a programme, not a year gone by
    return False


def _decide(context: Context, candidates: Sequence[Candidate]) -> list[Candidate]:
    """A name that is surely a place somewhere is one everywhere; a doubtful one nowhere is none."""
    tokens = context.tokens

    def spelled(c: Candidate) -> str:
        return " ".join(k for k in tokens.keys[c.first : c.last] if k not in JOINERS)

    sure = {spelled(c) for c in candidates if c.backed or (c.lead and _weighty(c))}
    return [c for c in candidates if spelled(c) in sure]


def _weighty(candidate: Candidate) -> bool:
    """Whether a preposition is enough: not for a hamlet with the name of something else."""
    return candidate.words > 1 or any(e.kind != "commune" or e.population > 1500 for e in candidate.entries)
