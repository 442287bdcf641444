"""What a sum is for, and what jobs are: chosen by the words around a figure, weighed as the corpus taught."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from typing import get_args

from pipeline.choose import Weights
from pipeline.document import BlockKind
from pipeline.grammar import Match
from pipeline.recognise import Context
from pipeline.recognise.quantities import Figure
from pipeline.records import AmountRole, JobsRole

ROLES: Mapping[str, tuple[str, ...]] = {"amounts": get_args(AmountRole), "jobs": get_args(JobsRole)}
DECISIONS = {"amounts": "amount_role", "jobs": "jobs_role"}
REACH = 25  # tokens at which a word still speaks for a figure
SHORT = 160  # characters of a block whose first words label its figures
LEAD = 8  # blocks at the head of a text, and above a figure, where a heading is looked for
SEEN = 4  # words of a kind looked at on each side


class RoleChooser:
    """Built once from the weights."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def roles(self, context: Context, figures: Sequence[Figure]) -> list[str | None]:
        """The role of each figure, None for kinds that have none; a figure told again keeps one role."""
        scores: dict[tuple[str, float, float | None], list[float]] = {}
        for figure in figures:
            roles = ROLES.get(figure.kind.name)
            if roles is not None:
                base = features(context, figure, figures)
                decision = DECISIONS[figure.kind.name]
                mine = [self._weights.score(decision, tell(role, base)) for role in roles]
                known = scores.setdefault(_same(figure), [0.0] * len(roles))
                scores[_same(figure)] = [a + b for a, b in zip(known, mine, strict=True)]
        out: list[str | None] = []
        for figure in figures:
            summed = scores.get(_same(figure))
            roles = ROLES.get(figure.kind.name, ())
            out.append(roles[max(range(len(summed)), key=summed.__getitem__)] if summed else None)
        return out


def _same(figure: Figure) -> tuple[str, float, float | None]:
    return figure.kind.name, figure.low, figure.high


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
    out += [f"head={value}" for value in _head_cues(context, block, own)]
    if block >= 0:
        size = context.document.blocks[block].end - context.document.blocks[block].start
        if size < SHORT:
            labels = [m for m in context.matches.get(own, ()) if tokens.blocks[m.first] == block]
            out += [f"label={m.value}" for m in labels[:2] if m.first < figure.first]
    bracket = _bracket(context, figure)
    if bracket is not None:
        out.append("bracketed")
        inside = [f for f in figures if bracket[0] <= f.first < bracket[1] and f is not figure]
        out += [f"bracketed|with={f.kind.name}" for f in inside[:2]]
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


def _head_cues(context: Context, block: int, cls: str) -> list[str]:
    """What the title and the heading above a figure say of roles and actions."""
    document, tokens = context.document, context.tokens
    heads = {n for n, b in enumerate(document.blocks[:LEAD]) if b.kind in (BlockKind.TITLE, BlockKind.HEADING)}
    for n in range(block - 1, max(-1, block - LEAD), -1):
        if document.blocks[n].kind in (BlockKind.HEADING, BlockKind.TITLE):
            heads.add(n)
            break
    said = [m for c in (cls, "action") for m in context.matches.get(c, ()) if tokens.blocks[m.first] in heads]
    return list(dict.fromkeys(f"{m.cls}:{m.value}" for m in said))


def _bracket(context: Context, figure: Figure) -> tuple[int, int] | None:
    """Tokens of the round brackets a figure stands in."""
    keys = context.tokens.keys
    opened = next((t for t in range(figure.first - 1, max(-1, figure.first - REACH), -1) if keys[t] in "()"), None)
    if opened is None or keys[opened] != "(":
        return None
    closed = next((t for t in range(figure.last, min(len(keys), figure.last + REACH)) if keys[t] == ")"), None)
    return (opened, closed) if closed is not None else None
