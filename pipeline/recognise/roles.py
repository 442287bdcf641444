"""What a sum is for, and what jobs are: chosen by the words around a figure, weighed as the corpus taught."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np

from pipeline.choose import Array, Weights
from pipeline.document import LISTED, BlockKind
from pipeline.grammar import Match
from pipeline.recognise import Context
from pipeline.recognise.figures import Figure
from pipeline.recognise.grid import Cell, Grid, tables
from pipeline.records import AmountRole, JobsRole

ROLES: Mapping[str, tuple[str, ...]] = {"amounts": get_args(AmountRole), "jobs": get_args(JobsRole)}
DECISIONS = {"amounts": "amount_role", "jobs": "jobs_role"}
REACH = 25  # tokens at which a word still speaks for a figure
SHORT = 160  # characters of a block whose first words label its figures
LEAD = 8  # blocks at the head of a text, and above a figure, where a heading is looked for
CLAUSE = 18  # tokens of a figure's clause looked at on each side
NEXT = 6  # of these, the near ones
STOPS = frozenset(".;:•")
STEM = 6  # letters of a word that stand for its forms
SEEN = 4  # words of a kind looked at on each side
NEAR = 8  # tokens at which a cue is near
HEAD = 2  # blocks that tell what a text is about, the line with the day of publication left out
TITLE = 40  # tokens at the head of a text, of which those of these blocks are looked at
BEFORE = 14  # words before a figure's clause that are looked at
SENTENCE_ENDS = frozenset(".?!")
MANY, SOME, FEW = 0.6, 0.35, 0.15  # shares of a text's cues


class RoleChooser:
    """Built once from the weights."""

    def __init__(self, weights: Weights) -> None:
        self._scorers = {kind: weights[name] for kind, name in DECISIONS.items() if name in weights}

    def roles(self, context: Context, figures: Sequence[Figure]) -> list[str | None]:
        """The role of each figure, None for kinds that have none; a figure told again keeps one role, and so
        does a column whose heading tells it."""
        index = CueIndex(context, figures)
        out: list[str | None] = [None] * len(figures)
        for kind, scorer in self._scorers.items():
            mine = [n for n, f in enumerate(figures) if f.kind.name == kind]
            if not mine:
                continue
            rows = np.log(scorer.classify([features(context, figures[n], index) for n in mine]) + 1e-9)
            alike = [index.telling_head(figures[n], DECISIONS[kind]) or (figures[n].low, figures[n].high) for n in mine]
            same: dict[object, Array] = {}
            for key, row in zip(alike, rows, strict=True):
                same[key] = same[key] + row if key in same else row
            for n, key in zip(mine, alike, strict=True):
                out[n] = ROLES[kind][int(same[key].argmax())]
        return out


class CueIndex:
    """Cues by block, and figures by place: looked up for each figure, gathered once for a text."""

    def __init__(self, context: Context, figures: Sequence[Figure]) -> None:
        self._blocks = context.document.blocks
        self._of = context.tokens.blocks
        self._tokens = context.tokens
        self._entities = sorted(context.entities, key=lambda e: e.start)
        self._leads: dict[int, int] = {}  # item of a list → the block that leads to the list
        for n, b in enumerate(self._blocks):
            if n and b.kind in LISTED:
                self._leads[n] = self._leads.get(n - 1, n - 1)
        self._figures = figures
        self._firsts = [f.first for f in figures]
        self._cues: dict[tuple[str, int], list[Match]] = {}
        self._told: dict[tuple[str | int, ...], list[str]] = {}
        self._heads: dict[int, Cell] = {}  # figure, by its first token → the heading of its column
        for first, end in tables(context):
            grid = Grid(context, first, end, lambda cell: bool(self.figures_in(cell.first, cell.last)))
            for cell in (c for row in grid.rows if row is not grid.heads for c in row):
                head = grid.head(cell)
                if head is not None:
                    self._heads |= {f.first: grid.heads[head] for f in self.figures_in(cell.first, cell.last)}
        classes = (*DECISIONS.values(), "action")
        said = {cls: Counter(m.value for m in context.matches.get(cls, ())).most_common(1) for cls in classes}
        self.tenor = {cls: str(of[0][0]) if of else "none" for cls, of in said.items()}  # class → its commonest cue
        self.topic = _topic(context, classes)
        for cls in classes:
            for match in context.matches.get(cls, ()):
                self._cues.setdefault((cls, self._of[match.first]), []).append(match)

    def in_block(self, cls: str, block: int) -> list[Match]:
        return self._cues.get((cls, block), [])

    def figures_in(self, first: int, last: int) -> Sequence[Figure]:
        """The figures that begin in tokens[first:last]."""
        return self._figures[bisect.bisect_left(self._firsts, first) : bisect.bisect_left(self._firsts, last)]

    def lead_cues(self, block: int, cls: str) -> list[str]:
        """What the block that leads to a list or table says of roles and actions to one of its items."""
        return self.told_in([self._leads[block]], cls) if block in self._leads else []

    def telling_head(self, figure: Figure, cls: str) -> Cell | None:
        """The heading of a figure's column, if it says something of its role."""
        told = any(cue.startswith(f"{cls}:") for cue in self.column_cues(figure, cls))
        return self._heads[figure.first] if told else None

    def column_cues(self, figure: Figure, cls: str) -> list[str]:
        """What the heading of a figure's column says of roles and actions."""
        head = self._heads.get(figure.first)
        if head is None:
            return []
        block = self._of[head.first]
        said = [m for c in (cls, "action") for m in self.in_block(c, block) if head.first <= m.first < head.last]
        return list(dict.fromkeys(f"{m.cls}:{m.value}" for m in said))

    def names_beside(self, figure: Figure) -> list[tuple[str, str]]:
        """The model's labels of the names before ("<") and behind (">") a figure in its block, and how near they are."""
        start, end = self._tokens.starts[figure.first], self._tokens.ends[figure.last - 1]
        at = bisect.bisect_left(self._entities, start, key=lambda e: e.start)
        beside = [("<", e, start - e.end) for e in self._entities[max(0, at - 1) : at]]
        beside += [(">", e, e.start - end) for e in self._entities[at : at + 1]]
        out = []
        for side, entity, gap in beside:
            token = bisect.bisect_right(self._tokens.starts, entity.start) - 1
            if token >= 0 and self._of[token] == self._of[figure.first]:
                out.append((f"{side}{entity.label}", "near" if gap < 40 else "mid" if gap < 100 else "far"))
        return out

    def told_in(self, blocks: Sequence[int], cls: str) -> list[str]:
        """What some blocks say of roles and actions, each once: gathered once, however many figures ask."""
        key: tuple[str | int, ...] = (cls, *blocks)
        told = self._told.get(key)
        if told is None:
            said = [m for n in blocks for c in (cls, "action") for m in self.in_block(c, n)]
            told = self._told[key] = list(dict.fromkeys(f"{m.cls}:{m.value}" for m in said))
        return told

    def earlier(self, figure: Figure, block: int) -> int:
        """How many figures of a kind stand before one in its block: 0, 1 or 2 for more."""
        count = 0
        for at in range(bisect.bisect_left(self._firsts, figure.first) - 1, -1, -1):
            other = self._figures[at]
            if count == 2 or self._of[other.first] != block:
                break
            count += other.kind is figure.kind
        return count

    def head_cues(self, block: int, cls: str) -> list[str]:
        """What the title and the heading above a block say of roles and actions."""
        headings = (BlockKind.TITLE, BlockKind.HEADING)
        heads = [n for n, b in enumerate(self._blocks[:LEAD]) if b.kind in headings]
        for n in range(block - 1, max(-1, block - LEAD), -1):
            if self._blocks[n].kind in headings:
                heads.append(n)
                break
        return self.told_in(heads, cls)


def features(context: Context, figure: Figure, index: CueIndex) -> list[str]:
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
            near = "next" if gap <= 3 else "near" if gap <= NEAR else "far"
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
    out += _words(context, figure, block)
    out.append(f"size={len(str(int(figure.low)))}")
    part = tokens.keys[figure.last - 1][:8]
    out.append(f"noun={part}")
    out += [f"head={value}" for value in index.head_cues(block, own)]
    out += [f"lead={value}" for value in index.lead_cues(block, own)]
    out += [f"column={value}" for value in index.column_cues(figure, own)]
    told = bool(near_cues) and near_cues[0][2] <= NEAR
    out += [f"{cls}|said={index.tenor[cls]}|near={told}" for cls in (own, "action")]
    out += index.topic[own]
    out += _before(context, figure, block)
    if block >= 0:
        size = context.document.blocks[block].end - context.document.blocks[block].start
        if size < SHORT:
            labels = index.in_block(own, block)[:2]
            out += [f"label={m.value}" for m in labels if m.first < figure.first]
    bracket = _bracket(context, figure)
    if bracket is not None:
        out.append("bracketed")
        inside = [f for f in index.figures_in(*bracket) if f is not figure]
        out += [f"bracketed|with={f.kind.name}" for f in inside[:2]]
    out.append(f"earlier={index.earlier(figure, block)}")
    for value in index.told_in([block - 1], own)[:SEEN] if block > 0 else ():
        out.append(f"prev={value}")
        if not told:
            out.append(f"prev={value}|alone")
    for label, near in index.names_beside(figure):
        out += [f"name{label}", f"name{label}|{near}"]
    return list(dict.fromkeys(out))


def _words(context: Context, figure: Figure, block: int) -> list[str]:
    """The words of the figure's clause, by stem and by class, with their side and whether they are near."""
    tokens = context.tokens
    out: dict[str, None] = {}
    for side, places in (("<", range(figure.first - 1, -1, -1)), (">", range(figure.last, len(tokens)))):
        for n, token in enumerate(places):
            if n == CLAUSE or tokens.blocks[token] != block or tokens.keys[token] in STOPS:
                break
            key = tokens.keys[token]
            if len(key) < 3 or key[0].isdigit():
                continue
            near = "" if n < NEXT else "far "
            stem = key[:STEM]
            out[f"s{side}{near}{stem}"] = None
            out[f"s={stem}"] = None
            coarse, fine = context.classes_of(token)
            if fine:
                out[f"k{side}{near}{fine}"] = None
                out[f"k={fine}"] = None
                if n < 3:
                    out[f"k{side}{n}{coarse}"] = None
    return list(out)


def _topic(context: Context, classes: Sequence[str]) -> dict[str, list[str]]:
    """Class of role → what a text is about: the words of its head, and how its cues of that role and of actions share."""
    tokens, blocks = context.tokens, context.document.blocks
    first = [n for n, b in enumerate(blocks[:LEAD]) if b.kind is not BlockKind.BYLINE][:HEAD]
    head = [key for key, block in zip(tokens.keys[:TITLE], tokens.blocks[:TITLE], strict=True) if block in first]
    title = [f"title={k[:STEM]}" for k in head if len(k) > 2 and not k[0].isdigit()]
    shares = {}
    for cls in classes:
        said = Counter(m.value for m in context.matches.get(cls, ()))
        whole = sum(said.values())
        shares[cls] = [f"share={cls}:{value}|{_share(count / whole)}" for value, count in said.items()]
    return {cls: [*dict.fromkeys(title), *shares[cls], *shares["action"]] for cls in DECISIONS.values()}


def _share(part: float) -> str:
    return "most" if part > MANY else "many" if part > SOME else "some" if part > FEW else "few"


def _before(context: Context, figure: Figure, block: int) -> list[str]:
    """The words before a figure's clause, in the sentence or block before: a nominal sentence is told by them."""
    tokens = context.tokens
    at = figure.first - 1
    while at >= 0 and tokens.blocks[at] == block and tokens.keys[at] not in STOPS:
        at -= 1
    out: dict[str, None] = {}
    for token in range(at - 1, -1, -1):
        key = tokens.keys[token]
        if len(out) == BEFORE or tokens.blocks[token] < block - 1 or (out and key in SENTENCE_ENDS):
            break
        if len(key) > 2 and not key[0].isdigit():
            out[f"p={key[:STEM]}"] = None
    return list(out)


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


def _bracket(context: Context, figure: Figure) -> tuple[int, int] | None:
    """Tokens of the round brackets a figure stands in."""
    keys = context.tokens.keys
    opened = next((t for t in range(figure.first - 1, max(-1, figure.first - REACH), -1) if keys[t] in "()"), None)
    if opened is None or keys[opened] != "(":
        return None
    closed = next((t for t in range(figure.last, min(len(keys), figure.last + REACH)) if keys[t] == ")"), None)
    return (opened, closed) if closed is not None else None
