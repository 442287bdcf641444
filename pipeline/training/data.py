"""Annotated releases as texts with labelled spans, and these as spaCy Examples."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import filter_spans

from pipeline.document import matching_view

_TAG = re.compile(r"<(/?)([a-z]+)((?:\s+\w+=\"[^\"]*\")*)\s*>")
_RULE = re.compile(r"^---\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled stretch of a text: `text[start:end]`."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A text and all the names marked in it, in order and apart from each other."""

    name: str
    text: str
    marks: tuple[Mark, ...]


def untag(tagged: str) -> tuple[str, list[Mark]]:
    """Text without its inline tags, and a mark for each tag; ValueError if tags are nested or left open."""
    parts: list[str] = []
    marks: list[Mark] = []
    length = position = 0
    opened: tuple[str, int] | None = None
    for tag in _TAG.finditer(tagged):
        parts.append(tagged[position : tag.start()])
        length += tag.start() - position
        position = tag.end()
        closing, kind = bool(tag.group(1)), tag.group(2)
        if closing != (opened is not None) or (opened and opened[0] != kind):
            raise ValueError(f"tag out of place: {tag.group()!r} at {tag.start()}")
        if opened:
            marks.append(Mark(opened[1], length, kind))
            opened = None
        else:
            opened = (kind, length)
    if opened:
        raise ValueError(f"tag left open: {opened[0]!r}")
    parts.append(tagged[position:])
    return "".join(parts), marks


def read_release(path: Path) -> Sample:
    """A `.release` file as its text and its tags, labels being the names of the tags."""
    sections = _RULE.split(path.read_text(encoding="utf-8"))
    if len(sections) != 3:
        raise ValueError(f"{path}: three parts between lines of --- expected, {len(sections)} found")
    try:
        text, marks = untag(sections[1].strip("\n"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return Sample(path.stem, text, tuple(marks))


def read_split(corpus: Path, *splits: str) -> list[Sample]:
    """The releases of some splits, in the order of splits.toml."""
    names = tomllib.loads((corpus / "splits.toml").read_text(encoding="utf-8"))
    return [read_release(corpus / "releases" / f"{name}.release") for split in splits for name in names[split]]


def folds(samples: list[Sample], k: int) -> Iterator[tuple[list[Sample], list[Sample]]]:
    """k pairs of (learn from, measure on), by release; every release is measured once."""
    ordered = sorted(samples, key=lambda sample: sample.name)
    for fold in range(k):
        yield [s for i, s in enumerate(ordered) if i % k != fold], ordered[fold::k]


def relabel(sample: Sample, labels: Mapping[str, str]) -> Sample:
    """The sample with its tags as labels of the model; a tag without a label is no name."""
    marks = (Mark(m.start, m.end, labels[m.label]) for m in sample.marks if m.label in labels)
    return Sample(sample.name, sample.text, tuple(marks))


def rehearse(
    samples: Iterable[Sample], shipped: Language, labels: Mapping[str, str], kept: frozenset[str]
) -> list[Sample]:
    """Samples in the model's labels, with the shipped model's own names of the `kept` labels where no tag stands.

    They hold in place what the shipped model knows and the tags do not say (persons, above all).
    """
    out = []
    for sample in samples:
        taken = {i for m in sample.marks for i in range(m.start, m.end)}
        marks = [
            *relabel(sample, labels).marks,
            *(
                Mark(e.start_char, e.end_char, e.label_)
                for e in shipped(matching_view(sample.text)).ents
                if e.label_ in kept and taken.isdisjoint(range(e.start_char, e.end_char))
            ),
        ]
        out.append(Sample(sample.name, sample.text, tuple(sorted(marks, key=lambda m: m.start))))
    return out


def example(nlp: Language, sample: Sample) -> Example:
    """A spaCy Example over the matching view; a mark that cuts a token leaves that token's label unknown."""
    predicted = nlp.make_doc(matching_view(sample.text))
    reference = Doc(nlp.vocab, words=[t.text for t in predicted], spaces=[bool(t.whitespace_) for t in predicted])
    whole: list[Span] = []
    cut: list[Span] = []
    for mark in sample.marks:
        span = reference.char_span(mark.start, mark.end, label=mark.label)
        if span is not None:
            whole.append(span)
        elif (around := reference.char_span(mark.start, mark.end, alignment_mode="expand")) is not None:
            cut.append(around)
    reference.set_ents(
        whole, missing=filter_spans([c for c in cut if all(c.end <= w.start or w.end <= c.start for w in whole)])
    )
    return Example(predicted, reference)
