"""The accuracy gate: `corpus/baseline.json` holds floors of F1 and the checksum of the corpus they were measured on.

`python -m pipeline.gate` measures `dev` against it; `--update` raises the floors to what was measured, less a margin,
and lowers one only when told to by name (`--lower KIND`). `--count` prints the lines of the data sheet's table.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pipeline.corpus import KINDS as TAGS
from pipeline.corpus import CorpusError, read_folder, splits
from pipeline.evaluate import LISTS, TOTALS, Scores, evaluate_folder, through_engine

CORPUS = Path(__file__).parent.parent / "corpus"
SPLIT = "dev"
MARGIN = 0.01  # what a floor stays under the measure it was set by
KINDS = (*LISTS, *(t for t in TOTALS if t != "sure slots"))


class GateError(ValueError):
    """A baseline that cannot stand: one line with the reason."""


def checksum(corpus: Path) -> str:
    """SHA-256 over names and bytes of the annotated releases and of the splits, in order."""
    total = hashlib.sha256()
    for path in [*sorted((corpus / "releases").glob("*.release")), corpus / "splits.toml"]:
        total.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def read_baseline(corpus: Path) -> dict[str, Any]:
    return dict(json.loads((corpus / "baseline.json").read_text(encoding="utf-8")))


def check(baseline: Mapping[str, Any], scores: Scores, corpus: Path) -> list[str]:
    """What is wrong, a line each: a corpus that changed, a kind under its floor, without one, or with one and no gold."""
    wrong = []
    if baseline["checksum"] != checksum(corpus):
        wrong.append("the corpus is not the one the floors were measured on: run python -m pipeline.gate --update")
    for kind, floor in baseline["floors"].items():
        try:
            wrong += scores.below({kind: floor})
        except ValueError as error:
            wrong.append(str(error))
    results = scores.results()
    wrong += [
        f"{k}: annotated, and without a floor" for k in KINDS if results[k]["gold"] and k not in baseline["floors"]
    ]
    return wrong


def updated(baseline: Mapping[str, Any], scores: Scores, corpus: Path, lower: tuple[str, ...]) -> dict[str, Any]:
    """The baseline with floors as measured; GateError when one would sink or go without being named in `lower`."""
    floors = dict(baseline["floors"])
    results = scores.results()
    for kind in KINDS:
        figures = results[kind]
        if not figures["gold"]:
            if kind in floors and kind not in lower:
                raise GateError(f"{kind}: nothing is annotated any more; give its floor up by --lower {kind!r}")
            floors.pop(kind, None)
            continue
        new = round(max(0.0, (figures["f1"] or 0.0) - MARGIN), 3)
        old = floors.get(kind, 0.0)
        if new < old and kind not in lower:
            if (figures["f1"] or 0.0) < old:
                raise GateError(
                    f"{kind}: F1 {figures['f1']:.3f} is under its floor {old}; lower it by --lower {kind!r}"
                )
            new = old
        floors[kind] = new
    return {"split": SPLIT, "checksum": checksum(corpus), "floors": floors}


def counts(corpus: Path) -> list[str]:
    """A line of the data sheet's table for each split: releases, words, facts, mentions by tag."""
    lines = []
    for split in splits(corpus / "releases"):
        releases = read_folder(corpus / "releases", [split]).values()
        tags = Counter(m.tag for r in releases for m in r.mentions)
        words, facts = (sum(n) for n in zip(*((len(r.text.split()), len(r.facts)) for r in releases), strict=True))
        figures = (len(releases), words, facts, *(tags[tag] for tag in TAGS))
        lines.append(f"| {split} | " + " | ".join(f"{n:,}" for n in figures) + " |")
    return lines


@click.command(help=__doc__)
@click.option("--update", is_flag=True)
@click.option("--lower", multiple=True, metavar="KIND")
@click.option("--count", is_flag=True)
def main(update: bool, lower: tuple[str, ...], count: bool) -> None:
    try:
        if count:
            click.echo("\n".join(counts(CORPUS)))
            return
        scores = evaluate_folder(CORPUS / "releases", SPLIT, through_engine)
        click.echo(scores.table())
        if update:
            old = read_baseline(CORPUS) if (CORPUS / "baseline.json").exists() else {"floors": {}}
            new = json.dumps(updated(old, scores, CORPUS, lower), ensure_ascii=False, indent=1)
            (CORPUS / "baseline.json").write_text(new + "\n", encoding="utf-8")
            return
        wrong = check(read_baseline(CORPUS), scores, CORPUS)
    except (GateError, CorpusError) as error:
        raise click.ClickException(str(error)) from error
    if wrong:
        raise click.ClickException("\n".join(wrong))


if __name__ == "__main__":
    main()
