"""Found against annotated: precision, recall and F1 by kind of mention, for the slots of facts and for whole rows.

The counting is that of the contract's scorer, number for number (tests hold one against the other). `corpus` reads the
annotated releases; `mentions` and `facts` pair what was found with them; `scores` counts, tells and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pipeline.corpus import Annotated, plain_text, read_folder
from pipeline.evaluate.facts import pair_rows, row_of, score_facts
from pipeline.evaluate.mentions import Record, score_mentions
from pipeline.evaluate.scores import LISTS, TOTALS, Scores, floors, read_earlier

__all__ = [
    "LISTS",
    "TOTALS",
    "Record",
    "Scores",
    "evaluate_folder",
    "floors",
    "pair_rows",
    "read_earlier",
    "row_of",
    "score",
    "through_engine",
]


def through_engine(texts: list[tuple[str, str]]) -> Iterator[Record]:
    """Records of (name, text) pairs, as `extract` would give them."""
    from pipeline.engine import Engine
    from pipeline.readers import read
    from pipeline.readers.layout import Layout

    layout = Layout.load()
    documents = (read(text.encode(), uri=name, layout=layout) for name, text in texts)
    for release in Engine.load().process(documents):
        yield release.model_dump(mode="json")


def evaluate_folder(
    folder: Path, split: str | None, extract: Callable[[list[tuple[str, str]]], Iterable[Record]]
) -> Scores:
    """Send the plain texts of a folder's releases through `extract` (name and text in, records in order out)."""
    golds = read_folder(folder, [split] if split else None)
    records = extract([(name, plain_text(release)) for name, release in golds.items()])
    return score(golds, dict(zip(golds, records, strict=True)))


def score(golds: Mapping[str, Annotated], records: Mapping[str, Record]) -> Scores:
    """Compare records with annotated releases of the same name; a release without a record found nothing."""
    scores = Scores()
    for name, gold in golds.items():
        record = records.get(name) or {"text": gold.text, "facts": []}
        scores.read += name in records
        score_mentions(scores, gold, record)
        score_facts(scores, gold, record)
    return scores
