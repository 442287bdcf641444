"""Learning the weights of roles and facts from the annotated releases: `python -m pipeline.learn`.

Writes pipeline/model/linker.json. Mentions are the annotated ones, so that the choice of facts is learned from what is
true of the text; the confidence is fitted on what the whole program finds in releases left out in turn.
"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.choose import Weights
from pipeline.corpus import KINDS, Annotated, Gold, read_folder
from pipeline.document import Document
from pipeline.grammar import Grammar
from pipeline.readers.layout import Layout
from pipeline.recognise import Context, Found
from pipeline.recognise.quantities import QuantityReader, found_of
from pipeline.recognise.roles import DECISIONS, ROLES, features, tell
from pipeline.relate.scene import Scene
from pipeline.relate.training import Instance, fit, learn
from pipeline.sentences import SentenceSplitter
from rules import load

CORPUS = Path(__file__).parent.parent / "corpus" / "releases"
SPLITS = ("train", "written")
OUT = Path(__file__).parent / "model" / "linker.json"
ROLE_L2, FACT_L2 = 6.0, 4.0
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
        for figure in figures:
            kind = figure.kind.name
            if kind not in ROLES:
                continue
            span = found_of(context, figure, None)
            gold = [m for m in release.mentions if KINDS[m.tag] == kind and m.start < span.end and span.start < m.end]
            if gold:
                base = features(context, figure, figures)
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
    """Weights of every decision but the confidence."""
    roles = fit((i for r in releases for i in teacher.roles(r)), ROLE_L2)
    facts = learn([(teacher.scene(r), r.facts) for r in releases], FACT_L2)
    return {**roles.tables, **facts.tables}


def main() -> int:
    releases = list(read_folder(CORPUS, SPLITS).values())
    tables = dict(weights(releases, Teacher()))
    if OUT.exists():
        tables["confidence"] = json.loads(OUT.read_text(encoding="utf-8")).get("confidence", {})
    OUT.write_text(json.dumps(tables, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    count = sum(len(t) for t in Weights(tables).tables.values())
    print(f"{OUT.name}: {count} weights from {len(releases)} releases", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
