"""A release for people at a terminal: its facts in a table, or every mention and fact with where it comes from."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pipeline.records import Amount, Area, Energy, Fact, Jobs, Mention, Power, Quantity, Release

if TYPE_CHECKING:
    from rules import Rules
    from rules.messages import Messages

SLOTS = ("amount", "power", "energy", "jobs", "area", "revenue")
LISTS = ("companies", "organisations", "amounts", "powers", "energies", "jobs", "areas", "places", "dates")
NARROW, WIDE = 60, 140
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def facts_table(release: Release, say: Messages, width: int | None = None) -> str:
    """Title, mentions by kind, then each fact: who does what, its figures, where, when, how surely, in which words."""
    width = max(NARROW, min(WIDE, width or shutil.get_terminal_size((100, 24)).columns))
    out = [*textwrap.wrap(release.title or release.source.uri or "", width)]
    days = [(key, day) for key, day in (("published", release.published), ("updated", release.updated)) if day]
    if days:
        out.append(", ".join(say(f"show.{key}", date=day.isoformat()) for key, day in days))
    for notice in release.warnings:
        told = say.get(f"warning.{notice.code}")
        out.append(say("show.warning", text=(told or notice.code).format(n=notice.count)))
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
            words = dict.fromkeys(" ".join(e.text.split()) for e in entries)
            label = f"{say(f'kind.{name}')} ({len(entries)})"
            yield from textwrap.wrap(f"{label} : {', '.join(words)}", width, subsequent_indent="    ")


def _fact(fact: Fact, number: int, say: Messages, width: int) -> Iterator[str]:
    who = fact.company or say("show.nobody")
    sure = f"{round(100 * fact.confidence)} %"
    yield f"{number:>2}. {who} — {say(f'action.{fact.action}')} ({say(f'status.{fact.status}')}, {sure})"
    parts = [figure_words(slot, figure, say) for slot in SLOTS if (figure := getattr(fact, slot)) is not None]
    if fact.places:
        parts.append(", ".join(place.name for place in fact.places))
    if fact.date is not None:
        parts.append(period_words(fact.date.first.isoformat(), fact.date.last.isoformat(), say))
    if parts:
        yield from textwrap.wrap(" · ".join(parts), width, initial_indent="    ", subsequent_indent="    ")
    quote = say("show.quote", text=" ".join(fact.evidence.text.split()))
    quote = textwrap.shorten(quote, 3 * width, placeholder=" …")
    yield from textwrap.wrap(quote, width, initial_indent="    ", subsequent_indent="    ")
    if fact.why:
        doubts = "; ".join(say(f"why.{code}") for code in fact.why)
        yield from textwrap.wrap(f"({doubts})", width, initial_indent="    ", subsequent_indent="    ")


def period_words(first: str, last: str, say: Messages) -> str:
    return first if first == last else say("unit.period", first=first, last=last)


def number_words(value: float, say: Messages) -> str:
    """Digits grouped and with the decimal sign of the language."""
    text = f"{value:,.10g}" if value != int(value) else f"{int(value):,}"
    return text.replace(",", "\0").replace(".", say("number.decimal")).replace("\0", say("number.group"))


def figure_words(slot: str, figure: Quantity, say: Messages) -> str:
    """A figure with its bound and unit: "jusqu’à 4 Md€"."""

    def one(value: float) -> str:
        if isinstance(figure, Amount):
            scale, factor = ("", 1.0)
            for key, size in (("billion", 1e9), ("million", 1e6)):
                if value >= size:
                    scale, factor = say(f"number.{key}"), size
                    break
            sign = SIGNS.get(figure.currency, f" {figure.currency}")
            return say("unit.money", x=number_words(round(value / factor, 6), say), scale=scale, currency=sign)
        unit = {Power: "power", Energy: "energy", Jobs: "jobs", Area: "area"}[type(figure)]
        return say(f"unit.{unit}", x=number_words(value, say), n=number_words(value, say))

    high = one(figure.max) if figure.max is not None else ""
    words = say(f"bound.{figure.bound}", x=one(figure.figure), max=high)
    return say("show.revenue", x=words) if slot == "revenue" else words


def explanation(release: Release, rules: Rules, say: Messages) -> str:
    """Every mention and fact with the rule or model that made it, and what lowered its confidence."""
    about = dict(rules.rules())
    out = [say("explain.title")]
    for name in LISTS:
        for entry in getattr(release, name):
            span = say("explain.span", start=entry.start, end=entry.end)
            rule = entry.rule or ""
            origin = (
                say("explain.by_rule", rule=rule, about=", ".join(about[rule].examples[:2]))
                if rule in about
                else say("explain.by_model", rule=rule)
                if rule
                else say("explain.by_nobody")
            )
            out.append(f"  {span}  {say(f'kind.{name}')}: {entry.text!r} {_values(entry)}  [{origin}]")
    out += ["", say("explain.facts")]
    for fact in release.facts:
        out += [*_explained(fact, say), ""]
    return "\n".join(out)


def _values(entry: Mention) -> str:
    skipped = {"start", "end", "text", "rule", "page"}
    values = entry.model_dump(mode="json", exclude=skipped, exclude_none=True)
    return ", ".join(f"{key}={value}" for key, value in values.items())


def _explained(fact: Fact, say: Messages) -> Iterable[str]:
    yield f"  {fact.id}  {say('explain.confidence', x=f'{fact.confidence:.2f}')}"
    yield "    " + say("explain.fact_company", x=fact.company or say("show.nobody"))
    yield "    " + say("explain.fact_action", x=f"{say(f'action.{fact.action}')} ({say(f'status.{fact.status}')})")
    for slot in SLOTS:
        figure = getattr(fact, slot)
        if figure is not None:
            words = f"{figure_words(slot, figure, say)} ← {figure.text!r} {figure.start}–{figure.end}"
            yield "    " + say("explain.fact_figure", slot=say(f"slot.{slot}"), x=words)
    if fact.places:
        yield "    " + say("explain.fact_places", x=", ".join(f"{p.name} ({p.code or p.kind})" for p in fact.places))
    if fact.date is not None:
        words = period_words(fact.date.first.isoformat(), fact.date.last.isoformat(), say)
        yield "    " + say("explain.fact_date", x=words)
    yield "    " + say("explain.fact_evidence", text="", x=" ".join(fact.evidence.text.split()))
    if fact.why:
        yield "    " + say("explain.reasons") + " " + "; ".join(say(f"why.{code}") for code in fact.why)
    else:
        yield "    " + say("explain.no_reasons")
