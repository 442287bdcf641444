"""Releases → one HTML page that needs nothing else: each text with its mentions marked, beside the facts as cards.

Releases are written to a temporary file as they come, so that memory holds one of them; the page is put together at
the end, since its head tells what the run came to.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, get_args

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from pipeline.readers.refusal import Refusal
from pipeline.records import Action, Mention, Release
from pipeline.sinks.report.cards import Card, Cards
from pipeline.sinks.report.marks import Passage, passages
from pipeline.sinks.report.markup import Mark, marked, shown
from pipeline.sinks.words import LEVELS, LISTS, days_words, warning_words

if TYPE_CHECKING:
    from rules.messages import Messages

_TEMPLATES: Final = files(__name__) / "templates"
ACTIONS: Final[tuple[str, ...]] = get_args(Action)
KINDS: Final = {  # class of the record → list of the release
    "Company": "companies",
    "Organisation": "organisations",
    "Amount": "amounts",
    "Power": "powers",
    "Energy": "energies",
    "Jobs": "jobs",
    "Area": "areas",
    "Place": "places",
    "Date": "dates",
}


@dataclass(frozen=True)
class Entry:
    """A line of the page's table of releases."""

    number: int
    title: str
    published: str | None
    facts: int
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Refused:
    uri: str
    reason: str  # in words


class ReportSink:
    """Takes releases and refusals until it is closed; then writes the page to `out`."""

    def __init__(self, out: BinaryIO, say: Messages) -> None:
        self._out, self._say = out, say
        self._cards = Cards(say)
        self._body = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close)
        self._entries: list[Entry] = []
        self._refused: list[Refused] = []
        environment = Environment(
            loader=FunctionLoader(_source),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["shown"] = shown
        environment.globals.update(
            say=say, kinds=LISTS, actions=ACTIONS, levels=LEVELS, days=partial(days_words, say=say)
        )
        self._page = environment.get_template("page.html")
        self._release = environment.get_template("release.html")

    def write(self, release: Release) -> None:
        """One release, as a section of the page."""
        number = len(self._entries) + 1
        cards = self._cards.of(release)
        cut = passages(
            len(release.text),
            [(m.start, m.end) for m in release.mentions()],
            [(f.evidence.start, f.evidence.end) for f in release.facts],
        )
        prefix = f"r{number}"
        entry = Entry(
            number,
            release.title or release.source.uri or release.id,
            release.published.isoformat() if release.published else None,
            len(release.facts),
            tuple(warning_words(notice, self._say) for notice in release.warnings),
        )
        html = self._release.render(
            release=release,
            entry=entry,
            prefix=prefix,
            text=marked(release.text, cut, self._marks(release.mentions(), cards, prefix), prefix),
            cards=[(card, *reach) for card, reach in zip(cards, _reaches(cut, len(cards)), strict=True)],
        )
        self._body.write(html.encode())
        self._entries.append(entry)

    def refuse(self, refusal: Refusal, reason: str) -> None:
        """A source that gave no release, with the reason in words."""
        self._refused.append(Refused(refusal.uri, reason))

    def close(self) -> None:
        """Write the page: head, releases, end."""
        style, script = _source("report.css"), _source("report.js")
        before, _, after = self._page.render(
            entries=self._entries,
            refused=self._refused,
            facts=sum(entry.facts for entry in self._entries),
            warned=sum(bool(entry.warnings) for entry in self._entries),
            style=Markup(style),
            script=Markup(script),
            style_hash=_digest(style),
            script_hash=_digest(script),
            body=Markup(_BODY),
        ).partition(_BODY)
        self._out.write(before.encode())
        self._body.seek(0)
        shutil.copyfileobj(self._body, self._out)
        self._body.close()
        self._out.write(after.encode() + b"\n")
        self._out.flush()

    def _marks(self, mentions: list[Mention], cards: list[Card], prefix: str) -> list[Mark]:
        """How each mention is shown; one that facts use leads to the first of them."""
        users: dict[int, list[int]] = {}
        for card in cards:
            for mark in card.marks:
                users.setdefault(mark, []).append(card.number)
        marks = []
        for number, mention in enumerate(mentions):
            kind = KINDS[type(mention).__name__]
            told = self._say(f"kind_one.{kind}")
            link = None
            if number in users:
                facts = users[number]
                link = f"#{prefix}f{facts[0]}"
                told = self._say("report.mark_used", kind=told, n=len(facts), facts=", ".join(map(str, facts)))
            marks.append(Mark(kind, self._say(f"sign.{kind}"), told, link))
        return marks


_BODY: Final = "\N{NULL}"  # where the releases go: no text of the head can hold it, `shown` tells it by its number


def _reaches(cut: list[Passage], facts: int) -> Iterator[tuple[int, int]]:
    """First and last passage of each fact's evidence."""
    first, last = [0] * facts, [0] * facts
    for number, passage in reversed(list(enumerate(cut))):
        for fact in passage.facts:
            first[fact] = number
    for number, passage in enumerate(cut):
        for fact in passage.facts:
            last[fact] = number
    return zip(first, last, strict=True)


def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """As a Content-Security-Policy names a script or a style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@contextmanager
def open_report(path: Path | None, stdout: BinaryIO, say: Messages) -> Iterator[ReportSink]:
    """A report on a file, or on standard output; what came so far is written also after an interruption.

    OSError when the file cannot be written.
    """
    out = path.open("wb") if path is not None else stdout
    try:
        sink = ReportSink(out, say)
        try:
            yield sink
        finally:
            sink.close()
    finally:
        if path is not None:
            out.close()
