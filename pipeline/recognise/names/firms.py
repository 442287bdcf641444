"""What a firm's or organisation's name stands for: one canonical name in a text, and the country of its seat."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence, Set

from pipeline.document import Gap, fold
from pipeline.recognise import Context, Found
from pipeline.recognise.names.joining import Form, join, key
from pipeline.recognise.names.spans import Span
from rules.gazetteers import Gazetteer

SEAT_NEAR = 3  # tokens between a demonym and the name it tells the seat of
BRACKET = re.compile(r"\s?\(([^()]{2,40})\)")


class Firms:
    """Built once from the gazetteers: demonyms and countries."""

    def __init__(self, gazetteer: Gazetteer, particles: Set[str]) -> None:
        self._particles = particles
        self._demonyms = {fold(form): code for form, code in gazetteer.demonyms.items()}
        self._countries = {
            fold(name): entry.code
            for name, entries in gazetteer.spellings.items()
            for entry in entries
            if entry.kind == "country"
        }

    def found(self, context: Context, named: Sequence[tuple[Span, str, float]]) -> list[Found]:
        """The mentions of (span, kind, odds) triples, with their values."""
        tokens, text = context.tokens, context.document.text
        out: list[Found] = []
        for kind in ("companies", "organisations"):
            mine = [(s, p) for s, k, p in named if k == kind]
            spelled = [text[tokens.starts[s.first] : tokens.ends[s.last - 1]] for s, _ in mine]
            forms = [
                Form(tokens.starts[s.first], tokens.blocks[s.first], t) for (s, _), t in zip(mine, spelled, strict=True)
            ]
            joined = join(forms, _bracketed(context, [s for s, _ in mine]), self._particles)
            countries: dict[str, str] = {}
            if kind == "companies":
                for (span, _), t in zip(mine, spelled, strict=True):
                    if country := self._country(context, span):
                        countries.setdefault(joined[t], country)
            for (span, odds), t in zip(mine, spelled, strict=True):
                values: dict[str, object] = {"name": joined[t]}
                if kind == "companies":
                    values["country"] = countries.get(joined[t])
                start, end = tokens.starts[span.first], tokens.ends[span.last - 1]
                out.append(Found(kind, start, end, values, span.origin, 0.5 + odds / 3))
        return out

    def _country(self, context: Context, span: Span) -> str | None:
        """The seat a text tells beside a name: "l'américain X", "X (Suède)", "X, groupe espagnol"."""
        tokens, first, last = context.tokens, span.first, span.last - 1
        for back in range(1, SEAT_NEAR + 1):
            if first - back < 0 or tokens.gaps[first - back + 1] >= Gap.BLOCK or tokens.keys[first - back] in ".,;:(":
                break
            if code := self._demonyms.get(tokens.keys[first - back]):
                return code if back == 1 or tokens.words[first - back][0].islower() else None
        behind = BRACKET.match(context.document.view, tokens.ends[last])
        if behind and (code := self._countries.get(fold(behind.group(1).split(",")[0].strip()))):
            return code
        if last + 1 < len(tokens) and tokens.keys[last + 1] == ",":
            for ahead in range(2, 6):
                if last + ahead < len(tokens) and (code := self._demonyms.get(tokens.keys[last + ahead])):
                    return code
        return None


def _bracketed(context: Context, spans: Sequence[Span]) -> list[tuple[str, str]]:
    """Pairs "X (Y)" where the letters of the shorter come in the longer in that order."""
    tokens, text, view = context.tokens, context.document.text, context.document.view
    out = []
    for a, b in itertools.pairwise(sorted(spans, key=lambda s: s.first)):
        if view[tokens.ends[a.last - 1] : tokens.starts[b.first]].strip() != "(":
            continue
        short, long = sorted((text[tokens.starts[s.first] : tokens.ends[s.last - 1]] for s in (a, b)), key=len)
        letters = iter(key(long).replace(" ", ""))
        if all(c in letters for c in key(short).replace(" ", "")):
            out.append((short, long))
    return out
