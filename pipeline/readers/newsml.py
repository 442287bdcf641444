"""NewsML-G2, NewsML 1 and NITF: what news agencies deliver."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from pipeline.document import BlockKind, Document
from pipeline.readers.days import day_of
from pipeline.readers.html import HtmlReader
from pipeline.readers.html_walk import pieces_of
from pipeline.readers.layout import Layout
from pipeline.readers.nest import Names, Nest, Read
from pipeline.readers.pieces import About, Piece, make
from pipeline.readers.refusal import Refusal, failure
from pipeline.readers.xml import Element, local, parse_xml, text_of

MEDIA_TYPE = "application/vnd.iptc.g2.newsitem+xml"
_TITLES = ("headline", "hl1", "title", "newsline")
_PUBLISHED = ("firstcreated", "contentcreated", "date.issue", "date.release", "versioncreated", "datetime", "dateandtime", "thisrevisioncreated")  # fmt: skip
_UPDATED = ("versioncreated", "thisrevisioncreated")


class NewsmlReader:
    """Reads the items of a delivery; pictures and other items without text are passed over."""

    def __init__(self, layout: Layout, page: HtmlReader) -> None:
        self._layout = layout
        self._page = page

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "newsml"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """The one item as the file itself, several as "delivery.xml#guid"."""
        root = parse_xml(data, uri)
        items = [e for e in root.iter() if local(e) == "newsitem"] or [root]
        texts = [(item, body) for item in items if (body := _body(item)) is not None]
        if not texts:
            raise Refusal(uri, "empty")
        names = Names()
        for number, (item, body) in enumerate(texts, 1):
            name = item.get("guid") or text_of(_first(item, ("newsitemid",))) or str(number)
            inner = uri if len(texts) == 1 else f"{uri}#{names.unique(name)}"
            try:
                yield self._document(item, body, inner, data)
            except Refusal as refusal:
                yield refusal
            except Exception as error:
                yield failure(inner, error)

    def _document(self, item: Element, body: Element, uri: str, data: bytes) -> Document:
        title = text_of(_first(item, _TITLES)) or None
        published = next((day for e in _all(item, _PUBLISHED) if (day := _day(e))), None)
        updated = next((day for e in _all(item, _UPDATED) if (day := _day(e))), None)
        pieces = pieces_of(body)
        if title and not any(p.text.strip() == title for p in pieces[:3]):
            pieces.insert(0, Piece(title, BlockKind.TITLE))
        about = About(uri, MEDIA_TYPE, title, published, updated if updated != published else None)
        return make(pieces, about, data, self._layout)


def _all(item: Element, names: tuple[str, ...]) -> list[Element]:
    """Elements of some names, in the order of the names."""
    found = [e for e in item.iter() if local(e) in names]
    return sorted(found, key=lambda e: names.index(local(e)))


def _first(item: Element, names: tuple[str, ...]) -> Element | None:
    return next((e for e in _all(item, names) if text_of(e)), None)


def _day(element: Element) -> datetime.date | None:
    return day_of(element.get("norm") or text_of(element))


def _body(item: Element) -> Element | None:
    """The element with the text: NITF's body, XHTML's, or what holds the paragraphs."""
    for names in (("body.content",), ("body",), ("inlinexml", "inlinedata", "datacontent", "contentset")):
        found = [e for e in item.iter() if local(e) in names and text_of(e)]
        if found:
            return max(found, key=lambda e: len(text_of(e)))
    return None
