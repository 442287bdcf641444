"""Lines of a PDF → pieces: paragraphs made whole over lines, columns and pages, rows of tables, no running heads."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.readers.lines import has_leader, opens_item
from pipeline.readers.pdf_columns import regions
from pipeline.readers.pdf_tables import rows_of, table_runs
from pipeline.readers.pdf_words import HYPHEN, Line, cells_of, joined
from pipeline.readers.pieces import CELLS

MARGIN: Final = 0.13  # of a page's height, above and below: where running heads stand
APART: Final = 3.0  # of a line's height: what stands further off is no cell of the same row
BREAK: Final = "\v"  # opens a line that stays one: the text of an item under its heading
_CLOSE: Final = 0.35  # of a line's height: less between two lines, and there is no blank line
_LEADING: Final = 0.75  # of a line's height: more between two lines parts paragraphs
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"\W*\d{1,4}\W*(?:/\W*\d{1,4}\W*)?")
_STOPS = ".!?…:;"


@dataclass(slots=True)
class Paragraph:
    """Lines that go on in each other; `pages` is where each line stands."""

    lines: list[str]
    pages: list[int]
    row: bool = False
    item: float | None = None  # where the words of an item begin, behind its sign
    size: float = 0
    full: bool = False  # its last line reaches the edge
    tight: bool = False  # no blank line before it


@dataclass(slots=True)
class Page:
    number: int
    height: float
    lines: list[Line] = field(default_factory=list)


def drop_running_heads(pages: Sequence[Page]) -> None:
    """Takes out page numbers, and what stands at the head or foot of several pages in the same place."""
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        seen.update({_place(line, page) for line in _margins(page)})
    for page in pages:
        doomed = [
            line
            for line in _margins(page)
            if _NUMBER.fullmatch(line.text) or (seen[_place(line, page)] >= max(2, (len(pages) + 1) // 3))
        ]
        page.lines = [line for line in page.lines if not any(line is d for d in doomed)]


def _margins(page: Page) -> list[Line]:
    low, high = MARGIN * page.height, (1 - MARGIN) * page.height
    return [line for line in page.lines if line.y1 < low or line.y0 > high]


def _place(line: Line, page: Page) -> tuple[str, int]:
    return _DIGITS.sub("#", line.text), round(line.y0 / page.height * 100)


def paragraphs_of(pages: Iterable[Page]) -> list[Paragraph]:
    """The paragraphs of all pages, those that a column's or a page's end cut in two made whole."""
    out: list[Paragraph] = []
    for page in pages:
        for region in regions(page.lines):
            for n, paragraph in enumerate(_region(region, page.number)):
                if n == 0 and out and _goes_on(out[-1], paragraph):
                    out[-1].lines += paragraph.lines
                    out[-1].pages += paragraph.pages
                    out[-1].full = paragraph.full
                else:
                    out.append(paragraph)
    return out


def _goes_on(above: Paragraph, below: Paragraph) -> bool:
    if above.row or below.row or below.item is not None:
        return False
    text, following = above.lines[-1], below.lines[0]
    if not above.full or abs(above.size - below.size) > 0.15 * above.size:
        return False
    return text.endswith(HYPHEN) or (text[-1] not in _STOPS and not following[0].isupper())


def _region(lines: Sequence[Line], page: int) -> list[Paragraph]:
    """The paragraphs and rows of lines that stand under each other."""
    out: list[Paragraph] = []
    tables = table_runs(lines)
    inside = {n for first, end in tables.items() for n in range(first, end)}
    prose = [line for n, line in enumerate(lines) if n not in inside] or lines  # a table may be wider than the text
    low, high = min(line.x0 for line in prose), max(line.x1 for line in prose)
    body = statistics.median(line.height for line in lines)
    previous: Line | None = None
    n = 0
    while n < len(lines):
        line = lines[n]
        if n in tables:
            for row, cells in enumerate(rows_of(lines[n : tables[n]])):
                out.append(Paragraph([CELLS.join(cells)], [page], row=True, tight=row > 0))
            previous, n = None, tables[n]
            continue
        words = _with_gaps(line)
        apart = previous.y0 - line.y1 if previous is not None else line.height
        if previous is not None and _joins(previous, line, out[-1], low, high, body):
            out[-1].lines.append(words)
            out[-1].pages.append(page)
        elif previous is not None and _hangs(line, out[-1]) and apart < _LEADING * line.height:
            out[-1].lines.append(BREAK + words)
            out[-1].pages.append(page)
        else:
            item = _item(line)
            same_size = bool(out) and abs(line.height - out[-1].size) < 0.12 * line.height
            close = apart < _CLOSE * line.height and (same_size or item is not None)
            out.append(Paragraph([words], [page], item=item, size=line.height, tight=close and previous is not None))
        out[-1].full = line.x1 > high - 0.15 * (high - low) or words.endswith(HYPHEN)
        previous = line
        n += 1
    return out


def _item(line: Line) -> float | None:
    """Where the words of an item begin; None for a line that no sign opens."""
    if len(line.words) < 2 or any(c.isalnum() for c in line.words[0].text) or not opens_item(line.text):
        return None
    return line.words[1].x0


def _hangs(line: Line, paragraph: Paragraph) -> bool:
    """Whether a line stands under the words of an item and not under its sign."""
    at = paragraph.item
    return at is not None and abs(line.x0 - at) < 0.3 * line.height and _item(line) is None


def _with_gaps(line: Line) -> str:
    """A line's text; a wide gap in it, which parts two things that stand side by side, stays one."""
    cells = list(cells_of(line, APART * line.height))
    if len(cells) == 2 and not any(c.isalnum() for c in joined(cells[0])):
        return line.text  # a bullet and its item
    return "   ".join(joined(cell) for cell in cells)


def _joins(previous: Line, line: Line, paragraph: Paragraph, low: float, high: float, body: float) -> bool:
    """Whether a line goes on what stands above it."""
    text = paragraph.lines[-1]
    words = line.text
    apart = previous.y0 - line.y1
    if apart > _LEADING * max(previous.height, line.height):
        return False
    if abs(previous.height - line.height) > 0.12 * max(previous.height, line.height):
        return False
    if _item(line) is not None:
        return False
    if text.endswith(HYPHEN) and words[0].isalpha():
        return True
    if has_leader(text) and has_leader(words):
        return False  # the rows of a list of dates or figures
    if line.height > 1.15 * body and apart < 0.45 * line.height:
        return True  # a title, broken where it looks best
    if paragraph.item is not None and line.x0 < previous.x0 - 0.5 * line.height and len(paragraph.lines) > 1:
        return False
    if line.x0 > previous.x0 + 0.8 * line.height and paragraph.item is None and len(paragraph.lines) > 1:
        return False  # indented: a new paragraph
    if text[-1] not in _STOPS and words[0].islower() and previous.x1 - low > 0.5 * (high - low):
        return True
    width = line.words[0].x1 - line.words[0].x0
    return previous.x1 + width + 0.2 * line.height > high - 0.01 * (high - low)
