"""Relevé: companies, money, megawatts, jobs, places and dates out of French press releases, as validated records.

`extract(text)` gives a `Release`; `extract_many(texts)` many of them, in order; `read(path)` a `Document`.
The engine is loaded at the first call and kept for the process.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.document import Document
    from pipeline.engine import Engine
    from pipeline.records import Fact, Release

__all__ = ["Document", "Fact", "Release", "extract", "extract_many", "read"]

Day = datetime.date | str | None  # a day, or its ISO form


def extract(text: str, published: Day = None) -> Release:
    """The record of one release; `record.text == text`.

    `published` is the day relative dates count from; without it the text's own statement serves. ValueError when the
    text holds a lone surrogate or `published` is no day.
    """
    return _engine().extract(text, _day(published))


def extract_many(texts: Iterable[str | tuple[str, Day]], workers: int = 1) -> Iterator[Release]:
    """The records of many releases, in order; an element is a text or a pair (text, publication date).

    With `workers` > 1, that many processes share the work, each with an engine of its own.
    """
    pairs = ((t, None) if isinstance(t, str) else (t[0], _day(t[1])) for t in texts)
    if workers == 1:
        return _engine().extract_many(pairs)
    from pipeline.run import extract_parallel

    return extract_parallel(pairs, workers)


def read(source: Path | str | bytes) -> Document:
    """A path's or some bytes' text and layout; `pipeline.readers.Refusal` says why something cannot be read."""
    from pipeline.readers import read as read_source

    return read_source(source)


def _day(day: Day) -> datetime.date | None:
    return datetime.date.fromisoformat(day) if isinstance(day, str) else day


@lru_cache(maxsize=1)
def _engine() -> Engine:
    from pipeline.engine import Engine

    return Engine.load()


def __getattr__(name: str) -> object:
    """The records and Document by name, without loading them before they are asked for."""
    if name in ("Fact", "Release"):
        from pipeline import records

        return getattr(records, name)
    if name == "Document":
        from pipeline.document import Document

        return Document
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
