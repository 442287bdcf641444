"""What people checked, as annotated releases (`.release`, corpus/ANNOTATION.md) that can join the corpus.

A release goes out when every one of its facts was decided; the facts that were not rejected are its rows. Its mentions
are those of the record, with what people corrected of them. Before it is given out it is read back as the corpus reads
it: its text must be the same to the letter, else it is told why it stays.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from pipeline.corpus import CorpusError, read_release
from pipeline.records import (
    Amount,
    Area,
    Company,
    Date,
    Energy,
    Fact,
    Jobs,
    Mention,
    Organisation,
    Place,
    Power,
    Quantity,
    Release,
)
from pipeline.review.words import names_of
from pipeline.sinks.words import SLOTS
from pipeline.store import Store, facts
from pipeline.store.facts import Kept

_NAME: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Written:
    """An annotated release: the name of its file, and what is in it."""

    name: str
    content: str


@dataclass(frozen=True)
class Left:
    """A release that stays: `code` undated, undecided or unfaithful; `detail` is one line."""

    uri: str
    code: str
    detail: str = ""


def annotated(store: Store) -> Iterator[Written | Left]:
    """Every release of which some fact was decided, by source; those with undecided facts are left."""
    rows = store.connection.execute(
        """SELECT s.id, s.uri, s.standing, sum(f.state IS NULL OR f.look) AS waiting FROM source s
        JOIN fact f ON f.source = s.id WHERE s.standing IS NOT NULL
        GROUP BY s.id HAVING sum(f.state IS NOT NULL) ORDER BY s.uri"""
    ).fetchall()
    taken: set[str] = set()
    for row in rows:
        if row["waiting"]:
            yield Left(row["uri"], "undecided", str(row["waiting"]))
            continue
        kept = [k for k in facts.of_source(store, row["id"]) if not facts.orphaned(k.fact_id)]
        name = _free(_NAME.sub("-", Path(row["uri"]).stem.lower()).strip("-")[:60] or "release", taken)
        try:
            yield Written(f"{name}.release", content(store.release(row["standing"]), kept))
        except _Stays as stays:
            yield Left(row["uri"], stays.code, stays.detail)


def as_zip(written: Sequence[Written]) -> bytes:
    """The files in one archive, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in written:
            archive.writestr(zipfile.ZipInfo(one.name), one.content)
    return out.getvalue()


class _Stays(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def content(release: Release, kept: Sequence[Kept]) -> str:
    """The file of one release whose facts were decided."""
    if release.published is None:
        raise _Stays("undated")
    told = [k.fact for k in kept if k.state != "rejected"]
    head = {"published": release.published.isoformat(), "genre": "reviewed", "engine": release.engine}
    if release.source.uri:
        head["source"] = " ".join(release.source.uri.split())
    body = _tagged(release, told)
    rows = yaml.safe_dump([_row(f, release) for f in told], allow_unicode=True, sort_keys=False, width=10_000)
    lines = "".join(f"{key}: {value}\n" for key, value in head.items())
    whole = f"{lines}---\n{body}\n---\n{rows if told else '[]'}"
    _prove(whole, release)
    return whole


def _prove(whole: str, release: Release) -> None:
    """Read it back as the corpus does: nothing may have changed on the way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "proof.release"
        try:
            path.write_text(whole, encoding="utf-8", newline="")
            back = read_release(path)
        except (CorpusError, UnicodeEncodeError) as error:
            raise _Stays("unfaithful", " ".join(str(error).split())[:200]) from None
    if back.text != release.text.strip("\n"):
        raise _Stays("unfaithful")


def _tagged(release: Release, told: Sequence[Fact]) -> str:
    """The text with its tags. They cannot nest: what people decided on comes first, then the record's own mentions."""
    own = [
        s
        for f in told
        for s in f.spans()
        if isinstance(s, Mention) and s.end - s.start < f.evidence.end - f.evidence.start
    ]
    own += _named(release, told)
    at = len(release.text) - len(release.text.lstrip("\n"))
    text = release.text.strip("\n")
    free = bytearray(len(text))
    tags: list[tuple[int, int, str, str]] = []
    for mention in (*own, *release.mentions()):
        start, end = mention.start - at, mention.end - at
        made = _tag(mention)
        if made is None or start < 0 or end > len(text) or any(free[start:end]) or mention.text != text[start:end]:
            continue
        free[start:end] = b"\1" * (end - start)
        tags.append((start, end, *made))
    out, position = [], 0
    for start, end, tag, attributes in sorted(tags):
        out.append(f"{text[position:start]}<{tag}{attributes}>{text[start:end]}</{tag}>")
        position = end
    return "".join(out) + text[position:]


def _named(release: Release, told: Sequence[Fact]) -> list[Mention]:
    """Firms that a person named and the record does not know, at their first words in the text."""
    known = names_of(release)
    found: list[Mention] = []
    for name in sorted({f.company for f in told if f.company} - known):
        start = release.text.find(name)
        if start >= 0:
            found.append(Company(start=start, end=start + len(name), text=name, name=name))
    return found


def _tag(mention: Mention) -> tuple[str, str] | None:
    """A mention's tag and its attributes; None for one that the form cannot hold."""
    values: dict[str, Any]
    match mention:
        case Company():
            tag, values = "company", {"name": mention.name, "country": mention.country}
        case Organisation():
            tag, values = "org", {}
        case Amount():
            tag, values = "amount", {"value": mention.value, "currency": mention.currency, "role": mention.role}
        case Power():
            tag, values = "power", {"mw": mention.megawatts}
        case Energy():
            tag, values = "energy", {"mwh": mention.megawatt_hours}
        case Jobs():
            tag, values = "jobs", {"value": mention.value, "role": mention.role}
        case Area():
            tag, values = "area", {"m2": mention.square_metres}
        case Place():
            tag, values = "place", _place(mention)
        case Date():
            tag, values = "date", {"start": mention.first, "end": mention.last}
        case _:
            return None
    if isinstance(mention, Quantity) and mention.bound != "exact":
        values |= {"bound": mention.bound, "max": mention.max}
    written = {key: str(value) for key, value in values.items() if value is not None}
    if any('"' in value or not value for value in written.values()):
        return None
    return tag, "".join(f' {key}="{value}"' for key, value in written.items())


def _place(place: Place) -> dict[str, Any]:
    values: dict[str, Any] = {"kind": place.kind, "name": place.name}
    if place.kind == "commune" and place.code:
        values["dep"] = place.code[:3] if place.code.startswith("97") else place.code[:2]
    if place.kind in ("commune", "department", "region"):
        return values | {"insee": place.code}
    return values | {"code": place.code if place.kind == "country" else None}


def _row(fact: Fact, release: Release) -> dict[str, Any]:
    """A fact as a row of the file; what is not known is left out."""
    row: dict[str, Any] = {}
    if fact.company:
        row["company"] = fact.company
        firms = {c.name for c in release.companies}
        if fact.company in {o.name for o in release.organisations} - firms:
            row["org"] = True
    row |= {"action": fact.action, "status": fact.status}
    for slot in SLOTS:
        figure: Quantity | None = getattr(fact, slot)
        if figure is None:
            continue
        row[slot] = {"value": figure.figure}
        if isinstance(figure, Amount):
            row[slot]["currency"] = figure.currency
        if figure.bound != "exact":
            row[slot] |= {"bound": figure.bound} | ({"max": figure.max} if figure.max is not None else {})
    if fact.places:
        row["places"] = [place.name for place in fact.places]
    if fact.date is not None:
        row["date"] = {"start": fact.date.first, "end": fact.date.last}
    return row


def _free(name: str, taken: set[str]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free
