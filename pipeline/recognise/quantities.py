"""Figures with a unit: sums of money, powers, energies, areas and jobs, with their bounds, ranges and ellipses.

The rules say how a figure is written; here is what it is worth, what bounds it, and what people counted are at work.
`bare` reads the figures without a unit.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pipeline.choose import Weights
from pipeline.document import BlockKind, Gap
from pipeline.grammar import Grammar, Match
from pipeline.recognise import Context
from pipeline.recognise.bare import DECISION as BARE
from pipeline.recognise.bare import BareReader
from pipeline.recognise.figures import KINDS, Figure, Kind, is_rough, is_year, worth

AT_WORK = "at_work"  # the decision whether people counted are people at work
SILENT = 0.9  # how sure it must be that "personnes" are at work where no word near by speaks of work
WORK_NEAR = 40  # tokens at which a word of work makes "personnes" people at work
SHARE = 10  # figures up to this may be shares: "quatre euros sur cinq"
PASSAGE_NEAR = 8  # tokens at which a verb of passage makes two figures of a span
FRANC = "FRF"
MAX_COUNT = 1e13


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
                if figure is not None and figure.low <= SHARE and self._followed(context, "share_of", match.last):
                    continue  # "quatre euros sur cinq"
                if figure is not None and (kind.name != "jobs" or self._works(context, match)):
                    figures.append(figure)
        figures += self._bare_money(context, figures)
        figures += _labelled_jobs(context)
        figures += _table_cells(context)
        _name_francs(context, figures)
        return _apart(figures)

    def _works(self, context: Context, match: Match) -> bool:
        told = work_features(context, match)
        silent = match.part("person_noun") is not None and not any(f.startswith("work") for f in told)
        if self._at_work is None:
            return not silent
        return bool(self._at_work.classify([told])[0, 1] >= (SILENT if silent else 0.5))

    def _ranges(self, context: Context, kind: Kind) -> list[Figure]:
        """ "entre 5 et 7 M€"; but "passe de 3 000 à 5 000" tells two figures."""
        passages = [m.last for m in context.matches.get("passage", ())]
        out: list[Figure] = []
        for match in context.matches.get(f"{kind.cls}_range", ()):
            figure = _range(kind, match)
            if figure is None:
                continue
            at = bisect.bisect_right(passages, match.first)
            if kind.name != "amounts" and at and match.first - passages[at - 1] <= PASSAGE_NEAR:
                low = match.part("count")
                high = match.part(kind.cls)
                if low is not None and high is not None and low.first > match.first and match.rule.endswith("range"):
                    out.append(replace(figure, first=low.first, last=low.last, high=None, bound="exact"))
                    single = _single(kind, high)
                    if single is not None:
                        out.append(single)
                    continue
            out.append(figure)
        return out

    def _bare_money(self, context: Context, known: Sequence[Figure]) -> list[Figure]:
        """ "Quinze millions, étalés…": millions of nothing else, in a text that speaks of money."""
        if not any(f.kind.name == "amounts" for f in known):
            return []
        currency = next(f.currency for f in known if f.kind.name == "amounts")
        out = []
        for match in context.matches.get("money_bare", ()):
            if not (self._ends_there(context, match.last) or self._followed(context, "money_of", match.last)):
                continue
            figure = _single(KINDS[0], match, currency)
            counts = match.all("count")
            if figure is not None and len(counts) == 2:
                magnitudes = match.all("magnitude")
                factor = float(magnitudes[-1].value)
                low = worth(counts[0]) * float(magnitudes[0].value)
                figure = replace(figure, low=low, high=worth(counts[1]) * factor, bound="range", factor=factor)
                if low >= worth(counts[1]) * factor:
                    continue
            if figure is not None:
                out.append(figure)
        return out

    def _ends_there(self, context: Context, token: int) -> bool:
        """Whether nothing that could be counted follows: the end of a clause, or a word that is no noun."""
        tokens = context.tokens
        if token >= len(tokens) or tokens.gaps[token] >= Gap.BLOCK:
            return True
        return self._followed(context, "count_end", token)

    def _followed(self, context: Context, cls: str, token: int) -> bool:
        """Whether a form of a class begins at a token of the same block."""
        inside = token < len(context.tokens) and context.tokens.gaps[token] < Gap.BLOCK
        return inside and self._grammar.match_at(context.tokens, cls, token) is not None


def _name_francs(context: Context, figures: Sequence[Figure]) -> None:
    """Francs of no named country are those of the country the text speaks of most."""
    said = Counter(str(m.value) for m in context.matches.get("franc_country", ()))
    if said:
        for figure in figures:
            if figure.currency == FRANC:
                figure.currency = said.most_common(1)[0][0]


def _single(kind: Kind, match: Match, currency: str | None = None) -> Figure | None:
    count = match.part("count") or match.part("number")
    if count is None:
        return None
    factor, currency = _unit(kind, match, currency)
    number = worth(count) if count.cls == "count" else float(count.value)
    if match.rule.endswith("sum") and match.part("magnitude") and not match.part("sized") and _has_half(match):
        number += 0.5
    bound = "at_least" if count.rule.endswith("several") else "about" if is_rough(count) else "exact"
    if number * factor > MAX_COUNT * 1e3:
        return None
    return Figure(kind, match.first, match.last, number * factor, None, bound, currency, match.rule, factor)


def _has_half(match: Match) -> bool:
    """Whether "et demi" stands between magnitude and currency: three words more than their parts."""
    magnitude, currency = match.part("magnitude"), match.part("currency")
    return bool(magnitude and currency and currency.first - magnitude.last >= 2 and not match.part("sized"))


def _unit(kind: Kind, match: Match, currency: str | None = None) -> tuple[float, str | None]:
    """The factor of a figure's magnitude and unit, and its currency."""
    factor = 1.0
    for cls in ("magnitude", "abbreviation", "scaled"):
        part = match.part(cls)
        if part is not None:
            factor *= float(part.value)
    if kind.name == "amounts":
        part = match.part("currency")
        return factor, str(part.value) if part else currency or "EUR"
    if kind.unit and (part := match.part(kind.unit)):
        factor *= float(part.value)
    return factor, None


def _range(kind: Kind, match: Match) -> Figure | None:
    """ "entre 5 et 7 millions d'euros": the low end borrows what it lacks from the high end."""
    high_part = match.part(kind.cls)
    high = _single(kind, high_part) if high_part else None
    low_part = match.part("money_low") or match
    count = low_part.part("count")
    if high is None or count is None:
        return None
    if low_part.part("magnitude") or low_part.part("abbreviation"):
        factor = _unit(kind, low_part)[0]
    elif kind.unit and match.part(kind.unit):
        factor = float(match.part(kind.unit).value)  # type: ignore[union-attr]
    else:
        factor = high.factor
    low = worth(count) * factor
    if low >= high.low:
        return None
    return Figure(kind, match.first, match.last, low, high.low, "range", high.currency, match.rule, high.factor)


def work_features(context: Context, match: Match) -> list[str]:
    """Whether the people counted are people at work: their noun, the words around, a word of work near by."""
    tokens = context.tokens
    noun = match.part("job_noun") or match.part("person_noun")
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


def _labelled_jobs(context: Context) -> list[Figure]:
    """ "Effectif : 300"."""
    out = []
    for match in context.matches.get("jobs_label", ()):
        count = match.part("count")
        if count is not None and not is_year(context, count):
            bound = "about" if is_rough(count) else "exact"
            out.append(Figure(KINDS[4], count.first, count.last, worth(count), None, bound, None, match.rule, 1.0))
    return out


def _table_cells(context: Context) -> list[Figure]:
    """Numbers of a table whose heading gives the unit: "(en M€)" over "112,6   103,5".

    A row that has a heading of its own ("par action (en €)") takes that one instead.
    """
    blocks = context.document.blocks
    if not any(b.kind is BlockKind.ROW for b in blocks):
        return []
    blocks_of = context.tokens.blocks
    headers = {blocks_of[m.first]: m for m in reversed(context.matches.get("money_header", ()))}
    cells: dict[int, list[Match]] = {}
    for match in context.matches.get("number_cell", ()):
        cells.setdefault(blocks_of[match.first], []).append(match)
    percents = {m.first for m in context.matches.get("percent", ())}
    table: Match | None = None  # the heading of the table being read
    out: list[Figure] = []
    for number, block in enumerate(blocks):
        own = headers.get(number)
        if block.kind is not BlockKind.ROW:
            table = own
            continue
        header = own or table
        table = table or own
        if header is None:
            continue
        factor, currency = _unit(KINDS[0], header)
        factor *= 1000 if header.rule.endswith("thousand") else 1
        for cell in cells.get(number, ()):
            if cell.first > header.last - 1 and cell.first not in percents and _stands_apart(context, cell):
                low = worth(cell) * factor
                out.append(Figure(KINDS[0], cell.first, cell.last, low, None, "exact", currency, header.rule, factor))
    return out


def _stands_apart(context: Context, cell: Match) -> bool:
    """Whether a number is a cell of its row: behind blanks, a tab or a bar, and neither a change nor a year."""
    tokens, first = context.tokens, cell.first
    if first == 0 or tokens.keys[first - 1] in "+-" or is_year(context, cell):
        return False
    gap = context.document.view[tokens.ends[first - 1] : tokens.starts[first]]
    return len(gap) >= 2 or "\t" in gap or "|" in (gap + tokens.keys[first - 1])


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
