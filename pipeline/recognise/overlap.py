"""Overlaps are settled here and nowhere else: mentions never nest, and what is surer, then longer, then first stands."""

from __future__ import annotations

import bisect
from collections.abc import Iterable

from pipeline.recognise import Found

# When score and length tie. A figure with its unit is surer than a name, a date surer than a bare figure.
_KINDS = ("amounts", "powers", "energies", "areas", "jobs", "dates", "companies", "organisations", "places")


def settle(found: Iterable[Found]) -> list[Found]:
    """The mentions that stand, in the order of the text; n log n in their number."""
    ranked = sorted(found, key=lambda f: (-f.score, f.start - f.end, _KINDS.index(f.kind), f.start))
    starts: list[int] = []
    ends: list[int] = []
    kept: list[Found] = []
    for one in ranked:
        at = bisect.bisect_left(starts, one.end)  # taken spans that begin before this one's end
        if at and ends[at - 1] > one.start:
            continue
        starts.insert(at, one.start)
        ends.insert(at, one.end)
        kept.append(one)
    return sorted(kept, key=lambda f: f.start)
