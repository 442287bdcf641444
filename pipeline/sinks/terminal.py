"""A release for people at a terminal: its mentions, and its facts one after the other."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.records import Fact, Mention, Release
from pipeline.sinks.words import LISTS, SLOTS, figure_words, percent, period_words, plain, warning_words

if TYPE_CHECKING:
    from rules.messages import Messages

NARROW, WIDE = 60, 140


def facts_table(release: Release, say: Messages, width: int | None = None) -> str:
    """Title, mentions by kind, then each fact: who does what, its figures, where, when, how surely, in which words."""
    width = max(NARROW, min(WIDE, width or shutil.get_terminal_size((100, 24)).columns))
    out = [*textwrap.wrap(plain(release.title or release.source.uri or ""), width)]
    days = [(key, day) for key, day in (("published", release.published), ("updated", release.updated)) if day]
    if days:
        out.append(", ".join(say(f"show.{key}", date=day.isoformat()) for key, day in days))
    for notice in release.warnings:
        out.append(say("show.warning", text=warning_words(notice, say)))
    out += ["", *_mentions(release, say, width), ""]
    if not release.facts:
        return "\n".join([*out, say("show.no_facts")])
    out.append(say("show.facts", n=len(release.facts)))
    for number, fact in enumerate(release.facts, 1):
        out += ["", *_fact(fact, number, say, width)]
    return "\n".join(out)


def _mentions(release: Release, say: Messages, width: int) -> Iterator[str]:
    """One paragraph for each kind: its distinct words, in the order of the text."""
    for name in LISTS:
        entries: tuple[Mention, ...] = getattr(release, name)
        if entries:
            words = dict.fromkeys(plain(e.text) for e in entries)
            label = f"{say(f'kind.{name}')} ({len(entries)})"
            yield from textwrap.wrap(f"{label} : {', '.join(words)}", width, subsequent_indent="    ")


def _fact(fact: Fact, number: int, say: Messages, width: int) -> Iterator[str]:
    who = plain(fact.company) if fact.company else say("show.nobody")
    sure = percent(fact.confidence, say)
    yield f"{number:>2}. {who} — {say(f'action.{fact.action}')} ({say(f'status.{fact.status}')}, {sure})"
    parts = [figure_words(slot, figure, say) for slot in SLOTS if (figure := getattr(fact, slot)) is not None]
    if fact.places:
        parts.append(", ".join(plain(place.name) for place in fact.places))
    if fact.date is not None:
        parts.append(period_words(fact.date.first.isoformat(), fact.date.last.isoformat(), say))
    if parts:
        yield from textwrap.wrap(" · ".join(parts), width, initial_indent="    ", subsequent_indent="    ")
    quote = say("show.quote", text=plain(fact.evidence.text))
    quote = textwrap.shorten(quote, 3 * width, placeholder=" …")
    yield from textwrap.wrap(quote, width, initial_indent="    ", subsequent_indent="    ")
    if fact.why:
        doubts = "; ".join(say(f"why.{code}") for code in fact.why)
        yield from textwrap.wrap(f"({doubts})", width, initial_indent="    ", subsequent_indent="    ")
