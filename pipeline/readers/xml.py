"""XML and HTML parsed so that nothing is fetched, expanded or held beyond bounds."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from pipeline.readers.refusal import Refusal

Element: TypeAlias = Any  # lxml's elements: lxml is loaded only when there is XML or HTML to read

_DECLARES = re.compile(rb"<!(?:ENTITY|DOCTYPE[^>\[]{0,1000}\[)", re.IGNORECASE)
_DEPTH = 256  # libxml2's own bound without huge_tree: deeper pages are made to harm
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


def parse_xml(data: bytes, uri: str) -> Element:
    """The root of an XML document, mended where it is broken; Refusal when it declares entities or has no root."""
    from lxml import etree

    if _DECLARES.search(data):  # entities that name entities blow up: what we read never declares any
        raise Refusal(uri, "xml_entities")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    _check(parser, uri)
    if root is None:
        raise Refusal(uri, "broken_xml")
    return root


def parse_html(text: str, uri: str) -> Element:
    """The root of an HTML page or fragment; Refusal when it is nested too deep or holds no element."""
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True)
    source = _DECLARATION.sub("", text).replace("\0", "").encode("utf-8", "replace")
    try:
        root = html.document_fromstring(source, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        root = None
    _check(parser, uri)
    if root is None:
        raise Refusal(uri, "empty")
    return root


def _check(parser: Element, uri: str) -> None:
    """Refusal where the parser stopped at one of its bounds: what stands behind it would be lost in silence."""
    for error in parser.error_log:
        if error.type_name == "ERR_RESOURCE_LIMIT":
            raise Refusal(uri, "tags_too_deep", str(_DEPTH))


def local(element: Element) -> str:
    """An element's name without its namespace, in lower case; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def text_of(element: Element) -> str:
    """All the text in an element, on one line."""
    return " ".join("".join(element.itertext()).split(None)) if element is not None else ""
