"""Learning the weights of roles and facts from the annotated releases: `python -m pipeline.learn`.

Writes pipeline/model/linker.json. The confidence is fitted on what the whole program finds in releases left out in turn.
"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from pipeline.choose import Weights
from pipeline.corpus import KINDS, Annotated, Gold, read_folder
from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.evaluate import pair_rows, row_of
from pipeline.grammar import Grammar
from pipeline.readers.layout import Layout
from pipeline.recognise import Context, Found
from pipeline.recognise.quantities import QuantityReader, found_of
from pipeline.recognise.roles import DECISIONS, ROLES, CueIndex, features, tell
from pipeline.relate import confidence_features
from pipeline.relate.linker import Linked, Thresholds, link
from pipeline.relate.scene import Scene
from pipeline.relate.training import Instance, fit, learn
from pipeline.sentences import SentenceSplitter
from rules import load

CORPUS = Path(__file__).parent.parent / "corpus" / "releases"
SPLITS = ("train", "written")
OUT = Path(__file__).parent / "model" / "linker.json"
FOLDS = 3
DEV_WEIGHT = (
    2  # the names of dev were not learned by the recogniser either: there the program is as unsure as it will be
)
ROLE_L2, FACT_L2 = 6.0, 8.0
FIELDS = {"power": ("mw", "megawatts"), "energy": ("mwh", "megawatt_hours"), "area": ("m2", "square_metres")}


class Teacher:
    """What is needed to look at an annotated release as the program would."""

    def __init__(self) -> None:
        rules = load()
        self._layout = Layout(rules)
        self._grammar = Grammar(rules)
        self._splitter = SentenceSplitter(rules)
        self._figures = QuantityReader(self._grammar)

    def scene(self, release: Annotated) -> Scene:
        document = self._layout.document(Document(release.text))
        matches = self._grammar.scan(document.tokens)
        found = [gold_found(m) for m in release.mentions]
        return Scene(document, self._splitter.split(document), found, matches, release.published)

    def roles(self, release: Annotated) -> Iterator[tuple[str, Instance]]:
        """Figures that the program finds where the annotation has one, with its role."""
        document = self._layout.document(Document(release.text))
        context = Context(document, self._grammar.scan(document.tokens), (), release.published)
        figures = self._figures.find(context)
        index = CueIndex(context, figures)
        for figure in figures:
            kind = figure.kind.name
            if kind not in ROLES:
                continue
            span = found_of(context, figure, None)
            gold = [m for m in release.mentions if KINDS[m.tag] == kind and m.start < span.end and span.start < m.end]
            if gold:
                base = features(context, figure, index)
                right = ROLES[kind].index(gold[0].attributes["role"])
                yield DECISIONS[kind], ([tell(role, base) for role in ROLES[kind]], [right])


def gold_found(gold: Gold) -> Found:
    """An annotated mention as if it had been recognised."""
    said = gold.attributes
    values: dict[str, Any]
    if gold.tag in ("company", "org"):
        values = {"name": said.get("name", gold.text)}
    elif gold.tag == "place":
        values = {"name": said["name"], "kind": said["kind"], "code": said.get("insee") or said.get("code")}
    elif gold.tag == "date":
        values = {name: datetime.date.fromisoformat(said[at]) for name, at in (("first", "start"), ("last", "end"))}
    else:
        attribute, name = FIELDS.get(gold.tag, ("value", "value"))
        high = said.get("max")
        values = {name: float(said[attribute]), "max": float(high) if high else None}
        values["bound"] = said.get("bound", "exact")
        values |= {k: said[k] for k in ("currency", "role") if k in said}
    return Found(KINDS[gold.tag], gold.start, gold.end, values, "gold")


def weights(releases: Sequence[Annotated], teacher: Teacher) -> dict[str, Mapping[str, float]]:
    """Weights of every decision but the confidence.

    Facts are learned twice from each release: from its annotated mentions, and from those the program finds itself,
    whose faults it must live with.
    """
    roles = fit((i for r in releases for i in teacher.roles(r)), ROLE_L2)
    engine = Engine(load(), roles)
    found = engine.scenes(Document(r.text, published=r.published) for r in releases)
    scenes = [(teacher.scene(r), r.facts) for r in releases]
    scenes += [(scene, r.facts) for scene, r in zip(found, releases, strict=True)]
    return {**roles.tables, **learn(scenes, FACT_L2).tables}


Sample: TypeAlias = tuple[dict[str, float], int, int]  # features of a row, its right slots, all its slots


def samples(releases: Sequence[Annotated], tables: Mapping[str, Mapping[str, float]]) -> Iterator[Sample]:
    """What weights make of releases they were not learned from: each row with its slots right and in all."""
    engine = Engine(load(), Weights(tables))
    documents = [Document(r.text, published=r.published) for r in releases]
    for gold, scene in zip(releases, engine.scenes(documents), strict=True):
        linked = link(scene, Weights(tables), Thresholds())
        golds, rows = [row_of(f, True) for f in gold.facts], [row_of(_as_fact(k), False) for k in linked]
        partner = {j: i for i, j in pair_rows(golds, rows)}
        for j, one in enumerate(linked):
            right = len(golds[partner[j]][1] & rows[j][1]) if j in partner else 0
            yield confidence_features(one), right, len(rows[j][1])


def _as_fact(linked: Linked) -> dict[str, Any]:
    """A row as the scorer reads facts."""
    figures = {slot: dict(a.item.found.values) for slot, a in linked.row.figures.items() if a.item is not None}
    date = {k: linked.date.found.values[k] for k in ("first", "last")} if linked.date else None
    places = [{"name": item.name} for item in linked.places]
    return {"company": linked.row.actor, "action": linked.action, "places": places, "date": date, **figures}


def fit_confidence(data: Sequence[Sample], l2: float = 2.0, rounds: int = 2000) -> dict[str, float]:
    """Logistic regression of the share of right slots on the features of rows, each slot counting once."""
    names = sorted({name for features, _, _ in data for name in features})
    x = np.array([[features.get(name, 0.0) for name in names] for features, _, _ in data])
    right, count = np.array([r for _, r, _ in data]), np.array([c for _, _, c in data])
    table = np.zeros(len(names))
    ridge = np.where([name == "bias" for name in names], 0.0, l2)
    step = 1.0 / (0.25 * np.linalg.norm(x * np.sqrt(count)[:, None], 2) ** 2 + l2)  # the slope's own bound
    for _ in range(rounds):
        guess = 1 / (1 + np.exp(-x @ table))
        table -= step * (x.T @ (count * guess - right) + ridge * table)
    return {name: round(float(w), 4) for name, w in zip(names, table, strict=True)}


def _folded(releases: Sequence[Annotated], fold: int, teacher: Teacher) -> list[Sample]:
    rest = [r for n, r in enumerate(releases) if n % FOLDS != fold]
    return list(samples(releases[fold::FOLDS], weights(rest, teacher)))


def main() -> int:
    teacher = Teacher()
    releases = list(read_folder(CORPUS, SPLITS).values())
    tables = dict(weights(releases, teacher))
    held = [s for fold in range(FOLDS) for s in _folded(releases, fold, teacher)]
    held += list(samples(list(read_folder(CORPUS, ["dev"]).values()), tables)) * DEV_WEIGHT
    tables["confidence"] = fit_confidence(held)
    OUT.write_text(json.dumps(tables, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    count = sum(len(t) for t in Weights(tables).tables.values())
    print(f"{OUT.name}: {count} weights from {len(releases)} releases", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
