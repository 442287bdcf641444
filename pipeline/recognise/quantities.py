"""Figures with a unit: sums of money, powers, energies, areas and jobs, with their bounds, ranges and ellipses.

The rules say how a figure is written; here is what it is worth, what bounds it, and what people counted are at work.
`bare` reads the figures without a unit.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import replace

from pipeline.choose import Weights
from pipeline.document import BlockKind, Gap
from pipeline.grammar import Grammar, Match
from pipeline.recognise import Context
from pipeline.recognise.bare import DECISION as BARE
from pipeline.recognise.bare import BareReader, millions_of_things
from pipeline.recognise.cells import listed_figures, table_figures
from pipeline.recognise.currencies import HOME, common_currency, name_currencies
from pipeline.recognise.figures import JOBS, KINDS, MONEY, Figure, Kind, in_name, is_rough, is_year, unit_of, worth

AT_WORK = "at_work"  # the decision whether people counted are people at work
SILENT = 0.9  # how sure it must be that "personnes" are at work where no word near by speaks of work
WORK_NEAR = 40  # tokens at which a word of work makes "personnes" people at work
ALIKE = 50  # times the other that one of two sums named together may be
MONEY_NEAR = 8  # tokens at which a word of money makes millions of nothing else a sum
SHARE = 10  # figures up to this may be shares: "quatre euros sur cinq"
PASSAGE_NEAR = 8  # tokens at which a verb of passage makes two figures of a span
MAX_COUNT = 1e13
WIDEST = 3  # times the first end of a range, when it leaves out its thousands, that the second may be


class QuantityReader:
    """Finds every figure, but for its role."""

    def __init__(self, grammar: Grammar, weights: Weights) -> None:
        self._grammar = grammar
        self._at_work = weights.get(AT_WORK)
        self._bare = BareReader(weights.get(BARE))

    def find(self, context: Context) -> list[Figure]:
        """All the figures of a text, in its order, none overlapping another."""
        figures = self.with_unit(context)
        figures = _apart([*figures, *self._bare.find(context, figures)])
        bounds = _Bounds(context)
        for figure in figures:
            bounds.apply(figure)
        return figures

    def with_unit(self, context: Context) -> list[Figure]:
        """The figures that say what they count, in order."""
        figures: list[Figure] = []
        for kind in KINDS:
            ranges = self._ranges(context, kind)
            taken = sorted((f.first, f.last) for f in ranges)
            figures += ranges
            for match in context.matches.get(kind.cls, ()):
                at = bisect.bisect_right(taken, (match.first, len(context.tokens))) - 1
                if at >= 0 and match.first < taken[at][1]:
                    continue
                figure = _single(kind, match)
                if figure is None or self._of_speech(context, figure):
                    continue
                if kind.name != "jobs" or self._works(context, match):
                    figures.append(figure)
        figures += self._pairs(context)
        figures += table_figures(context, self._grammar)
        figures += listed_figures(context, self._grammar)
        name_currencies(context, figures)
        figures += self._bare_money(context, figures)
        figures += _labelled(context)
        return _apart(figures)

    def _of_speech(self, context: Context, figure: Figure) -> bool:
        """ "quatre euros sur cinq", "pas un mètre carré": no figures."""
        if figure.low <= SHARE and self._followed(context, "share_of", figure.last):
            return not self._followed(context, "no_share", figure.last)
        word = context.tokens.words[figure.first]
        alone = figure.kind.name != "jobs" and figure.last - figure.first <= 3 and not word.isdecimal()
        if not alone or figure.low != figure.factor:
            return False
        return _led(context, "not_one", figure.first)

    def _works(self, context: Context, match: Match) -> bool:
        told = work_features(context, match)
        silent = match.part("person_noun") is not None and not any(f.startswith("work") for f in told)
        if silent and _led(context, "audience", match.first):
            return False
        if self._at_work is None:
            return not silent
        return bool(self._at_work.classify([told])[0, 1] >= (SILENT if silent else 0.5))

    def _ranges(self, context: Context, kind: Kind) -> list[Figure]:
        """ "entre 5 et 7 M€", one figure each, or the two of "passe de 5 à 7 M€"."""
        out: list[Figure] = []
        for match in context.matches.get(f"{kind.cls}_range", ()):
            ends = _ends(context, kind, match)
            out += self._range(context, match, *ends) if ends else ()
        return out

    @staticmethod
    def _range(context: Context, match: Match, low: Figure, high: Figure) -> list[Figure]:
        """Two ends as a range; as two figures behind a verb of passage, or where they fall."""
        led = match.rule.endswith("from_to")
        passages = context.matches.get("passage", ())
        at = bisect.bisect_right(passages, match.first, key=lambda m: m.last)
        passed = at > 0 and match.first - passages[at - 1].last <= PASSAGE_NEAR
        if led and (passed or low.low > high.low):
            return [low, high]
        if low.low >= high.low:
            return []
        return [replace(high, first=match.first, low=low.low, high=high.low, bound="range", rule=match.rule)]

    @staticmethod
    def _pairs(context: Context) -> list[Figure]:
        """ "respectivement 6,2 et 7,9 millions d'euros", "74 des 96 M€": the first take the unit of the last."""
        out = []
        for match in context.matches.get("money_pair", ()):
            sum_part = match.part("money")
            last = _single(MONEY, sum_part) if sum_part else None
            if last is None or last.low <= 1:
                continue
            for count in match.all("count"):
                low = worth(count) * last.factor
                alike = 1 / ALIKE <= low / last.low <= ALIKE
                if worth(count) > 1 and alike and not is_year(context, count) and not in_name(context, count):
                    figure = replace(last, first=count.first, last=count.last, low=low)
                    out.append(replace(figure, bound=_bound(count), rule=match.rule))
        return out

    def _bare_money(self, context: Context, known: Sequence[Figure]) -> list[Figure]:
        """ "Quinze millions, étalés…": millions of nothing else, in a text that speaks of money."""
        currency = common_currency(known)
        out: list[Figure] = []
        counted = -1  # where something else was last counted by millions
        taken = {token for f in known for token in range(f.first, f.last)}
        things = {m.first for m in millions_of_things(context)}
        for match in context.matches.get("money_bare", ()):
            if match.last - 1 in taken:
                counted = -1
                continue
            if in_name(context, match):
                continue
            if match.all("count")[-1].first in things:
                counted = match.last
                continue
            if counted >= 0 and _one_sentence(context, counted, match.first):
                continue
            if currency is None and not _tells_of_money(context, match):
                continue
            if len(match.all("count")) > 1 and not match.rule.endswith("bare"):
                out += self._range(context, match, *_bare_ends(context, match, currency or HOME))
            else:
                out += filter(None, [_single(MONEY, match, currency)])
        return out

    def _followed(self, context: Context, cls: str, token: int) -> bool:
        """Whether a form of a class begins at a token of the same block."""
        inside = token < len(context.tokens) and context.tokens.gaps[token] < Gap.BLOCK
        return inside and self._grammar.match_at(context.tokens, cls, token) is not None


def _tells_of_money(context: Context, match: Match) -> bool:
    """Whether a word of money stands near, in a text that names no currency."""
    cues = context.matches.get("amount_role", ())
    at = bisect.bisect_left(cues, match.first, key=lambda m: m.first)
    near = [c for c in cues[max(0, at - 1) : at + 1] if abs(c.first - match.first) <= MONEY_NEAR]
    return any(_one_sentence(context, *sorted((c.first, match.first))) for c in near)


def _one_sentence(context: Context, first: int, last: int) -> bool:
    tokens = context.tokens
    return tokens.blocks[first] == tokens.blocks[last] and "." not in tokens.words[first:last]


def _single(kind: Kind, match: Match, currency: str | None = None) -> Figure | None:
    """The figure of a form with one count, or with two that add up: "1 milliard 116 millions d'euros"."""
    counts, magnitudes = match.all("count") or match.all("number"), match.all("magnitude")
    factor, currency = unit_of(kind, match, currency)
    number = worth(counts[0]) if counts else 1.0
    if match.part("half"):
        number += 0.5
    low = number * factor
    if len(counts) > 1:
        more = worth(counts[1]) * (float(magnitudes[1].value) if len(magnitudes) > 1 else 1.0)
        if more >= float(magnitudes[0].value):
            return None
        low += more
    if low > MAX_COUNT * 1e3:
        return None
    bound = _bound(counts[0]) if counts else "exact"
    return Figure(kind, match.first, match.last, low, None, bound, currency, match.rule, factor)


def _bound(count: Match) -> str:
    """The bound that a number has by itself: "plusieurs dizaines", "une trentaine"."""
    return "at_least" if count.rule.endswith("several") else "about" if is_rough(count) else "exact"


def _ends(context: Context, kind: Kind, match: Match) -> tuple[Figure, Figure] | None:
    """The low and the high end of "entre 5 et 7 millions d'euros": the first borrows what it lacks from the second."""
    high_part = match.part(kind.cls)
    high = _single(kind, high_part) if high_part else None
    low_part = match.part("money_low") or match
    count, last = low_part.part("count"), high_part.part("count") if high_part else None
    if high is None or count is None:
        return None
    factor = high.factor * (_left_out(context, count, last) if last else 1)
    sized = any(low_part.part(cls) for cls in ("magnitude", "abbreviation", "scaled"))
    if sized or (kind.unit and match.part(kind.unit)):
        factor = unit_of(kind, low_part)[0]
    low = replace(high, first=count.first, last=high.first - 1, low=worth(count) * factor, factor=factor)
    return replace(low, bound=_bound(count), rule=match.rule), high


def _left_out(context: Context, low: Match, high: Match) -> int:
    """The thousands, or in words the hundreds, that a first count leaves to the second: "130 à 150 000 m²"."""
    first, last = worth(low), worth(high)
    for group in (1000,) if context.tokens.words[high.first].isdecimal() else (1000, 100):
        if first > 1 and last % group == 0 and first * group < last <= first * group * WIDEST:
            return group
    return 1


def _bare_ends(context: Context, match: Match, currency: str | None) -> tuple[Figure, Figure]:
    """The same, of a form without currency: "de 65 à 75 millions"."""
    (low, high), magnitudes = match.all("count"), match.all("magnitude")
    factor, own = float(magnitudes[-1].value), float(magnitudes[0].value)
    if len(magnitudes) == 1:
        own *= _left_out(context, low, high)
    last = Figure(MONEY, high.first, match.last, worth(high) * factor, None, _bound(high), currency, match.rule, factor)
    first = replace(last, first=low.first, last=high.first - 1, low=worth(low) * own, bound=_bound(low), factor=own)
    return first, last


def _led(context: Context, cls: str, first: int) -> bool:
    """Whether a match of a class ends right before a token."""
    before = context.matches.get(cls, ())
    at = bisect.bisect_left(before, first, key=lambda m: m.last)
    return at < len(before) and before[at].last == first


def work_features(context: Context, match: Match) -> list[str]:
    """Whether the people counted are people at work: their noun, the words around, a word of work near by."""
    tokens = context.tokens
    noun = match.part("job_noun") or match.part("person_noun") or match.part("trade_noun")
    count = match.part("count")
    assert noun is not None
    value = worth(count) if count else 0.0
    what = " ".join(tokens.keys[noun.first : noun.last])
    block = tokens.blocks[match.first]
    kind = context.document.blocks[block].kind if block >= 0 else BlockKind.PARAGRAPH
    size = "1" if value == 1 else "few" if value < 5 else "some" if value < 20 else "many"
    out = ["bias", f"noun={what}", f"class={noun.value}", f"size={size}", f"size={size}|class={noun.value}"]
    out += [f"block={kind}", f"block={kind}|class={noun.value}|{size}"]
    for n in (1, 2):
        before = tokens.keys[match.first - n] if match.first - n >= 0 else "^"
        after = tokens.keys[match.last + n - 1] if match.last + n - 1 < len(tokens) else "$"
        out += [f"w-{n}={before}", f"w+{n}={after}", f"w-{n}={before}|{noun.value}", f"w+{n}={after}|{noun.value}"]
    cues = context.matches.get("work_cue", ())
    at = bisect.bisect_left(cues, match.first, key=lambda m: m.first)
    for cue, side in [(c, "<") for c in cues[max(0, at - 2) : at]] + [(c, ">") for c in cues[at : at + 3]]:
        if noun.first <= cue.first < noun.last or tokens.blocks[cue.first] != block:
            continue
        gap = abs(cue.first - match.first)
        if gap <= WORK_NEAR:
            near = "near" if gap <= 6 else "far"
            out += [f"work{side}{near}", f"work{side}{near}|{what}", f"work={tokens.keys[cue.first][:6]}|{side}{near}"]
    return list(dict.fromkeys(out))


def _labelled(context: Context) -> list[Figure]:
    """ "Effectif : 300", "Coût (M€) : 14,5"."""
    out = []
    for kind, cls in ((JOBS, "jobs_label"), (MONEY, "money_label")):
        for match in context.matches.get(cls, ()):
            count, unit = match.part("count"), match.part("money_unit")
            if count is not None and not is_year(context, count):
                factor, currency = unit_of(kind, unit) if unit else (1.0, None)
                low, bound = worth(count) * factor, "about" if is_rough(count) else "exact"
                out.append(Figure(kind, count.first, count.last, low, None, bound, currency, match.rule, factor))
    return out


def _apart(figures: list[Figure]) -> list[Figure]:
    """Figures in order, of two that overlap the longer."""
    kept: list[Figure] = []
    for figure in sorted(figures, key=lambda f: (f.first, -f.last)):
        if kept and figure.first < kept[-1].last:
            if figure.last - figure.first > kept[-1].last - kept[-1].first:
                kept[-1] = figure
            continue
        kept.append(figure)
    return kept


class _Bounds:
    """What stands right before or after a figure and bounds it."""

    def __init__(self, context: Context) -> None:
        self._before = {m.last: m for m in context.matches.get("bound_before", ())}
        self._after = {m.first: m for m in context.matches.get("bound_after", ())}
        self._tokens = context.tokens

    def apply(self, figure: Figure) -> None:
        if figure.bound == "range":
            return
        for skip in (0, 1):  # "plus de ses 300 salariés"
            match = self._before.get(figure.first - skip)
            if match is not None and (not skip or len(self._tokens.keys[figure.first - 1]) <= 3):
                figure.bound = str(match.value)
                return
        match = self._after.get(figure.last)
        if match is not None:
            figure.bound = str(match.value)
