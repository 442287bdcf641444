"""A page with what surrounds an article taken out: menus, banners, buttons, links to other articles."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from pipeline.document import fold
from pipeline.readers.words import SourceWords
from pipeline.readers.xml import Element, local, text_of

Openings: TypeAlias = Callable[[Sequence[str]], list[tuple[str, bool]]]  # texts → (what it opens, whole line)

_NEVER = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "iframe",
        "object",
        "embed",
        "video",
        "audio",
        "canvas",
        "map",
        "button",
        "select",
        "textarea",
        "input",
        "datalist",
        "dialog",
        "nav",
        "head",
        "link",
        "meta",
        "label",
    ]
)
_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_UNFILLED = re.compile(r"\{\{[^{}]{0,2000}\}\}")  # what a script would have put in place, in a page saved without it
# What lxml reads ("&#1;") and does not write: set as a text, it would leave none.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PROSE: Final = 60  # characters outside links: what says that much is a part of a text
_MAIN: Final = 0.6  # of a page's prose: an element with that much of it is the article
_HALF: Final = 0.5
_TEASER: Final = 400  # characters: what is said of another article beside a link to it
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LABELS = (*_HEADINGS, "p", "strong", "b", "div", "span", "dt", "summary", "legend", "li", "blockquote", "em")
_LEAVES = frozenset(("p", "li", "td", "div", "blockquote", "section", "article", "dd", "main", "span", "body"))


class PageCleaner:
    """Takes from a page what is not the article; built once, holds nothing of any page."""

    def __init__(self, words: SourceWords, openings: Openings) -> None:
        self._words = words
        self._openings = openings

    def clean(self, root: Element) -> None:
        """Takes out menus, banners, buttons and what is hidden."""
        body = _body(root)
        _drop(e for e in list(body.iter()) if local(e) in _NEVER or _is_hidden(e))
        for element in body.iter():
            if (text := _UNFILLED.sub("", element.text or "")) != (element.text or "") and _is_writable(text):
                element.text = text
            if (tail := _UNFILLED.sub("", element.tail or "")) != (element.tail or "") and _is_writable(tail):
                element.tail = tail
        total = max(1, _size(body))
        stack = [body]
        doomed = []
        while stack:
            for child in stack.pop():
                if not local(child):
                    continue
                if self._is_furniture(child) and not _holds_title(child) and _size(child) < _HALF * total:
                    doomed.append(child)
                else:
                    stack.append(child)
        _drop(doomed)
        self._drop_related(body, total)

    def main(self, root: Element) -> Element:
        """The element that holds the article: its title, what stands between title and text, and the text."""
        body = _body(root)
        prose = _prose(body)
        total = prose.get(body, 0)
        candidates = [e for e in body.iter() if self._is_main(e) and prose.get(e, 0) >= max(1.0, _MAIN * total)]
        chosen = max(candidates, key=lambda e: (_rank(e), prose[e]), default=body)
        _drop_teasers(chosen, prose.get(chosen, 0))
        title = next((e for e in body.iter("h1") if text_of(e)), None)
        above = next((e for e in body.iter() if e is title or e is chosen), None)
        if chosen is body or title is None or above is not title:
            return chosen
        _cut_outside(body, title, chosen)
        return body

    def _is_furniture(self, element: Element) -> bool:
        name = local(element)
        if name in ("p", "a", "strong", "b", "em", "i", "tr", "tbody", "table", "h1", "body", "main", "time"):
            return element.get("role") in _ROLES
        if element.get("role") in _ROLES or name in ("footer",):
            return True
        if name in ("header", "aside", "form"):
            return _link_share(element) > 0.3 or not _has_prose(element)
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        return bool(named.strip()) and self._words.in_class("page_furniture", named)

    def _is_main(self, element: Element) -> bool:
        name = local(element)
        if name in ("article", "main") or element.get("role") == "main":
            return True
        if "articlebody" in (element.get("itemprop") or "").lower():
            return True
        named = f"{element.get('class') or ''} {element.get('id') or ''}"
        return name in ("div", "section") and bool(named.strip()) and self._words.in_class("page_body", named)

    def _drop_related(self, body: Element, total: int) -> None:
        """What stands under "Lire aussi" and "Articles similaires", with the words themselves."""
        labels = [(e, text) for e in body.iter(*_LABELS) if (text := _short_text(e))]
        doomed = []
        for (element, text), (opening, whole) in zip(labels, self._openings([t for _, t in labels]), strict=True):
            if opening != "links":
                continue
            if not whole and len(text.strip(" :")) > 40:
                if _link_share(element) > 0.2 or len(text) < 200:
                    doomed.append(element)  # "Lire aussi : …", a line by itself
                continue
            box = element
            while (up := box.getparent()) is not None and up is not body and _only_links(up, total):
                box = up
            doomed.append(box)
            if box is element or local(box) in _HEADINGS:
                doomed += _linked_siblings(box)
        _drop(doomed)


def _body(root: Element) -> Element:
    return next(root.iter("body"), root)


def _drop(elements: object) -> None:
    for element in list(elements):  # type: ignore[call-overload]
        parent = element.getparent()
        if parent is None:
            continue
        before = element.getprevious()
        joined = (parent.text if before is None else before.tail) or ""
        if element.tail and not _is_writable(joined + element.tail):
            element.clear(keep_tail=True)
            element.tag = "span"
        else:
            element.drop_tree()


def _is_writable(text: str) -> bool:
    return not _UNWRITABLE.search(text)


def _is_hidden(element: Element) -> bool:
    style = element.get("style") if local(element) else None
    return bool(local(element)) and (element.get("hidden") is not None or bool(style and _HIDDEN.search(style)))


def _size(element: Element) -> int:
    return sum(len(text.strip()) for text in element.itertext())


def _link_share(element: Element) -> float:
    """How much of what an element says is links."""
    total = _size(element)
    return sum(_size(a) for a in element.iter("a") if a.get("href")) / total if total else 1.0


def _own_text(element: Element) -> int:
    """Characters of an element and what is inline in it, without links and other blocks."""
    size = len((element.text or "").strip())
    for child in element:
        name = local(child)
        if name in ("strong", "b", "em", "i", "span", "font", "u", "sup", "sub", "mark", "q", "abbr", "time"):
            size += _size(child) - sum(_size(a) for a in child.iter("a"))
        size += len((child.tail or "").strip())
    return size


def _prose(body: Element) -> dict[Element, int]:
    """Element → characters of prose in it and in all below it."""
    found: dict[Element, int] = {}
    for element in body.iter():
        if local(element) in _LEAVES and local(element) != "span" and (size := _own_text(element)) >= _PROSE:
            up = element
            while up is not None:
                found[up] = found.get(up, 0) + size
                up = up.getparent() if up is not body else None
    return found


def _has_prose(element: Element) -> bool:
    return any(_own_text(e) >= _PROSE for e in element.iter() if local(e) in _LEAVES)


def settle_title(root: Element, said: Sequence[str | None]) -> None:
    """Of several first headings the one that shares most words with what the page's head calls it is its title.

    Those before it, mostly the site's own name, are no headings any more.
    """
    headings = [e for e in root.iter("h1") if text_of(e)]
    words = [set(fold(text_of(e)).split()) for e in headings]
    called = set(fold(" ".join(title for title in said if title)).split())
    best = max(range(len(headings)), key=lambda n: len(words[n] & called), default=0)
    for heading in headings[:best]:
        heading.tag = "div"


def _holds_title(element: Element) -> bool:
    return next(element.iter("h1"), None) is not None


def _rank(element: Element) -> int:
    """An article is more surely the whole of it than its body, which may stand beside its figures."""
    name = local(element)
    return 3 if name == "article" and _holds_title(element) else 2 if name == "article" else 1 if name == "main" else 0


def _cut_outside(body: Element, title: Element, chosen: Element) -> None:
    """Takes out what stands before the title and behind the chosen element."""
    for element in (chosen, *chosen.iterancestors()):
        if element is body:
            break
        element.tail = None
        for sibling in list(element.itersiblings()):
            sibling.getparent().remove(sibling)
    shared = set(chosen.iterancestors())
    for element in (title, *title.iterancestors()):
        for sibling in list(element.itersiblings(preceding=True)):
            sibling.getparent().remove(sibling)
        parent = element.getparent()
        if parent is None or element is body or (parent in shared and parent is body):
            break
        parent.text = None


def _short_text(element: Element) -> str:
    size = 0
    for text in element.itertext():
        size += len(text)
        if size > 600:
            return ""
    text = text_of(element)
    return text if 0 < len(text) <= 250 else ""


def _only_links(element: Element, total: int) -> bool:
    """An element in which links are what counts, and no paragraph of an article stands."""
    if local(element) in ("article", "main", "body") or _holds_title(element) or _size(element) > 0.4 * total:
        return False
    return not any(_own_text(e) >= 3 * _PROSE for e in element.iter() if local(e) in _LEAVES)


def _linked_siblings(label: Element) -> list[Element]:
    """What follows a label up to the next heading or paragraph: lists of links, pictures, teasers."""
    out = []
    for element in label.itersiblings():
        name = local(element)
        if not name:
            continue
        if name in _HEADINGS and next(element.iter("a"), None) is None:
            break
        if _own_text(element) >= _PROSE or (next(element.iter("a"), None) is None and _size(element)):
            break
        if name == "table" or (_link_share(element) < 0.5 and _has_prose(element)):
            break
        out.append(element)
    return out


def _drop_teasers(main: Element, total: int) -> None:
    """Cards of other articles: siblings that each have a heading which is a link, and little else."""
    for parent in list(main.iter("div", "section", "ul", "aside", "article", "main")):
        cards = [c for c in parent if local(c) in ("div", "article", "li", "section") and _is_card(c)]
        if len(cards) >= 2 and sum(_size(c) for c in cards) < _HALF * max(1, total):
            _drop(cards)
    for links in list(main.iter("ul", "ol")):
        items = [i for i in links if local(i) == "li"]
        if len(items) >= 2 and all(_link_share(i) > 0.95 for i in items) and _size(links) < _HALF * max(1, total):
            _drop([links])


def _is_card(element: Element) -> bool:
    if _size(element) > _TEASER:
        return False
    return any(
        (next(h.iter("a"), None) is not None and _link_share(h) > 0.9)
        or any(local(a) == "a" and a.get("href") for a in h.iterancestors())
        for h in element.iter(*_HEADINGS[1:])
    )
