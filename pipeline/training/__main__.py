"""Make the weights in pipeline/model from the annotated releases, step by step, or measure them by folds.

`recogniser` trains the entity recogniser; `entities` has each release looked at by recognisers that have not seen it;
`choices` learns all other decisions from what those found; `folds` measures the whole program by folds of releases.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from spacy.language import Language

from pipeline.choose import save
from pipeline.corpus import CorpusError, read_folder
from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.entity import Entity
from pipeline.language import MODEL, ModelError, load, load_base, recogniser
from pipeline.training.data import Sample, read_split
from pipeline.training.data import folds as fold_samples
from pipeline.training.drill import Drill, load_drill
from pipeline.training.fit import train
from pipeline.training.measure import TAGS, Count, measure
from pipeline.training.recipe import CONFIG, read_recipe
from rules import load as load_rules

ENTITIES = Path("out/training/entities.json")
LEARNED = ("train", "written", "told", "retold", "again", "dense")
SHORT = ("short", "mentions")
CORE = ("train", "retold", "again", "dense")  # releases like those to be read


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (ModelError, CorpusError, ValueError, OSError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)


def _tell(name: str, counts: dict[str, Count]) -> None:
    click.echo(f"{name:22} " + "   ".join(f"{tag} {counts[tag]}" for tag in TAGS))


def _drill(corpus: Path) -> Drill | None:
    return load_drill(corpus / "drill") if (corpus / "drill").is_dir() else None


def _apart(corpus: Path) -> dict[str, Container[str]]:
    from pipeline.training.choices import APART

    held = {splits: read_folder(corpus / "releases", splits) for splits in set(APART.values())}
    return {decision: held[splits] for decision, splits in APART.items()}


@click.group(help=__doc__)
def main() -> None:
    pass


corpus_option = click.option(
    "--corpus", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path("corpus")
)
config_option = click.option("--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=CONFIG)
set_option = click.option(
    "--set", "changes", multiple=True, metavar="SECTION.KEY=VALUE", help="Instead of the config's."
)
split_option = click.option("--split", "splits", multiple=True, default=LEARNED, help="Splits to learn from.")
entities_option = click.option("--entities", "path", type=click.Path(path_type=Path, dir_okay=False), default=ENTITIES)
folds_option = click.option("--folds", "k", type=click.IntRange(min=2), default=2)


@main.command(name="recogniser")
@corpus_option
@config_option
@set_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=MODEL, help="Where the weights go.")
def train_recogniser(corpus: Path, config: Path, changes: tuple[str, ...], out: Path) -> None:
    """Train the entity recogniser and write its weights."""
    with _errors():
        recipe = read_recipe(config, changes)
        dev = read_split(corpus, "dev")
        shipped = {**recipe.labels, **{tag: recipe.labels_from.get(x, x) for tag, x in recipe.labels.items()}}
        _tell("dev, as shipped", measure(load_base(), dev, shipped))
        began = time.monotonic()
        nlp = train(
            read_split(corpus, *recipe.corpus.train), _drill(corpus), recipe, read_split(corpus, *recipe.corpus.core)
        )
        out.mkdir(parents=True, exist_ok=True)
        recogniser(nlp).to_disk(out / "ner", exclude=["vocab"])
        click.echo(f"{out / 'ner'} written after {time.monotonic() - began:.0f} s of training")
        _tell("dev, these weights", measure(load(out), dev, recipe.labels))


@main.command()
@corpus_option
@config_option
@set_option
@click.option("--split", "splits", multiple=True, default=(*LEARNED, *SHORT, "dev"), help="Splits that are looked at.")
@entities_option
@click.option("--folds", "k", type=click.IntRange(min=2), default=2)
@click.option("--seed", type=int, default=0, help="One seed is enough here.")
@click.option("--model", type=click.Path(path_type=Path, exists=True, file_okay=False), default=MODEL)
def entities(
    corpus: Path,
    config: Path,
    changes: tuple[str, ...],
    splits: tuple[str, ...],
    path: Path,
    k: int,
    seed: int,
    model: Path,
) -> None:
    """Find the entities of each release with a recogniser that has not learned from it.

    Of the splits that the recogniser of `model` has learned from, those of each fold are looked at by one that is
    trained on the others; all others by that of `model` itself.
    """
    with _errors():
        recipe = read_recipe(config, (*changes, f"training.seeds=[{seed}]"))
        taught = {*recipe.corpus.train, *recipe.corpus.core}
        unseen = read_split(corpus, *(s for s in splits if s not in taught))
        seen = read_split(corpus, *(s for s in splits if s in taught))
        first, core = ({s.name for s in read_split(corpus, *of)} for of in (recipe.corpus.train, recipe.corpus.core))
        found = _look(load(model), unseen)
        for n, (learn, held) in enumerate(fold_samples(seen, k), 1):
            nlp = train(
                [s for s in learn if s.name in first], _drill(corpus), recipe, [s for s in learn if s.name in core]
            )
            found |= _look(nlp, held)
            _tell(f"fold {n} of {k}", measure(nlp, held, recipe.labels))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found), encoding="utf-8")


def _look(nlp: Language, samples: Sequence[Sample]) -> dict[str, list[Entity]]:
    """The entities of each text as the whole program would have them from a recogniser."""
    engine = Engine(load_rules(), {}, {})
    engine.model = nlp
    return {s.name: engine.entities_in(engine.laid_out(Document(s.text))) for s in samples}


@main.command()
@corpus_option
@split_option
@entities_option
@folds_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=MODEL, help="Where the weights go.")
@click.option("--curve", "drawn", type=click.Path(path_type=Path, dir_okay=False), help="Draw the reliability here.")
def choices(corpus: Path, splits: tuple[str, ...], path: Path, k: int, out: Path, drawn: Path | None) -> None:
    """Learn the decisions on names, figures, roles and facts, and the confidence; tell how reliable it is."""
    from pipeline.training import confidence, reliability
    from pipeline.training.choices import School, final, read_entities

    with _errors():
        releases = list(read_folder(corpus / "releases", splits).values())
        short = list(read_folder(corpus / "releases", SHORT).values())
        core = read_folder(corpus / "releases", CORE)
        school = School(releases, read_entities(path), k, short, core, _apart(corpus))
        scorers, samples = final(school)
        folder = out / "choices"
        folder.mkdir(parents=True, exist_ok=True)
        for decision, scorer in scorers.items():
            (folder / f"{decision}.npz").write_bytes(save(scorer))
        text = json.dumps(confidence.fit(samples), ensure_ascii=False, indent=0, sort_keys=True)
        (out / "confidence.json").write_text(text + "\n", encoding="utf-8")
        features = sum(len(s.index) for s in scorers.values())
        bins = reliability.curve(samples)
        click.echo(reliability.table(bins))
        if drawn is not None:
            drawn.write_text(reliability.diagram(bins), encoding="utf-8")
        click.echo(
            f"{folder}: {len(scorers)} decisions, {features} features, from {len(releases)} releases and {len(school.short)} short ones"
        )


@main.command()
@corpus_option
@split_option
@entities_option
@folds_option
@click.option("--measure", "measured", multiple=True, default=("train", "dev"), help="Splits that are measured.")
def folds(corpus: Path, splits: tuple[str, ...], path: Path, k: int, measured: tuple[str, ...]) -> None:
    """Measure the whole program on each fold of releases with weights learned from the others."""
    from pipeline.evaluate import score
    from pipeline.training.choices import School, by_folds, read_entities

    with _errors():
        wanted = {*splits, *measured}
        releases = list(read_folder(corpus / "releases", sorted(wanted)).values())
        short = list(read_folder(corpus / "releases", SHORT).values())
        golds = read_folder(corpus / "releases", measured)
        records = by_folds(School(releases, read_entities(path), k, short, golds, _apart(corpus)))
        click.echo(score(golds, {name: records[name].model_dump(mode="json") for name in golds}).table())


if __name__ == "__main__":
    main()
