"""Figures with a unit: sums of money, powers, energies, areas and jobs, with their bounds, ranges and ellipses.

The rules say how a figure is written; here is what it is worth, what bounds it, and when a figure without unit takes
that of the figure before it.
"""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.document import BlockKind, Gap
from pipeline.grammar import Grammar, Match
from pipeline.recognise import Context, Found


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of figure: its list in the record, the field of its value, its class in the rules and that of its unit."""

    name: str
    field: str
    cls: str
    unit: str


KINDS = (
    Kind("amounts", "value", "money", ""),
    Kind("powers", "megawatts", "power", "power_unit"),
    Kind("energies", "megawatt_hours", "energy", "energy_unit"),
    Kind("areas", "square_metres", "area", "area_unit"),
    Kind("jobs", "value", "jobs", ""),
)
ROUGH = ("rough", "several")  # rules whose numbers are round by themselves
WORK_NEAR = 40  # tokens at which a word of work makes "personnes" people at work
ELLIPSIS_NEAR = 30  # tokens after which a figure no longer lends its unit
SHARE = 10  # figures up to this may be shares: "quatre euros sur cinq"
PASSAGE_NEAR = 8  # tokens at which a verb of passage makes two figures of a span
FRANC = "FRF"
MAX_COUNT = 1e13


@dataclass(slots=True)
class Figure:
    """A figure being read: tokens[first:last], its value in base units, its bound."""

    kind: Kind
    first: int
    last: int
    low: float
    high: float | None
    bound: str
    currency: str | None
    rule: str
    factor: float  # of its unit and magnitude, for figures that borrow them


class QuantityReader:
    """Finds every figure, but for its role."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar

    def find(self, context: Context) -> list[Figure]:
        """All the figures of a text, in its order, none overlapping another."""
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
                if figure is not None and (kind.name != "jobs" or _at_work(context, match)):
                    figures.append(figure)
        figures += self._bare_money(context, figures)
        figures += _labelled_jobs(context)
        figures += _table_cells(context)
        _name_francs(context, figures)
        figures = _apart(figures)
        figures = _apart([*figures, *self._elliptic(context, figures)])
        bounds = _Bounds(context)
        for figure in figures:
            bounds.apply(figure)
        return figures

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
                low = _worth(counts[0]) * float(magnitudes[0].value)
                figure = replace(figure, low=low, high=_worth(counts[1]) * factor, bound="range", factor=factor)
                if low >= _worth(counts[1]) * factor:
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

    def _elliptic(self, context: Context, known: Sequence[Figure]) -> list[Figure]:
        """ "48 M€, contre 35": a bare number that takes the unit of the figure before it in its block."""
        tokens = context.tokens
        out: list[Figure] = []
        numbers = [m for m in context.matches.get("number_cell", ()) if not _is_year(context, m)]
        lender: Figure | None = None
        lent = 0  # of the known figures, how many stand before the match
        for match in context.matches.get("ellipsis", ()):
            count = match.part("count")
            if count is None or not self._ends_there(context, count.last + (match.part("magnitude") is not None)):
                continue
            while lent < len(known) and known[lent].last <= match.first:
                lender = known[lent] if lender is None or known[lent].last > lender.last else lender
                lent += 1
            if lender is None or match.first - lender.last > ELLIPSIS_NEAR or _is_year(context, count):
                continue
            if tokens.blocks[lender.last - 1] != tokens.blocks[match.first]:
                continue
            at = bisect.bisect_left(numbers, lender.last, key=lambda n: n.first)
            if at < len(numbers) and numbers[at].last <= count.first:
                continue  # something else was counted in between
            magnitude = match.part("magnitude") or match.part("abbreviation")
            factor = float(magnitude.value) if magnitude else lender.factor
            low = _worth(count) * factor
            last = (magnitude or count).last
            bound = "about" if _is_rough(count) else "exact"
            one = Figure(lender.kind, count.first, last, low, None, bound, lender.currency, match.rule, factor)
            out.append(one)
            lender = one  # "…, contre 35 en 2012 et 30 en 2011"
        return out


def _name_francs(context: Context, figures: Sequence[Figure]) -> None:
    """Francs of no named country are those of the country the text speaks of most."""
    said = Counter(str(m.value) for m in context.matches.get("franc_country", ()))
    if said:
        for figure in figures:
            if figure.currency == FRANC:
                figure.currency = said.most_common(1)[0][0]


def _worth(count: Match) -> float:
    """The number of a count."""
    number = count.part("number")
    return float(number.value if number is not None else count.value)


def _is_rough(count: Match) -> bool:
    return count.rule.endswith(ROUGH) and _worth(count) >= 1


def _single(kind: Kind, match: Match, currency: str | None = None) -> Figure | None:
    count = match.part("count") or match.part("number")
    if count is None:
        return None
    factor, currency = _unit(kind, match, currency)
    worth = _worth(count) if count.cls == "count" else float(count.value)
    if match.rule.endswith("sum") and match.part("magnitude") and not match.part("sized") and _has_half(match):
        worth += 0.5
    bound = "at_least" if count.rule.endswith("several") else "about" if _is_rough(count) else "exact"
    if worth * factor > MAX_COUNT * 1e3:
        return None
    return Figure(kind, match.first, match.last, worth * factor, None, bound, currency, match.rule, factor)


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
    low = _worth(count) * factor
    if low >= high.low:
        return None
    return Figure(kind, match.first, match.last, low, high.low, "range", high.currency, match.rule, high.factor)


def _at_work(context: Context, match: Match) -> bool:
    """Whether the people counted are people at work: by their noun, or by a word of work near by."""
    noun, count = match.part("job_noun"), match.part("count")
    if noun is not None:
        return noun.value == "post" or count is None or _worth(count) != 1
    block = context.tokens.blocks[match.first]
    cues = context.matches.get("work_cue", ())
    for at in range(bisect.bisect_left(cues, match.first - WORK_NEAR, key=lambda m: m.first), len(cues)):
        if cues[at].first - match.first > WORK_NEAR:
            return False
        if context.tokens.blocks[cues[at].first] == block:
            return True
    return False


def _labelled_jobs(context: Context) -> list[Figure]:
    """ "Effectif : 300"."""
    out = []
    for match in context.matches.get("jobs_label", ()):
        count = match.part("count")
        if count is not None and not _is_year(context, count):
            bound = "about" if _is_rough(count) else "exact"
            out.append(Figure(KINDS[4], count.first, count.last, _worth(count), None, bound, None, match.rule, 1.0))
    return out


def _is_year(context: Context, count: Match) -> bool:
    words = context.tokens.words[count.first : count.last]
    return len(words) == 1 and len(words[0]) == 4 and words[0].isdecimal() and 1900 <= int(words[0]) <= 2100


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
                low = _worth(cell) * factor
                out.append(Figure(KINDS[0], cell.first, cell.last, low, None, "exact", currency, header.rule, factor))
    return out


def _stands_apart(context: Context, cell: Match) -> bool:
    """Whether a number is a cell of its row: behind blanks, a tab or a bar, and neither a change nor a year."""
    tokens, first = context.tokens, cell.first
    if first == 0 or tokens.keys[first - 1] in "+-" or _is_year(context, cell):
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


def found_of(context: Context, figure: Figure, role: str | None) -> Found:
    """A figure as a mention."""
    tokens = context.tokens

    def number(value: float | None) -> int | float | None:
        if value is None:
            return None
        value = round(value, 9)
        return int(value) if value == int(value) else value

    values: dict[str, Any] = {
        figure.kind.field: number(figure.low),
        "max": number(figure.high),
        "bound": figure.bound,
    }
    if figure.currency is not None:
        values["currency"] = figure.currency
    if role is not None:
        values["role"] = role
    return Found(figure.kind.name, tokens.starts[figure.first], tokens.ends[figure.last - 1], values, figure.rule, 1.0)
