"""What a place's name stands for: its kind and code, settled by the places that the text speaks of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from pipeline.choose import Array, Scorer
from pipeline.document import Gap
from pipeline.recognise import Context
from pipeline.recognise.names.gazetteer import Places, normal
from pipeline.recognise.names.spans import Span
from pipeline.records import PlaceKind
from rules.gazetteers import Entry, Gazetteer

LARGER = 8  # times the size of its namesakes at which a commune is meant without more
TOWN = 10_000  # inhabitants from which a commune is not taken for something else of its name
DECISION = "place_kind"
KIND_LABELS: tuple[str, ...] = get_args(PlaceKind)
NUMBER = re.compile(r"\s?[(,]\s?(\d[\dAB]\d?)\s?\)")
# Of the features of a name, what tells its kind too: what stands around it, and how it is written.
AROUND = ("w-", "w+", "place_lead", "between=", "bracket", "block=", "any|")
WRITTEN = ("start=", "end=", "suffix=", "shape=")
BEHIND = re.compile(r"\s?[(,]\s?([^(),]{3,30})[),]")


class Locator:
    """Built once from the gazetteers."""

    def __init__(self, gazetteer: Gazetteer, places: Places, scorer: Scorer | None) -> None:
        self._departments = gazetteer.departments
        self._by_name = {e.name: e for e in gazetteer.departments.values()}
        self._places = places
        self._cities, self._towns = gazetteer.cities, gazetteer.towns
        self._scorer = scorer

    def values(
        self, context: Context, spans: Sequence[Span], features: Sequence[Sequence[str]]
    ) -> Iterator[dict[str, object]]:
        """Name, kind, code and country of each span, in order; `features` are those of the method of that name."""
        if not spans or self._scorer is None:
            return
        leads = {m.last: str(m.value) for m in context.matches.get("place_lead", ())}
        homes = self._homes(context, spans, leads)
        odds = self._scorer.classify(features)
        for span, row in zip(spans, odds, strict=True):
            entry = self._entry(context, span, row, homes, leads.get(span.first))
            yield {"name": entry.name, "kind": entry.kind, "code": entry.code, "country": entry.country}

    def features(self, context: Context, span: Span, told: Sequence[str]) -> list[str]:
        """What tells the kind of a place: its features as a name (`told`), and what the gazetteers know of it."""
        kinds = sorted({e.kind for e in span.entries})
        size = max((e.population for e in span.entries if e.kind == "commune"), default=0)
        listed = "/".join(kinds) or "none"
        out = [f"kinds={listed}", f"kinds={listed}|size={len(str(size))}", *(f"has={k}" for k in kinds)]
        if not kinds and _spelled(context, span) in self._towns:
            out += ["town_abroad", f"town_abroad|model={span.label}"]
        for feature in told:
            if feature.startswith((*AROUND, *WRITTEN)):
                out.append(feature)
                if feature.startswith(("w-1=", "place_lead", "start=", "w+1=", "bracket")):
                    out.append(f"{feature}|kinds={listed}")
        return out

    def _homes(self, context: Context, spans: Sequence[Span], leads: Mapping[int, str]) -> Counter[str]:
        """Departments and regions the text speaks of, with their weight: "d31", "r76"."""
        homes: Counter[str] = Counter()
        for span in spans:
            number = self._number_behind(context, span)
            if number is not None:
                homes[f"d{number}"] += 3
            for entry in span.entries:
                if entry.kind == "department" and leads.get(span.first) != "at":
                    homes[f"d{entry.code}"] += 3
                    homes[f"r{entry.region}"] += 1
                elif entry.kind == "region" and entry.code:
                    homes[f"r{entry.code}"] += 2
            communes = [e for e in span.entries if e.kind == "commune"]
            if len({e.code for e in communes}) == 1 and communes[0].population > 2000:
                homes[f"d{communes[0].department}"] += 1
                homes[f"r{communes[0].region}"] += 1
        return homes

    def _number_behind(self, context: Context, span: Span) -> str | None:
        """ "Thuir (66)": the number of a department in brackets, or its name."""
        end = context.tokens.ends[span.last - 1]
        match = NUMBER.match(context.document.view, end)
        if match and match.group(1) in self._departments:
            return match.group(1)
        named = BEHIND.match(context.document.view, end, end + 40)
        entry = self._by_name.get(named.group(1).strip()) if named else None
        return entry.code if entry else None

    def _entry(self, context: Context, span: Span, odds: Array, homes: Counter[str], lead: str | None) -> Entry:
        """The place a span stands for: of the kinds its name may have, the most probable."""
        tokens = context.tokens
        text = context.document.text[tokens.starts[span.first] : tokens.ends[span.last - 1]]
        options: dict[str, list[Entry]] = {"other": [], "city": []}
        if country := self._towns.get(town := _spelled(context, span)):
            options["city"].append(Entry(town, "city", None, country))
        for entry in span.entries:
            options.setdefault(entry.kind, []).append(entry)
        short = None if "commune" in options else self._short_form(text, homes)
        if short is not None:
            options["commune"] = [short]
        self._by_article(context, span, text, options)
        own = self._of_number(context, span, text, options)
        if own:
            options["commune"] = own
        if span.first in {m.last for m in context.matches.get("river_lead", ())} and self._small(options):
            kind = "other"
        elif own:
            kind = "commune"
        elif lead == "in" and "department" in options:
            kind = "department"
        else:
            kind = max(options, key=lambda k: odds[KIND_LABELS.index(k)])
        entries = options[kind]
        if not entries:
            return Entry(text, kind)
        if (
            kind == "commune"
            and (country := self._cities.get(text))
            and self._unheard_of(context, span, entries, homes)
        ):
            return Entry(text, "city", None, country)
        return self._among(context, span, entries, homes)

    def _of_number(
        self, context: Context, span: Span, text: str, options: Mapping[str, Sequence[Entry]]
    ) -> list[Entry]:
        """The communes of the department in brackets behind a name that bear it, or with their article: "Bazoche-Gouet (28)"."""
        number = self._number_behind(context, span)
        if number is None:
            return []
        named = (*options.get("commune", ()), *self._places.with_article(normal(text)))
        return [e for e in named if e.kind == "commune" and e.department == number]

    def _by_article(self, context: Context, span: Span, text: str, options: dict[str, list[Entry]]) -> None:
        """What the article before a name makes of it: "au Port" is Le Port, "la Durance" is no commune Durance."""
        tokens = context.tokens
        before = tokens.keys[span.first - 1] if span.first and tokens.gaps[span.first] < Gap.BLOCK else ""
        if before in self._places.contracted:
            communes = [e for e in self._places.with_article(normal(text)) if e.kind == "commune"]
            if communes:
                options["commune"] = communes
        elif before in self._places.articles and tokens.words[span.first - 1].islower():
            options.pop("commune", None)

    @staticmethod
    def _small(options: Mapping[str, Sequence[Entry]]) -> bool:
        """Whether no town of some size bears the name."""
        return all(e.population < TOWN for e in options.get("commune", ()))

    def _unheard_of(self, context: Context, span: Span, entries: Sequence[Entry], homes: Counter[str]) -> bool:
        """Whether nothing in the text points to the small communes that bear the name of a great city."""
        told = any(homes[f"d{e.department}"] > 1 or homes[f"r{e.region}"] > 2 for e in entries)
        return not told and self._number_behind(context, span) is None and self._small({"commune": entries})

    def _among(self, context: Context, span: Span, entries: Sequence[Entry], homes: Counter[str]) -> Entry:
        """Of several places of one kind and name, the one that the text means."""
        if len({e.code for e in entries}) == 1 or entries[0].kind != "commune":
            return max(entries, key=lambda e: e.population)
        number = self._number_behind(context, span)
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

    def _short_form(self, text: str, homes: Counter[str]) -> Entry | None:
        """ "Carhaix" for Carhaix-Plouguer: the commune of a department the text speaks of whose name begins so."""
        entries = self._places.beginning(normal(text))
        ranked = sorted(entries, key=lambda e: (homes[f"d{e.department}"], homes[f"r{e.region}"], e.population))
        if not ranked:
            return None
        best = ranked[-1]
        return best if homes[f"d{best.department}"] or homes[f"r{best.region}"] > 1 or len(ranked) == 1 else None


def _spelled(context: Context, span: Span) -> str:
    """A span as it stands in the text, what is in capitals with small letters."""
    text = context.document.text[context.tokens.starts[span.first] : context.tokens.ends[span.last - 1]]
    return text.title() if text.isupper() else text
