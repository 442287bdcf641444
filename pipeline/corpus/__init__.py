"""Annotated releases: `NAME.release` files as text, mentions and facts (corpus/ANNOTATION.md)."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pipeline.corpus.annotation import fault_of_rows, fault_of_tag
from rules import load

_TAG = re.compile(r"<(/?)([a-z]+)((?:\s+\w+=\"[^\"]*\")*)\s*>")
_ATTRIBUTE = re.compile(r"\b(\w+)=\"([^\"]*)\"")
_PART = re.compile(r"^---\s*$", re.MULTILINE)
HEAD = 400  # characters in which a release that tells its day of publication tells it
KINDS: Mapping[str, str] = {  # tag → list of the record
    "company": "companies",
    "org": "organisations",
    "amount": "amounts",
    "power": "powers",
    "energy": "energies",
    "jobs": "jobs",
    "area": "areas",
    "place": "places",
    "date": "dates",
}


class CorpusError(ValueError):
    """An annotated release that cannot be read: one line with the file and the reason."""


@dataclass(frozen=True)
class Gold:
    """A tagged mention: text[start:end] with the attributes of its tag, as written."""

    tag: str
    start: int
    end: int
    text: str
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Annotated:
    """A release with its answers. `facts` are rows as in the file."""

    name: str
    published: datetime.date
    text: str
    mentions: tuple[Gold, ...]
    facts: tuple[dict[str, Any], ...]


def read_release(path: Path) -> Annotated:
    """One annotated release; CorpusError when it is malformed."""
    try:
        parts = _PART.split(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path.name}: {error}") from error
    if len(parts) != 3:
        raise CorpusError(f"{path.name}: {len(parts)} parts between lines of ---, not 3")
    head, body, facts = parts
    meta = dict(line.split(":", 1) for line in head.strip().splitlines() if ":" in line)
    if "published" not in meta:
        raise CorpusError(f"{path.name}: no line published: in its head")
    try:
        published = datetime.date.fromisoformat(meta["published"].strip())
        rows = yaml.safe_load(facts) or []
    except (ValueError, yaml.YAMLError) as error:
        raise CorpusError(f"{path.name}: {' '.join(str(error).split())}") from error
    if fault := fault_of_rows(rows):
        raise CorpusError(f"{path.name}: facts: {fault}")
    text, mentions = _untag(body.strip("\n"), path.name)
    return Annotated(path.stem, published, text, mentions, tuple(rows))


def _untag(body: str, name: str) -> tuple[str, tuple[Gold, ...]]:
    text, mentions, position = "", [], 0
    opened: tuple[str, int, dict[str, str]] | None = None
    for tag in _TAG.finditer(body):
        if tag.group(2) not in KINDS:
            continue
        text += body[position : tag.start()]
        position = tag.end()
        if not tag.group(1):
            if opened is not None:
                raise CorpusError(f"{name}: <{tag.group(2)}> inside <{opened[0]}> at {len(text)}")
            opened = (tag.group(2), len(text), dict(_ATTRIBUTE.findall(tag.group(3))))
        elif opened is None or opened[0] != tag.group(2):
            raise CorpusError(f"{name}: </{tag.group(2)}> closes nothing at {len(text)}")
        else:
            kind, start, attributes = opened
            if fault := fault_of_tag(kind, attributes):
                raise CorpusError(f"{name}: <{kind}> {text[start:]!r}: {fault}")
            mentions.append(Gold(kind, start, len(text), text[start:], attributes))
            opened = None
    if opened is not None:
        raise CorpusError(f"{name}: <{opened[0]}> is not closed")
    return text + body[position:], tuple(mentions)


@lru_cache(maxsize=2)
def scoring_words(cls: str) -> tuple[str, ...]:
    """The forms of a class of rules/scoring.toml: what the scorer itself knows of French."""
    return tuple(form for rule in load().file("scoring").rule if rule.cls == cls for form in rule.forms)


def publication_line() -> str:
    """The words that a day of publication is put behind."""
    return scoring_words("publication_line")[0]


def plain_text(release: Annotated) -> str:
    """The text to extract from: where it does not say when it was published, a first line says so."""
    words = publication_line()
    told = any(form in release.text[:HEAD] for form in (words, words[0].lower() + words[1:]))
    line = "" if told else f"{words} {release.published:%d/%m/%Y}\n\n"
    return f"{line}{release.text}\n"


def splits(folder: Path) -> dict[str, list[str]]:
    """Split → names, from splits.toml in the folder or beside it."""
    for place in (folder, folder.parent):
        if (place / "splits.toml").is_file():
            return tomllib.loads((place / "splits.toml").read_text(encoding="utf-8"))
    raise CorpusError(f"{folder}: no splits.toml here or above")


def read_folder(folder: Path, only: Iterable[str] | None = None) -> dict[str, Annotated]:
    """Name → release, of a folder, or of some of its splits."""
    paths = sorted(folder.glob("*.release"))
    if only is not None:
        known = splits(folder)
        if unknown := [s for s in only if s not in known]:
            raise CorpusError(f"no split {unknown[0]!r}; there are {', '.join(known)}")
        wanted = {name for split in only for name in known[split]}
        paths = [p for p in paths if p.stem in wanted]
    if not paths:
        raise CorpusError(f"{folder}: no annotated releases")
    return {p.stem: read_release(p) for p in paths}
