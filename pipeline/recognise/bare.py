"""Numbers without a unit that stand for money, jobs, power or area all the same: "48 M€, contre 35", "dont 360 à Caen".

Each number that nothing else accounts for may borrow the kind and unit of a figure before it, the heading of its
column, or nothing; a learned decision chooses. So it does of people counted: "80 experts" at work, or visitors.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.choose import Scorer
from pipeline.document import BlockKind, Gap
from pipeline.grammar import Match
from pipeline.recognise import Context
from pipeline.recognise.figures import JOBS, MONEY, Figure, in_name, is_rough, is_year, worth

DECISION = "bare"
AT_ONCE = 256  # numbers weighed together: one product of matrices costs less than many
SURE = 0.5  # probability from which a number is a figure
FAR = 120  # tokens back at which a figure no longer lends its unit
NEAR = 20  # tokens back at which another number stands beside
MOST = 4  # of those
SIGNS = frozenset(".;:,()|-•")


@dataclass(frozen=True, slots=True)
class Loan:
    """A reading of a bare number: the figure it would be, and the one it borrows from (None: its own magnitude)."""

    figure: Figure
    lender: Figure | None


class BareReader:
    """Built once from the scorer; without one, nothing is read."""

    def __init__(self, scorer: Scorer | None) -> None:
        self._scorer = scorer

    def find(self, context: Context, known: Sequence[Figure]) -> list[Figure]:
        """The bare numbers that are figures; each may lend to those behind it."""
        if self._scorer is None:
            return []
        out: list[Figure] = []
        lenders = sorted(known, key=_first)
        waiting = numbers(context, known)
        for begun in range(0, len(waiting), AT_ONCE):
            some = waiting[begun : begun + AT_ONCE]
            asked = [self.options(context, number, lenders) for number in some]
            odds = self._scorer.choose_each([features for _, features in asked])
            latest = len(out)
            for number, (loans, features), each in zip(some, asked, odds, strict=True):
                if out and number.first < out[-1].last:
                    continue  # the other end of a range
                if len(out) > latest and number.first - out[-1].last <= FAR:  # what was found since may lend to it
                    loans, features = self.options(context, number, lenders)
                    each = self._scorer.choose(features)
                best = int(each.argmax())
                if best and each[best] >= SURE:
                    out.append(loans[best - 1].figure)
                    bisect.insort(lenders, out[-1], key=_first)
        return out

    def options(self, context: Context, number: Match, known: Sequence[Figure]) -> tuple[list[Loan], list[list[str]]]:
        """The readings of a number, and the features of each behind those of reading nothing; `known` in order."""
        loans = _loans(context, number, known)
        around = _around(context, number, known)
        beside, size = _beside(context, number, known)
        before = context.tokens.keys[number.first - 1] if number.first else ""
        around += _with_word(f"beside={beside}|{size}", before)
        nothing = [
            f"no|{f}" for f in ("bias", *around, *_shared("", beside, size, before), f"loans={min(len(loans), 3)}")
        ]
        borrowed = [
            [*_features(context, number, loan, known, around), *_shared(loan.figure.kind.name, beside, size, before)]
            for loan in loans
        ]
        return loans, [nothing, *borrowed]


def _first(figure: Figure) -> int:
    return figure.first


def numbers(context: Context, known: Sequence[Figure]) -> list[Match]:
    """The counts that no figure and no date covers."""
    tokens = context.tokens
    days = [(d.start, d.end) for d in context.earlier.get("dates", ())]
    dated = [(bisect.bisect_left(tokens.starts, a), bisect.bisect_left(tokens.starts, b)) for a, b in days]
    told = [(m.first, m.last) for m in millions_of_things(context)]
    taken = sorted([*dated, *told, *((f.first, f.last) for f in known)])
    firsts = [t[0] for t in taken]
    out = []
    for count in context.matches.get("count", ()):
        if count.first in context.departments:
            continue
        at = bisect.bisect_left(firsts, count.last) - 1
        if at >= 0 and taken[at][1] > count.first:
            continue
        before = tokens.words[count.first - 1] if count.first else ""
        if before in ".,/+-#°" and tokens.gaps[count.first] == Gap.NONE:
            continue  # a piece of a date, of a telephone number, of a name
        if in_name(context, count):
            continue
        after = tokens.words[count.last] if count.last < len(tokens) else ""
        if after == "%" or ((after[:1].isalpha() or after in ("/", "°")) and tokens.gaps[count.last] == Gap.NONE):
            continue
        out.append(count)
    return out


def millions_of_things(context: Context) -> list[Match]:
    """ "2 millions de visiteurs", "d'euros" among them: what is counted by millions and is told behind them."""
    words = context.tokens.words
    money = {m.first for m in context.matches.get("money_of", ())}
    things = [m for m in context.matches.get("millions_of", ()) if m.parts[-1].last not in money]
    return [m for m in things if m.last < len(words) and words[m.last][0].islower()]


def _loans(context: Context, number: Match, known: Sequence[Figure]) -> list[Loan]:
    lenders: dict[str, Figure] = {}
    for n in range(bisect.bisect_left(known, number.first, key=_first) - 1, -1, -1):
        figure = known[n]
        if number.first - figure.last > FAR or len(lenders) == 3:
            break
        lenders.setdefault(figure.kind.name, figure)
    value = worth(number)
    bound = "about" if is_rough(number) else "exact"
    magnitude = _magnitude(context, number)
    last = magnitude.last if magnitude else number.last
    end = None if magnitude else _end(context, number, known)
    if end is not None:
        last, bound = end.last, "range"
    out = []
    for lender in lenders.values():
        factors = [float(magnitude.value)] if magnitude else [lender.factor]
        if not magnitude and lender.kind is MONEY and lender.factor > 1 and value >= 1000:
            factors.append(1.0)
        if magnitude and lender.kind is not MONEY:
            continue
        for factor in factors:
            figure = replace(
                lender,
                first=number.first,
                last=_noun_end(context, number, last) if lender.kind is JOBS else last,
                low=value * factor,
                high=worth(end) * factor if end else None,
                bound=bound,
                factor=factor,
                rule="bare",
            )
            out.append(Loan(figure, lender))
    if magnitude and MONEY.name not in lenders:
        factor = float(magnitude.value)
        out.append(Loan(Figure(MONEY, number.first, last, value * factor, None, bound, "EUR", "bare", factor), None))
    if JOBS.name not in lenders and not magnitude and value >= 1:
        last, high = _noun_end(context, number, last), worth(end) if end else None
        out.append(Loan(Figure(JOBS, number.first, last, value, high, bound, None, "bare", 1.0), None))
    return out


def _noun_end(context: Context, number: Match, last: int) -> int:
    """Where the noun ends that people counted have behind them: "320 personnes", "78 contrats"."""
    for cls, first in (("jobs", number.first), ("counted_noun", last)):
        found = context.matches.get(cls, ())
        at = bisect.bisect_left(found, first, key=lambda m: m.first)
        if at < len(found) and found[at].first == first and context.tokens.gaps[found[at].last - 1] < Gap.LINE:
            return max(last, found[at].last)
    return last


def _end(context: Context, number: Match, known: Sequence[Figure]) -> Match | None:
    """The high end of a range that begins with a number: "20 à 30", but not "de 20 à 30", which may be a change."""
    found = context.matches.get("count_range", ())
    at = bisect.bisect_left(found, number.first - 1, key=lambda m: m.first)  # a word may lead to it
    for match in found[at : at + 2]:
        low, high = match.all("count")
        if (low.first, low.last) != (number.first, number.last):  # as the four of "quatre-vingt"
            continue
        near = bisect.bisect_left(known, high.first, key=_first)
        taken = any(f.first <= high.first < f.last for f in known[max(0, near - 1) : near + 1])
        rising = worth(low) < worth(high) and not is_year(context, high)
        fits = match.value == "range" and rising and not taken and _magnitude(context, high) is None
        return high if fits else None
    return None


def _magnitude(context: Context, number: Match) -> Match | None:
    at = bisect.bisect_left(context.matches.get("magnitude", ()), number.last, key=lambda m: m.first)
    found = context.matches.get("magnitude", ())[at : at + 1]
    return found[0] if found and found[0].first == number.last else None


def _around(context: Context, number: Match, known: Sequence[Figure]) -> list[str]:
    """What surrounds a number, whatever it may borrow."""
    tokens = context.tokens
    keys, gaps = tokens.keys, tokens.gaps
    block = tokens.blocks[number.first]
    kind = context.document.blocks[block].kind if block >= 0 else BlockKind.PARAGRAPH
    last = number.last + (1 if _magnitude(context, number) else 0)
    value = worth(number)
    out = [f"block={kind}", f"size={len(str(int(value)))}", f"words={number.last - number.first}"]
    if is_year(context, number):
        out.append("year")
    out.append("digits" if tokens.words[number.first].isdecimal() else "rough" if is_rough(number) else "word")
    at = number.first
    before = []
    for _ in range(3):
        at -= 1
        if at < 0 or gaps[at + 1] >= Gap.BLOCK:
            before.append("^")
            break
        before.append(keys[at])
    at = last
    after = []
    for _ in range(3):
        if at >= len(tokens) or gaps[at] >= Gap.BLOCK:
            after.append("$")
            break
        after.append(keys[at])
        at += 1
    out += [f"w-{n}={w}" for n, w in enumerate(before, 1)] + [f"w+{n}={w}" for n, w in enumerate(after, 1)]
    out.append(f"w-1,+1={before[0]}_{after[0]}")
    if len(before) > 1:
        out.append(f"w-2,1={before[1]}_{before[0]}")
    if len(after) > 1:
        out.append(f"w+1,2={after[0]}_{after[1]}")
    if after[0].isalpha():
        out.append(f"suffix+1={after[0][-3:]}")
        if len(after) > 1:
            out.append(f"suffix+2={after[1][-3:]}")
    for cls in ("bound_before", "work_cue", "jobs_role", "amount_role"):
        found = context.matches.get(cls, ())
        at = bisect.bisect_left(found, number.first, key=lambda m: m.first)
        if at and number.first - found[at - 1].last <= 8 and tokens.blocks[found[at - 1].first] == block:
            out.append(f"{cls}<{'' if cls == 'work_cue' else found[at - 1].value}")
        if at < len(found) and found[at].first - last <= 6 and tokens.blocks[found[at].first] == block:
            out.append(f"{cls}>{'' if cls == 'work_cue' else found[at].value}")
    return out


def _beside(context: Context, number: Match, known: Sequence[Figure]) -> tuple[str, str]:
    """What the last number before counts, and whether it is of like size; dates, years and shares are passed over.

    What "contre 76" counts is what the number before it counts: 76 rounds behind "77 tours de table".
    """
    counts = context.matches.get("count", ())
    at = bisect.bisect_left(counts, number.first, key=lambda m: m.first)
    for other in reversed(counts[max(0, at - MOST) : at]):
        if number.first - other.last > NEAR:
            break
        if is_year(context, other) or _dated(context, other) or context.tokens.words[other.last] == "%":
            continue
        n = bisect.bisect_right(known, other.first, key=_first) - 1
        kind = known[n].kind.name if n >= 0 and known[n].last > other.first else "other"
        return kind, "alike" if 0.2 <= worth(number) / max(worth(other), 1e-9) <= 5 else "unlike"
    return "none", ""


def _shared(kind: str, beside: str, size: str, before: str) -> list[str]:
    """Whether the number beside counts what a reading does: told alike of all kinds, so that one kind teaches the others."""
    what = "same" if beside == kind else beside if beside in ("none", "other") else "figure"
    return _with_word(f"mine={what}|{size}", before)


def _with_word(feature: str, before: str) -> list[str]:
    return [feature, f"{feature}|w-1={before}"]


def _dated(context: Context, number: Match) -> bool:
    """Whether a number is part of a date."""
    dates = context.earlier.get("dates", ())
    start = context.tokens.starts[number.first]
    at = bisect.bisect_right(dates, start, key=lambda d: d.start) - 1
    return at >= 0 and start < dates[at].end


def _features(context: Context, number: Match, loan: Loan, known: Sequence[Figure], around: Sequence[str]) -> list[str]:
    tokens = context.tokens
    kind = loan.figure.kind.name
    out = [f"{kind}", *(f"{kind}|{f}" for f in around)]
    lender = loan.lender
    if lender is None:
        return [*out, f"{kind}|none"]
    gap = number.first - lender.last
    near = (
        "1"
        if gap <= 1
        else "3"
        if gap <= 3
        else "6"
        if gap <= 6
        else "12"
        if gap <= 12
        else "25"
        if gap <= 25
        else "far"
    )
    here = tokens.blocks[lender.first] == tokens.blocks[number.first]
    between = bisect.bisect_left(known, number.first, key=_first) - bisect.bisect_left(known, lender.last, key=_first)
    signs = {k for k in tokens.keys[lender.last : number.first][:40] if k in SIGNS}
    stop = "." in signs or ";" in signs
    size = worth(number) * loan.figure.factor / max(lender.low, 1e-9)
    ratio = "same" if 0.2 <= size <= 5 else "smaller" if size < 0.2 else "larger"
    common = [f"near={near}", f"here={here}", f"between={min(between, 2)}", f"stop={stop}", f"ratio={ratio}"]
    out += [f"{kind}|{f}" for f in common]
    out += [f"near={near}|here={here}|stop={stop}", f"own={loan.figure.factor == lender.factor}|{kind}|{ratio}"]
    out.append(f"bare={lender.rule == 'bare'}|{kind}|here={here}")
    out += [f"here={here}|{f}" for f in around if f.startswith(("w-1", "w+1", "year", "block"))]
    return out
