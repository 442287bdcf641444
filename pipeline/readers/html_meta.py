"""What a page's head says of it: title, days, canonical address, and the article's text for programs."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from pipeline.readers.days import day_of
from pipeline.readers.xml import Element, text_of

_MAX_SCRIPT: Final = 2**20  # characters of one JSON-LD script; those of press pages have a few thousand
_MAX_NODES: Final = 2000
_ARTICLES = ("article", "posting", "pressrelease", "report", "webpage")
# In order: what names the article's own day, then what may be the page's.
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "dcterms.issued",
    "dc.date.issued", "dcterms.created", "publication_date", "article.published", "parsely-pub-date", "pubdate",
    "dc.date", "dcterms.date", "date",
)  # fmt: skip
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified", "last-modified")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a page beside its text; None where it does not say."""

    title: str | None = None
    published: datetime.date | None = None
    updated: datetime.date | None = None
    address: str | None = None
    body: str = ""  # the text that JSON-LD carries
    window: str | None = None  # what the window is called: the title, and often the site


def head_of(root: Element) -> Head:
    """The days come from JSON-LD, then from the meta elements (OpenGraph, Dublin Core), then from <time>."""
    articles = sorted(_articles(root), key=_weight)
    metas = _metas(root)
    published = _first(a.get("datePublished") for a in articles) or _first(metas.get(name) for name in _PUBLISHED)
    updated = _first(a.get("dateModified") for a in articles) or _first(metas.get(name) for name in _UPDATED)
    published = published or _time(root, "datepublished") or _time(root, "")
    updated = updated or _time(root, "datemodified")
    title = next((str(a["headline"]) for a in articles if isinstance(a.get("headline"), str)), None)
    body = next((a["articleBody"] for a in articles if isinstance(a.get("articleBody"), str)), "")
    return Head(title or metas.get("og:title"), published, updated, _address(root, metas), body, _window(root))


def _first(values: Iterator[Any]) -> datetime.date | None:
    return next((day for value in values if value and (day := day_of(value))), None)


def _metas(root: Element) -> dict[str, str]:
    """Name → content, the first of each name; names in lower case."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        content = (meta.get("content") or "").strip()
        if name and content:
            found.setdefault(name, content[:1000])
    return found


def _articles(root: Element) -> Iterator[dict[str, Any]]:
    """The objects of JSON-LD that are articles or pages; those inside lists of other articles are passed over."""
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or len(script.text or "") > _MAX_SCRIPT:
            continue
        try:
            data = json.loads((script.text or "").strip(), strict=False)
        except (ValueError, RecursionError):
            continue
        waiting = [data]
        for _ in range(_MAX_NODES):
            if not waiting:
                break
            node = waiting.pop(0)
            if isinstance(node, list):
                waiting += node
            elif isinstance(node, dict):
                waiting += [node[key] for key in ("@graph", "mainEntity") if isinstance(node.get(key), list | dict)]
                if any(str(t).lower().endswith(_ARTICLES) for t in _types(node)):
                    yield node


def _types(node: dict[str, Any]) -> list[Any]:
    found = node.get("@type", "")
    return found if isinstance(found, list) else [found]


def _weight(node: dict[str, Any]) -> int:
    """Articles before pages."""
    return int(any(str(t).lower().endswith("webpage") for t in _types(node)))


def _time(root: Element, wanted: str) -> datetime.date | None:
    """The day of the first <time>, or element of that itemprop; one by itself must stand above the article's end."""
    for element in root.iter("time", "meta", "span", "abbr"):
        name = (element.get("itemprop") or "").lower()
        if wanted and wanted not in name:
            continue
        if not wanted and (
            element.tag != "time"
            or name
            or any(a.tag in ("aside", "nav", "footer", "li") for a in element.iterancestors())
        ):
            continue
        day = day_of(element.get("datetime") or element.get("content") or element.get("title") or "")
        if day:
            return day
    return None


def _window(root: Element) -> str | None:
    title = next(root.iter("title"), None)
    return text_of(title) or None


def _address(root: Element, metas: dict[str, str]) -> str | None:
    """The canonical address; None where it is not whole, or only that of the site, which all its pages share."""
    given = [link.get("href") for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for address in (*given, metas.get("og:url")):
        try:
            parts = urlsplit((address or "").strip())
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.netloc and (parts.path.strip("/") or parts.query):
            return parts.geturl()[:2000]
    return None
