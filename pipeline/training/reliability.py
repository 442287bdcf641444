"""How far the confidence of facts can be believed: what it promised against what was right, on rows that it was not
fitted on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.training.confidence import Sample, fit

BINS = 10
SIZE, EDGE = 320, 40  # pixels of the diagram's square, and around it


class Bin(NamedTuple):
    """The slots of rows whose confidence lies in one tenth of the scale."""

    slots: int
    promised: float  # mean confidence
    right: float  # share of the slots that are right


def curve(data: Sequence[Sample], parts: int = 4) -> list[Bin]:
    """The bins that hold something, lowest first; each part of the rows is judged by a fit on the others."""
    sums = [[0.0, 0.0, 0.0] for _ in range(BINS)]
    for part in range(parts):
        table = fit([sample for n, sample in enumerate(data) if n % parts != part])
        for features, right, slots in data[part::parts]:
            score = sum(table.get(name, 0.0) * value for name, value in features.items())
            p = 1 / (1 + math.exp(-score))
            for n, value in enumerate((slots, p * slots, right)):
                sums[min(int(p * BINS), BINS - 1)][n] += value
    return [Bin(int(slots), p / slots, right / slots) for slots, p, right in sums if slots]


def table(bins: Sequence[Bin]) -> str:
    """The bins as lines of a Markdown table."""
    lines = ["| confidence | slots | right |", "|---|---|---|"]
    return "\n".join(lines + [f"| {b.promised:.2f} | {b.slots} | {b.right:.2f} |" for b in bins])


def diagram(bins: Sequence[Bin]) -> str:
    """The bins as an SVG: confidence from left to right, share right upwards, dots as large as what they hold."""

    def at(x: float, y: float) -> str:
        return f"{EDGE + x * SIZE:.1f},{EDGE + (1 - y) * SIZE:.1f}"

    whole = sum(b.slots for b in bins)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE + 2 * EDGE}" height="{SIZE + 2 * EDGE}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="100%" height="100%" fill="#fff"/><path d="M{at(0, 0)} L{at(1, 1)}" stroke="#999" '
        'stroke-dasharray="4 4"/>',
        f'<path d="M{at(0, 1)} L{at(0, 0)} L{at(1, 0)}" fill="none" stroke="#333"/>',
        f'<polyline points="{" ".join(at(b.promised, b.right) for b in bins)}" fill="none" stroke="#1f5fa8"/>',
    ]
    for one in bins:
        x, y = at(one.promised, one.right).split(",")
        radius = 3 + 20 * math.sqrt(one.slots / whole)
        parts.append(f'<circle cx="{x}" cy="{y}" r="{radius:.1f}" fill="#1f5fa8" fill-opacity="0.35"/>')
    for mark in (0.0, 0.5, 1.0):
        x, y = at(mark, 0).split(",")
        parts.append(f'<text x="{x}" y="{float(y) + 16:.0f}" text-anchor="middle">{mark}</text>')
        x, y = at(0, mark).split(",")
        parts.append(f'<text x="{float(x) - 6:.0f}" y="{float(y) + 4:.0f}" text-anchor="end">{mark}</text>')
    middle = EDGE + SIZE / 2
    parts.append(f'<text x="{middle}" y="{SIZE + 2 * EDGE - 6}" text-anchor="middle">confidence</text>')
    parts.append(f'<text x="12" y="{middle}" transform="rotate(-90 12 {middle})" text-anchor="middle">right</text>')
    return "\n".join([*parts, "</svg>", ""])
