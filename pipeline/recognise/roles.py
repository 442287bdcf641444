"""What a sum is for, and what jobs are: chosen by the words around a figure, weighed as the corpus taught."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from typing import get_args

from pipeline.choose import Weights
from pipeline.grammar import Match
from pipeline.recognise import Context
from pipeline.recognise.quantities import Figure
from pipeline.records import AmountRole, JobsRole

ROLES: Mapping[str, tuple[str, ...]] = {"amounts": get_args(AmountRole), "jobs": get_args(JobsRole)}
DECISIONS = {"amounts": "amount_role", "jobs": "jobs_role"}
REACH = 25  # tokens at which a word still speaks for a figure
SEEN = 4  # words of a kind looked at on each side


class RoleChooser:
    """Built once from the weights."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def role(self, context: Context, figure: Figure, figures: Sequence[Figure]) -> str | None:
        """The role of a figure; None for kinds that have none."""
        roles = ROLES.get(figure.kind.name)
        if roles is None:
            return None
        base = features(context, figure, figures)
        odds = self._weights.choose(DECISIONS[figure.kind.name], [tell(role, base) for role in roles])
        return roles[max(range(len(odds)), key=odds.__getitem__)]


def tell(role: str, base: Sequence[str]) -> list[str]:
    """The features of a figure as those of one of its possible roles."""
    return [f"{role}|{f}" for f in base]


def features(context: Context, figure: Figure, figures: Sequence[Figure]) -> list[str]:
    """What surrounds a figure: cues of role and action by side and nearness, neighbours, block, size."""
    tokens = context.tokens
    block = tokens.blocks[figure.first]
    kind = context.document.blocks[block].kind if block >= 0 else "none"
    out = ["bias", f"block={kind}", f"bound={figure.bound}", f"rule={figure.rule}"]
    own = DECISIONS[figure.kind.name]
    for cls in (own, "action"):
        for cue, side, gap in _around(context, figure, cls, block):
            stops = {tokens.keys[t] for t in range(min(cue.last, figure.last), max(cue.first, figure.first))}
            clause = "same" if not stops & {".", ";", ":", "(", ")", "•"} else "other"
            near = "next" if gap <= 3 else "near" if gap <= 8 else "far"
            out += [f"{cls}={cue.value}|{side}|{near}", f"{cls}={cue.value}|{clause}|{near}", f"{cls}={cue.value}"]
            if near == "next":
                out.append(f"{cls}={cue.value}|{side}|stem={tokens.keys[cue.first][:6]}")
            if cls == own:
                out.append(f"stem={tokens.keys[cue.first][:6]}|{near}")
    near_cues = sorted(_around(context, figure, own, block), key=lambda c: c[2])
    if near_cues:
        out.append(f"nearest={near_cues[0][0].value}|{near_cues[0][1]}")
    else:
        out.append("nearest=none")
    for i in (1, 2, 3):
        if figure.first >= i:
            out.append(f"w-{i}={tokens.keys[figure.first - i]}")
        if figure.last + i - 1 < len(tokens):
            out.append(f"w+{i}={tokens.keys[figure.last + i - 1]}")
    out.append(f"size={len(str(int(figure.low)))}")
    part = tokens.keys[figure.last - 1][:8]
    out.append(f"noun={part}")
    before = [
        f for f in figures if f.kind is figure.kind and f.last <= figure.first and tokens.blocks[f.first] == block
    ]
    out.append(f"earlier={min(len(before), 2)}")
    return list(dict.fromkeys(out))


def _around(context: Context, figure: Figure, cls: str, block: int) -> list[tuple[Match, str, int]]:
    """The nearest cues of a class in the figure's block: (cue, side, distance in tokens)."""
    matches = context.matches.get(cls, ())
    at = bisect.bisect_left(matches, figure.first, key=lambda m: m.first)
    blocks = context.tokens.blocks
    out = []
    for match in matches[max(0, at - SEEN) : at]:
        gap = figure.first - match.last
        if gap <= REACH and blocks[match.first] == block:
            out.append((match, "before", gap))
    for match in matches[at : at + SEEN]:
        gap = match.first - figure.last
        if gap <= REACH and blocks[match.first] == block:
            out.append((match, "after", gap))
    return out
