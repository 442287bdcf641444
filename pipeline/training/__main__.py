"""Make the weights in pipeline/model from the annotated releases, or measure a recipe by folds."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
import numpy as np

from pipeline.language import MODEL, ModelError, load, load_base, recogniser
from pipeline.training.data import folds, read_split
from pipeline.training.drill import load_drill
from pipeline.training.fit import train
from pipeline.training.measure import TAGS, Count, Fault, measure
from pipeline.training.recipe import CONFIG, read_recipe


def _show(name: str, counts: dict[str, Count]) -> None:
    click.echo(f"{name:22} " + "   ".join(f"{tag} {counts[tag]}" for tag in TAGS))


def _list(faults: list[Fault]) -> None:
    for f in faults:
        click.echo(f"{f.sign} {f.tag:8} {f.release}: {f.text!r} [{f.instead}] …{f.around}…")


@click.command(help=__doc__)
@click.option("--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path("corpus"))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=MODEL, help="Where the weights go.")
@click.option("--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=CONFIG)
@click.option("--set", "changes", multiple=True, metavar="SECTION.KEY=VALUE", help="In place of the config's value.")
@click.option("--folds", "k", type=click.IntRange(min=2), help="Measure by k folds of releases and write nothing.")
@click.option("--split", "splits", multiple=True, default=("train", "dev"), help="Splits that the folds are made of.")
@click.option("--measure-only", is_flag=True, help="Measure the weights that are there.")
@click.option("--faults", "listed", is_flag=True, help="List what was missed and what was found wrongly.")
def main(
    corpus: Path,
    out: Path,
    config: Path,
    changes: tuple[str, ...],
    k: int | None,
    splits: tuple[str, ...],
    measure_only: bool,
    listed: bool,
) -> None:
    try:
        recipe = read_recipe(config, changes)
        drill = load_drill(corpus / "drill") if (corpus / "drill").is_dir() else None
        faults: list[Fault] = []
        if k:
            total = dict.fromkeys(TAGS, Count())
            each: list[list[float]] = []
            for i, (learn, held) in enumerate(folds(read_split(corpus, *splits), k), 1):
                counts = measure(train(learn, drill, recipe), held, recipe.labels, faults)
                _show(f"fold {i} of {k}", counts)
                total = {tag: total[tag] + counts[tag] for tag in TAGS}
                each.append([counts[tag].f1 for tag in TAGS])
            _show("all folds", total)
            spread = np.std(each, axis=0)
            click.echo(
                "spread over the folds  " + "   ".join(f"{t} ±{s:.3f}" for t, s in zip(TAGS, spread, strict=True))
            )
        else:
            dev = read_split(corpus, "dev")
            shipped = {**recipe.labels, **{tag: recipe.labels_from.get(x, x) for tag, x in recipe.labels.items()}}
            _show("dev, as shipped", measure(load_base(), dev, shipped))
            if not measure_only:
                began = time.monotonic()
                nlp = train(read_split(corpus, *recipe.corpus.train), drill, recipe)
                out.mkdir(parents=True, exist_ok=True)
                recogniser(nlp).to_disk(out / "ner", exclude=["vocab"])
                click.echo(f"{out / 'ner'} written after {time.monotonic() - began:.0f} s of training")
            _show("dev, these weights", measure(load(out), dev, recipe.labels, faults))
        if listed:
            _list(faults)
    except (ModelError, ValueError, OSError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
