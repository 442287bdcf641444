"""RSS, RDF and Atom feeds kept as files: each entry is a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.document import Document
from pipeline.readers.days import day_of
from pipeline.readers.html import HtmlReader
from pipeline.readers.nest import Names, Nest, Read
from pipeline.readers.pieces import About
from pipeline.readers.refusal import Refusal, failure
from pipeline.readers.xml import Element, local, parse_xml, text_of

_ENTRIES = ("item", "entry")
_BODIES = ("encoded", "content", "description", "summary")  # the longest of them is the entry's text
_PUBLISHED = ("pubdate", "published", "issued", "date", "created")
_UPDATED = ("updated", "modified")
_IDS = ("guid", "id", "link")


class FeedReader:
    """Reads each entry's own text; what it links to is not fetched."""

    def __init__(self, page: HtmlReader) -> None:
        self._page = page

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "feed"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """The entries as "feed.xml#id"; one that cannot be read is refused by itself."""
        root = parse_xml(data, uri)
        atom = local(root) == "feed"
        entries = [e for e in root.iter() if local(e) in _ENTRIES]
        if not entries:
            raise Refusal(uri, "empty")
        names = Names()
        for number, element in enumerate(entries, 1):
            entry = _Entry.of(element)
            inner = f"{uri}#{names.unique(entry.name or str(number))}"
            try:
                nest.take(inner, len(entry.body))
                yield self._document(entry, inner, "application/atom+xml" if atom else "application/rss+xml")
            except Refusal as refusal:
                yield refusal
            except Exception as error:
                yield failure(inner, error)

    def _document(self, entry: _Entry, uri: str, media_type: str) -> Document:
        title = f"<h1>{_escaped(entry.title)}</h1>" if entry.title else ""
        about = About(uri, media_type, entry.title or None, day_of(entry.published), day_of(entry.updated))
        return self._page.fragment(title + entry.body, about, (entry.title + entry.body).encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    title: str
    body: str  # HTML
    published: str
    updated: str

    @classmethod
    def of(cls, element: Element) -> _Entry:
        said: dict[str, str] = {}
        bodies: list[str] = []
        link = ""
        for child in element:
            name = local(child)
            if name in _BODIES:
                bodies.append(_html(child))
            if name == "link" and child.get("href") and child.get("rel", "alternate") == "alternate":
                link = link or str(child.get("href"))
            elif name and name not in said:
                said[name] = text_of(child)
        return cls(
            next((said[name] for name in _IDS if said.get(name)), link),
            _plain(said.get("title", "")),
            max(bodies, key=len, default=""),
            next((said[name] for name in (*_PUBLISHED, *_UPDATED) if said.get(name)), ""),
            next((said[name] for name in _UPDATED if said.get(name)), ""),
        )


def _html(element: Element) -> str:
    """What an element holds as HTML: written out as text, or as elements of its own (Atom's XHTML)."""
    if not len(element):
        text = element.text or ""
        return text if element.get("type") != "text" else _escaped(text)
    from lxml import etree

    inner = "".join(str(etree.tostring(child, encoding="unicode")) for child in element)
    return _escaped(element.text or "") + inner


def _plain(title: str) -> str:
    """A title in which a feed has left entities ("R&amp;D")."""
    import html

    return " ".join(html.unescape(title).split())


def _escaped(text: str) -> str:
    import html

    return html.escape(text, quote=False)
