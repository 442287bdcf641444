"""Text → blocks: title, headings, paragraphs, bullets, rows, captions, bylines, boxes about a firm, footers.

Lines are read (`lines`), joined into units where one goes on in the next, and each unit is called by its opening
words, its form, and where it stands: before the body, in it, or behind it. Every step is one pass over the lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.document import Block, BlockKind, Document, matching_view
from pipeline.readers.hyphens import MIN_LINE, Hyphens
from pipeline.readers.lines import SAID, Line, LineReader
from pipeline.readers.units import BODY, SHORT, Unit, has_digit, units_of
from rules import Rules, load

_PIECES = re.compile(r"(?<!\s)\s+(?:[|>#/·•›»→]+|-)\s+")
_ARROWS = re.compile(r"(?<!\s)\s+>+\s+")
_PAGE_NUMBER = re.compile(r"(?:.{0,96}\s{3})?[-\s]{0,3}\d{1,3}\s?(?:/\s?\d{1,3})?[-\s]{0,3}")
_ITEM_HEAD = re.compile(r"([^.:|]{3,60}?)(\. | - | : | // | / )(?=\S)")
_IN_BRACKETS = re.compile(r"\([^()]{0,40}\)")
_KINDS = {
    "footer": BlockKind.FOOTER,
    "links": BlockKind.FOOTER,
    "contact": BlockKind.FOOTER,
    "navigation": BlockKind.FOOTER,
    "caption": BlockKind.CAPTION,
    "byline": BlockKind.BYLINE,
    "author": BlockKind.BYLINE,
    "letterhead": BlockKind.BYLINE,
    "about": BlockKind.ABOUT,
    "figures": BlockKind.HEADING,
}


class Layout:
    """Lays out plain text; built once from the rules, holds nothing of any text."""

    def __init__(self, rules: Rules) -> None:
        self._reader = LineReader(rules)
        self._hyphens = Hyphens(rules)

    @classmethod
    def load(cls) -> Layout:
        return cls(load())

    def document(self, document: Document) -> Document:
        """The document with the blocks and the title of its text, where its reader has not given any."""
        if document.blocks:
            return document
        blocks = lay_out(document.view, self)
        title = next((b for b in blocks if b.kind is BlockKind.TITLE), None)
        said = document.title or (" ".join(document.text[title.start : title.end].split()) if title else None)
        return replace(document, blocks=blocks, title=said)

    def join(self, text: str, known: frozenset[str] | None = None, least: int = MIN_LINE) -> str:
        """A text that was read from bytes with the words cut at its line ends made whole (`Hyphens.join`)."""
        return self._hyphens.join(text, known, least)

    def lines(self, view: str) -> list[Line]:
        return self._reader.read(view)


def lay_out(text: str, layout: Layout) -> tuple[Block, ...]:
    """The blocks of a text: ordered, disjoint, covering all that is not blank; at most one is the title. Linear."""
    units = units_of(layout.lines(matching_view(text)))
    if not units:
        return ()
    start, end = _body(units)
    _call_by_words(units, start, end)
    _choose_title(units, start)
    _call_by_place(units, end)
    _call_by_form(units)
    return _blocks(units)


def _body(units: Sequence[Unit]) -> tuple[int, int]:
    """Index of the first and of the last unit that is surely prose; (len, -1) when none is."""
    prose = [n for n, unit in enumerate(units) if unit.prose and not _legal(unit) and not _crumbs(unit)]
    return (prose[0], prose[-1]) if prose else (len(units), -1)


def _legal(unit: Unit) -> bool:
    """An address, a company's registration, a telephone number."""
    signs = unit.first.signs.count("legal")
    return unit.plain and unit.size <= 200 and (signs > 1 or (signs == 1 and not unit.last.ends))


def _crumbs(unit: Unit) -> bool:
    """A path or a menu: a few words, a sign, a few words."""
    if unit.size > 2 * SHORT or unit.row or unit.last.ends:
        return False
    pieces = [len(p.split()) for p in _PIECES.split(unit.first.body)]
    arrows = _ARROWS.split(unit.first.body)
    return (len(pieces) > 2 and max(pieces) <= 4) or (len(arrows) > 1 and all(len(a.split()) <= 4 for a in arrows))


def _call_by_words(units: Sequence[Unit], start: int, end: int) -> None:
    """Units whose own words say what they are."""
    for n, unit in enumerate(units):
        opening = _opening(unit, n < start)
        unit.kind = _KINDS[opening] if opening else _kind_by_signs(unit, n < start, n > end)
        if unit.kind is BlockKind.FOOTER and not opening and _in_table(units, n):
            unit.kind = None
        if opening == "letterhead" and n and units[n - 1].kind is None and not unit.first.after_blank:
            units[n - 1].kind = BlockKind.BYLINE  # who writes, above "press release"


def _in_table(units: Sequence[Unit], n: int) -> bool:
    """Whether what ends with a number like a page's is one of several rows on end."""
    unit = units[n]
    before, after = units[n - 1] if n else None, units[n + 1] if n + 1 < len(units) else None
    beside = (before is not None and before.row and not unit.first.after_blank) or (
        after is not None and after.row and not after.first.after_blank
    )
    return unit.row and beside


def _opening(unit: Unit, above: bool) -> str:
    """What the first words say, where the rest of the unit bears it out. `above`: it stands above the body."""
    line, opening = unit.first, unit.first.opening
    if opening in ("byline", "letterhead", "author") and not _stamp_like(unit, opening):
        return ""
    if opening == "about" and not _about_like(line):
        return ""
    if opening == "contact" and above and "byline" in line.signs:
        return "letterhead"
    if opening == "caption" and line.signs.count("footer") > 1:
        return "footer"
    return opening


def _kind_by_signs(unit: Unit, above: bool, below: bool) -> BlockKind | None:
    """What words anywhere in the unit say, or its form; above and below the body more is believed."""
    line, size, aside = unit.first, unit.size, above or below
    if size <= SAID and "footer" in line.signs:
        return BlockKind.FOOTER
    paged = size <= 100 and not unit.row and _PAGE_NUMBER.fullmatch(line.head)
    if (_legal(unit) and not above) or _hashtags(line) or paged:
        return BlockKind.FOOTER
    if size <= 2 * SHORT and "caption" in line.signs:
        return BlockKind.CAPTION
    if size <= 2 * SHORT and "byline" in line.signs and not unit.prose:
        return BlockKind.BYLINE
    if aside and unit.plain and _crumbs(unit):
        return BlockKind.FOOTER
    if aside and unit.plain and line.dated and size <= SHORT and len(unit.words) <= 8 and not unit.prose:
        return BlockKind.BYLINE
    return None


def _stamp_like(unit: Unit, opening: str) -> bool:
    line = unit.first
    if opening == "author":
        rest = line.head[line.opening_end :].lstrip(" :")
        return unit.size <= SHORT and not unit.last.ends and rest[:1].isupper()
    if opening == "letterhead":
        return line.whole or line.dated or len(unit.words) <= 8
    return unit.size <= 2 * SHORT


def _about_like(line: Line) -> bool:
    """ "À propos de X" above a text, or "À propos de X : …", and not a sentence that begins so."""
    if line.whole or (line.size <= 90 and not line.ends and "," not in line.head):
        return True
    label = re.split(r" ?: | - |\. ", line.head[:120], maxsplit=1)[0]
    return len(label) < min(line.size, 90) and "," not in label and len(label.split()) <= 10


def _hashtags(line: Line) -> bool:
    words = line.head.split()
    return len(words) <= 30 and all(len(w) > 1 and w[0] in "#@" for w in words)


def _choose_title(units: Sequence[Unit], start: int) -> None:
    """The first line of some words above the body that says nothing else of itself."""
    above = units[: start if start < len(units) else -1]
    free = [u for u in above if u.kind is None and _may_head(u)]
    if not free:  # all of them are dated or parted by signs: the title may be, too
        free = [u for u in above if u.kind in (BlockKind.BYLINE, None) and not u.first.opening and not u.row][-1:]
        free = [u for u in free if len(u.words) >= 3 and not u.last.ends and "byline" not in u.first.signs]
    if free:
        title = next((u for u in free if len(u.words) >= 4), None) or max(free, key=lambda u: len(u.words))
        title.kind = BlockKind.TITLE


def _may_head(unit: Unit) -> bool:
    line = unit.first
    marked = line.mark and not line.mark.startswith("#")
    return (
        not (unit.row or marked or line.bare or line.opening or unit.stops)
        and unit.size <= 2 * BODY
        and bool(unit.words)
    )


def _call_by_place(units: Sequence[Unit], end: int) -> None:
    """Boxes about a firm up to their end, what stands under "Contacts" or "Read also", the tail of the page."""
    zone: BlockKind | None = None
    seen = False  # a footer, behind the body
    for n, unit in enumerate(units):
        if unit.kind in (BlockKind.ABOUT, BlockKind.FOOTER):
            lists = unit.first.opening in ("contact", "footer", "links") and (
                unit.first.whole or unit.first.opening == "contact"
            )
            zone = BlockKind.ABOUT if unit.kind is BlockKind.ABOUT else (BlockKind.FOOTER if lists else None)
            seen = seen or (n > end and unit.kind is BlockKind.FOOTER)
            continue
        if unit.kind is not None or unit.first.bare:
            zone = None if zone is BlockKind.ABOUT and unit.first.bare else zone
            continue
        if zone is BlockKind.ABOUT:
            if unit.prose or not unit.first.after_blank or unit.row or unit.first.mark or _follows_box(units, n):
                unit.kind = BlockKind.ABOUT
            else:
                zone = None
        elif zone is BlockKind.FOOTER:
            if not unit.first.after_blank or (n > end and not unit.prose):
                unit.kind = BlockKind.FOOTER
            else:
                zone = None
        if unit.kind is None and seen and n > end and unit.plain and not unit.last.ends:
            unit.kind = BlockKind.FOOTER


def _follows_box(units: Sequence[Unit], n: int) -> bool:
    """The first unit under the heading of a box belongs to it, whatever its form."""
    above = units[n - 1]
    return above.kind is BlockKind.ABOUT and above.size <= SHORT and not above.last.ends


def _call_by_form(units: Sequence[Unit]) -> None:
    """What is left: rows, bullets, headings, paragraphs."""
    heads = [_item_head(unit) for unit in units]
    for n, unit in enumerate(units):
        if unit.kind is not None:
            continue
        following = units[n + 1] if n + 1 < len(units) else None
        before = units[n - 1] if n else None
        if unit.row:
            unit.kind = BlockKind.ROW
        elif unit.first.bare:
            unit.kind = BlockKind.PARAGRAPH
        elif unit.first.mark:
            alone = unit.first.after_blank and (following is None or following.first.after_blank)
            listed = (before and before.first.mark) or (following and following.first.mark)
            heads_text = alone and not listed and following and not unit.last.ends and unit.size <= SHORT
            unit.kind = BlockKind.HEADING if heads_text else BlockKind.BULLET
        elif heads[n] and heads[n] in (heads[n - 1] if n else "", heads[n + 1] if following else ""):
            unit.kind = BlockKind.BULLET
        elif following is not None and _heading(unit, following):
            unit.kind = BlockKind.HEADING
        else:
            unit.kind = BlockKind.PARAGRAPH


def _item_head(unit: Unit) -> str:
    """How a paragraph's first words stand out as the name of an item ("BÉTHUNE. …", "Vendée Habitat - …"), or ""."""
    if unit.kind is not None or not unit.plain or unit.size < 40:
        return ""
    match = _ITEM_HEAD.match(unit.first.head)
    if not match:
        return ""
    words = _IN_BRACKETS.sub("", match.group(1)).split()
    text = "".join(words)
    if text.isupper() and len(text) > 2:
        return "capitals" + match.group(2)
    if match.group(2) in (". ", " - ") and len(words) <= 5 and len(text) > 3 and _name_like(words):
        return "names" + match.group(2)
    return ""


def _name_like(words: Sequence[str]) -> bool:
    capitals = sum(1 for w in words if w[0].isupper())
    return words[0][0].isupper() and 2 * capitals >= len(words) and not has_digit("".join(words))


def _heading(unit: Unit, following: Unit) -> bool:
    """Short, not ended as a sentence, and something longer below."""
    text = unit.first.head
    if (
        not unit.plain
        or unit.size > SHORT
        or text[0] == "("
        or text[-1] in ".,;"
        or ". " in text.strip()
        or (unit.last.ends and text[-1] not in '?!…»"”)')
    ):
        return False
    if text[-1] == ":":
        return len(unit.words) <= 4 and not has_digit(text)
    if following.row or following.first.mark or (following.last.ends and not following.first.after_blank):
        return True
    return following.size > unit.size * (1 if unit.first.after_blank else 2)


def _blocks(units: Sequence[Unit]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    indents: list[int] = []
    for unit in units:
        kind, level = unit.kind or BlockKind.PARAGRAPH, 0
        if kind is BlockKind.BULLET:
            while indents and indents[-1] > unit.first.indent:
                indents.pop()
            if not indents or indents[-1] < unit.first.indent:
                indents.append(unit.first.indent)
            level = len(indents)
        else:
            indents.clear()
            level = int(kind is BlockKind.HEADING)
        blocks.append(Block(unit.first.start, unit.last.end, kind, level))
    return tuple(blocks)
