"""Exact spans of firms and places, found against tagged, as `releve evaluate` counts them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spacy.language import Language

from pipeline.language import read_texts
from pipeline.training.data import Mark, Sample

TAGS = ("company", "place")


@dataclass(frozen=True, slots=True)
class Count:
    """Names found rightly, names tagged, names found."""

    right: int = 0
    tagged: int = 0
    found: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.right + other.right, self.tagged + other.tagged, self.found + other.found)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, self.tagged + self.found)

    def __str__(self) -> str:
        precision, recall = self.right / max(1, self.found), self.right / max(1, self.tagged)
        return f"P {precision:.3f} R {recall:.3f} F1 {self.f1:.3f}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A name missed ("-") or found where there is none ("+"), with what stands there instead."""

    sign: str
    tag: str
    release: str
    text: str
    instead: str
    around: str


def _share(a: Mark, b: Mark) -> float:
    inner = min(a.end, b.end) - max(a.start, b.start)
    return max(0, inner) / (max(a.end, b.end) - min(a.start, b.start))


def _false(found: Iterable[Mark], right: set[Mark], orgs: Iterable[Mark]) -> list[Mark]:
    """What was found and is not tagged; each organisation excuses one that stands on it, for it is nobody's error."""
    free = list(orgs)
    left = []
    for mark in found:
        if mark in right:
            continue
        org = next((o for o in free if _share(o, mark) >= 0.5), None)
        if org:
            free.remove(org)
        else:
            left.append(mark)
    return left


def measure(
    nlp: Language, samples: Sequence[Sample], labels: dict[str, str], faults: list[Fault] | None = None
) -> dict[str, Count]:
    """Counts for "company" and "place" over samples tagged as the corpus is; faults are added to the list given."""
    counts = dict.fromkeys(TAGS, Count())
    for sample, doc in zip(samples, read_texts(nlp, (s.text for s in samples)), strict=True):
        orgs = [m for m in sample.marks if m.label == "org"]
        ents = [Mark(e.start_char, e.end_char, e.label_) for e in doc.ents]
        for tag in TAGS:
            tagged = {m for m in sample.marks if m.label == tag}
            found = [Mark(e.start, e.end, tag) for e in ents if e.label == labels[tag]]
            right = tagged & set(found)
            false = _false(found, right, orgs)
            counts[tag] += Count(len(right), len(tagged), len(right) + len(false))
            if faults is not None:
                faults += [_fault("-", m, sample, ents) for m in sorted(tagged - right, key=lambda m: m.start)]
                faults += [_fault("+", m, sample, sample.marks) for m in false]
    return counts


def _fault(sign: str, mark: Mark, sample: Sample, others: Iterable[Mark]) -> Fault:
    text = sample.text
    instead = [f"{text[o.start : o.end]} {o.label}" for o in others if o.start < mark.end and mark.start < o.end]
    around = text[max(0, mark.start - 40) : mark.end + 30].replace("\n", "⏎")
    return Fault(sign, mark.label, sample.name, text[mark.start : mark.end], ", ".join(instead), around)
