"""What was counted: precision, recall and F1 by kind, the errors behind them, and what changed since an earlier run."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.corpus import KINDS

LISTS = {tag: kind for tag, kind in KINDS.items() if tag != "org"}
TOTALS = ("ALL MENTIONS", "slots", "pairs", "sure slots", "whole facts")


@dataclass
class Count:
    hits: int = 0
    gold: int = 0
    predicted: int = 0

    def add(self, hits: int, gold: int, predicted: int) -> None:
        self.hits += hits
        self.gold += gold
        self.predicted += predicted

    def measures(self) -> dict[str, float | int | None]:
        both = self.gold + self.predicted
        return {
            "precision": self.hits / self.predicted if self.predicted else None,
            "recall": self.hits / self.gold if self.gold else None,
            "f1": 2 * self.hits / both if both else None,
            "gold": self.gold,
            "predicted": self.predicted,
        }


@dataclass
class Scores:
    """Counts by kind, attributes right on what was found, and every miss (-) and false alarm (+) by kind."""

    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    right: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    on_organisation: int = 0
    organisations: int = 0
    broken: int = 0
    quiet: list[int] = field(default_factory=lambda: [0, 0])
    aligned: list[float] = field(default_factory=list)
    read: int = 0

    def note(self, name: str, right: bool) -> None:
        self.right[name][0] += right
        self.right[name][1] += 1

    def results(self) -> dict[str, Any]:
        """The figures as the contract's scorer gives them in JSON."""
        mentions = Count()
        for tag in LISTS:
            one = self.counts[tag]
            mentions.add(one.hits, one.gold, one.predicted)
        counts = {**self.counts, "ALL MENTIONS": mentions}
        return {
            **{name: counts.get(name, Count()).measures() for name in (*LISTS, *TOTALS)},
            "attributes": {name: a / b for name, (a, b) in sorted(self.right.items())},
            "negatives given none": self.quiet[0] / self.quiet[1] if self.quiet[1] else None,
            "organisations called companies": self.on_organisation / self.organisations if self.organisations else None,
            "gold text aligned": sum(self.aligned) / max(1, len(self.aligned)),
            "broken offsets": self.broken,
            "releases read": f"{self.read} of {len(self.aligned)}",
        }

    def to_json(self) -> str:
        """The figures, with the errors by kind so that a later run can be compared with this one."""
        return json.dumps({**self.results(), "errors": dict(self.errors)}, ensure_ascii=False, indent=1)

    def listing(self, kind: str) -> list[str]:
        """Misses (-) and false alarms (+) of a tag or of "facts"; ValueError for anything else."""
        if kind not in (*LISTS, "facts"):
            raise ValueError(f"no errors are kept of {kind!r}; there are {', '.join((*LISTS, 'facts'))}")
        return list(self.errors[kind])

    def table(self) -> str:
        """The table of the contract's scorer."""
        results = self.results()
        lines = []
        for name in (*LISTS, *TOTALS):
            m = results[name]
            figures = f"P {_show(m['precision'])}  R {_show(m['recall'])}  F1 {_show(m['f1'])}"
            lines.append(f"{name:13} {figures}  ({m['gold']} gold, {m['predicted']} predicted)")
        lines.append("right on what was found: " + "  ".join(f"{k} {v:.3f}" for k, v in results["attributes"].items()))
        rest = list(results.items())[-5:]
        lines.append("  ".join(f"{k}: {v if isinstance(v, str | int) else _show(v)}" for k, v in rest))
        return "\n".join(lines)

    def compare(self, earlier: Mapping[str, Any]) -> str:
        """Gains and losses against an earlier run (`read_earlier`): F1 by kind, then errors gone and errors new.

        An error that stood twice in a release and stands once now is gone once.
        """
        results, lines = self.results(), []
        for name in (*LISTS, *TOTALS):
            before, now = earlier[name]["f1"], results[name]["f1"]
            if before != now:
                gain = f"{(now or 0.0) - (before or 0.0):+.3f}"
                lines.append(f"{name:13} F1 {_show(before)} → {_show(now)}  ({gain})")
        for kind in (*LISTS, "facts"):
            then, here = Counter(earlier["errors"].get(kind, [])), Counter(self.errors[kind])
            lines += [f"gone {kind}: {error}" for error in (then - here).elements()]
            lines += [f"new  {kind}: {error}" for error in (here - then).elements()]
        return "\n".join(lines) or "no difference"

    def below(self, wanted: Mapping[str, float]) -> list[str]:
        """A line for each kind whose F1 is under its floor; ValueError for a kind without anything in the gold."""
        results, lines = self.results(), []
        for name, floor in wanted.items():
            figures = results.get(name)
            if not isinstance(figures, dict) or not figures.get("gold"):
                raise ValueError(f"{name}: nothing of this kind is annotated, so it can have no floor")
            if (figures["f1"] or 0.0) < floor:
                lines.append(f"{name}: F1 {_show(figures['f1'])} is under {floor:.3f}")
        return lines


def floors(given: Iterable[str]) -> dict[str, float]:
    """ "KIND=F1" pairs as a mapping; ValueError when one is not such a pair."""
    out = {}
    for pair in given:
        name, _, value = pair.rpartition("=")
        try:
            out[name] = float(value)
        except ValueError:
            name = ""
        if not name:
            raise ValueError(f"{pair!r} is no KIND=F1")
    return out


def read_earlier(path: Path) -> dict[str, Any]:
    """An earlier run as `to_json` saved it; ValueError, in one line, when the file holds something else."""
    try:
        earlier = json.loads(path.read_text(encoding="utf-8"))
        complete = "errors" in earlier and all("f1" in earlier[name] for name in (*LISTS, *TOTALS))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path}: not the JSON of an earlier run: {error}") from error
    if not complete:
        raise ValueError(f"{path}: not the JSON of an earlier run: it lists no errors")
    return dict(earlier)


def _show(value: float | None) -> str:
    return "  –  " if value is None else f"{value:.3f}"
