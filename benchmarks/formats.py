"""The same releases as text, web page, PDF, Word document and mail: `python -m benchmarks.formats`.

Prints each release whose facts differ between formats (facts told by lines that the format's reader leaves out whole,
such as links to other articles on a page, are counted apart), and words per second of reading and of the whole way, beside
the text's. Only releases that serve training are read: nothing is chosen by looking at the others.
"""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from benchmarks.writers import as_docx, as_eml, as_html, as_pdf, parts_of
from pipeline.corpus import Annotated, plain_text, read_folder
from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.readers import Layout, Readers
from pipeline.records import Fact, Release

CORPUS = Path(__file__).parent.parent / "corpus" / "releases"
SPLITS = ("train", "written")
FIGURES = ("amount", "power", "energy", "jobs", "area", "revenue")
FORMATS = ("txt", "html", "docx", "eml", "pdf", "pdf, 2 columns")


def written(release: Annotated, layout: Layout) -> dict[str, bytes]:
    """A release in each format."""
    text = plain_text(release)
    parts = parts_of(text, layout)
    title = next((p.text for p in parts if p.kind == "title"), "Information")
    return {
        "txt": text.encode(),
        "html": as_html(parts, release.published).encode(),
        "docx": as_docx(parts),
        "eml": as_eml(text, parts, release.published, title),
        "pdf": as_pdf(parts),
        "pdf, 2 columns": as_pdf(parts, columns=2),
    }


def values(fact: Fact) -> tuple[Any, ...]:
    """What a fact says, without where it says it."""
    figures = []
    for name in FIGURES:
        figure = getattr(fact, name)
        figures.append((figure.figure, figure.max, figure.bound, getattr(figure, "currency", "")) if figure else None)
    places = tuple((p.name.replace("\u202f", " "), p.kind, p.code) for p in fact.places)
    date = (fact.date.first, fact.date.last) if fact.date else None
    return (fact.company, fact.action, fact.status, *figures, places, date)


def differences(text: Release, other: Release) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Facts that only the text gives, though the other format has their words, and those that only the other gives."""
    missing = left_out(text, other)
    told = [fact for fact in text.facts if fact not in missing]
    first, second = Counter(map(values, told)), Counter(map(values, other.facts))
    return list((first - second).elements()), list((second - first).elements())


def left_out(text: Release, other: Release) -> list[Fact]:
    """The text's facts for which the other format has no words."""
    said = _letters(other.text)
    return [fact for fact in text.facts if _letters(fact.evidence.text) not in said]


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


@dataclass
class Tally:
    """Of one format: facts, how many differ from the text's, releases that differ, words, seconds.

    `left_out` are the text's facts whose words the format's reader leaves out.
    """

    facts: int = 0
    lost: int = 0
    added: int = 0
    left_out: int = 0
    differing: list[str] = field(default_factory=list)
    words: int = 0
    reading: float = 0
    whole: float = 0


@click.command(help=__doc__)
@click.option("--limit", type=int, help="Only that many releases.")
@click.option("--show", help="Show what differs in this format.")
def main(limit: int | None, show: str | None) -> None:
    engine, layout = Engine.load(), Layout.load()
    readers = Readers(layout)
    tallies = {form: Tally() for form in FORMATS}
    releases = list(read_folder(CORPUS, SPLITS).values())[:limit]
    for release in releases:
        records: dict[str, Release] = {}
        for form, data in written(release, layout).items():
            tally, start = tallies[form], time.perf_counter()
            document = next(d for d in readers.documents(data, release.name) if isinstance(d, Document))
            read = time.perf_counter()
            records[form] = next(engine.process([document]))
            end = time.perf_counter()
            tally.words += len(release.text.split())
            tally.reading += read - start
            tally.whole += end - start
        for form, record in records.items():
            tally = tallies[form]
            lost, added = differences(records["txt"], record)
            tally.facts += len(record.facts)
            tally.lost += len(lost)
            tally.added += len(added)
            tally.left_out += len(left_out(records["txt"], record))
            if lost or added:
                tally.differing.append(release.name)
                if form == show:
                    click.echo(f"{release.name}\n" + "".join(f"  - {x}\n" for x in lost) + "".join(f"  + {x}\n" for x in added))  # fmt: skip
    click.echo(f"{len(releases)} releases\n")
    click.echo(f"{'format':16}{'facts':>7}{'lost':>6}{'added':>7}{'left out':>10}{'releases that differ':>22}{'words/s read':>14}{'words/s in all':>16}")  # fmt: skip
    for form, t in tallies.items():
        click.echo(f"{form:16}{t.facts:7}{t.lost:6}{t.added:7}{t.left_out:10}{len(t.differing):22}{t.words / t.reading:14,.0f}{t.words / t.whole:16,.0f}")  # fmt: skip
    for form, t in tallies.items():
        if t.differing:
            click.echo(f"\n{form}: {', '.join(t.differing)}")


if __name__ == "__main__":
    main()
