"""When a release says that it was published, and updated.

In this order: the day given by the caller or by the source's metadata; the day behind a word of publication; the day
of a dateline or by itself at the head of the text; the day at its foot. Only full dates count.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from pipeline.document import BlockKind, Document
from pipeline.grammar import Match
from pipeline.recognise import Context, Found
from pipeline.recognise.dates import DateRecogniser

HEAD = 10  # blocks at the head of a text where a dateline may stand
NEAR = 6  # tokens between a word of publication and its date
ALONE = 12  # tokens from the beginning of a block at which a dateline's date begins


class PublicationFinder:
    """Built once; reads the dates of a text without a publication date of its own."""

    def __init__(self, dates: DateRecogniser) -> None:
        self._dates = dates

    def find(
        self, document: Document, matches: Mapping[str, Sequence[Match]]
    ) -> tuple[datetime.date | None, datetime.date | None]:
        """(published, updated); None where the text does not say."""
        days = [f for f in self._dates.find(Context(document, matches)) if f.values["first"] == f.values["last"]]
        updated = document.updated or _behind(document, matches.get("updated_cue", ()), days)
        if document.published is not None:
            return document.published, updated
        published = _behind(document, matches.get("published_cue", ()), days)
        return published or _dateline(document, matches, days), updated


def _behind(document: Document, cues: Sequence[Match], days: Sequence[Found]) -> datetime.date | None:
    """The first full date that stands right behind one of the cues."""
    tokens = document.tokens
    first_of = {tokens.at_start.get(day.start): day for day in days}
    for cue in cues:
        for first in range(cue.last, min(cue.last + NEAR + 1, len(tokens))):
            if first in first_of and tokens.blocks[first] == tokens.blocks[cue.first]:
                return _day(first_of[first])
    return None


def _dateline(
    document: Document, matches: Mapping[str, Sequence[Match]], days: Sequence[Found]
) -> datetime.date | None:
    """The date that opens one of the first blocks ("Lyon, le 3 mai 2024"), or stands in a byline, or closes the text."""
    tokens = document.tokens
    led = {m.last for m in matches.get("event_cue", ())}
    late: datetime.date | None = None
    for day in days:
        first = tokens.at_start.get(day.start)
        if first is None or first in led or first - 1 in led:
            continue
        number = tokens.blocks[first]
        block = document.blocks[number] if number >= 0 else None
        begin = block.start if block else 0
        opens = len(document.view[begin : day.start].split()) <= ALONE and "\n" not in document.view[begin : day.start]
        if number < HEAD and (opens or (block is not None and block.kind is BlockKind.BYLINE)):
            return _day(day)
        if block is not None and block.kind in (BlockKind.BYLINE, BlockKind.FOOTER):
            late = late or _day(day)
    return late


def _day(found: Found) -> datetime.date:
    day = found.values["first"]
    assert isinstance(day, datetime.date)
    return day
