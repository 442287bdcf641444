"""One round over folders and feeds: whatever is new goes into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.desk import feeds
from pipeline.desk.batch import Tally, Watcher, run_batch
from pipeline.desk.fetch import Client
from pipeline.run import Source, find_sources
from pipeline.store import Store, ledger
from pipeline.workers import LIMIT

if TYPE_CHECKING:
    from pipeline.run import Processor


def is_address(place: str) -> bool:
    """Whether a place to watch is a feed's address, and not a path."""
    return place.lower().startswith(("http://", "https://"))


def watch_round(
    store: Store,
    places: Sequence[str],
    client: Client,
    engine: str,
    watcher: Watcher,
    *,
    every: float,
    workers: int = 1,
    limit: float = LIMIT,
    make: Callable[[], Processor] | None = None,
) -> tuple[Tally, list[feeds.Round]]:
    """Look once at every place; what was read, and how each feed's look went."""
    rounds: list[feeds.Round] = []

    def sources() -> Iterator[Source]:
        for place in places:
            if is_address(place):
                rounds.append(feeds.Round(place))
                yield from feeds.look(store, client, place, engine, every, rounds[-1])
            else:
                yield from find_sources([place], lambda: b"")

    tally = run_batch(store, sources(), engine, watcher, workers=workers, limit=limit, make=make)
    for done in rounds:
        feeds.keep(store, done, engine)
        tally.met += done.unchanged
        tally.unchanged += done.unchanged
    return tally, rounds


def refused_sources(store: Store, client: Client, codes: Sequence[str]) -> Iterator[Source]:
    """The sources that were refused, to be read again where they were found: each once, a container whole."""
    wanted: dict[str, str] = {}
    for one in ledger.refused(store, codes):
        if one.location is not None:
            wanted[one.parent or one.uri] = one.location
    for uri, location in wanted.items():
        if is_address(location):
            yield feeds.fetched_source(client, location)[0]
        else:
            yield Source(uri, path=Path(location))
