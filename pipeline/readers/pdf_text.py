"""Lines of a PDF → pieces: paragraphs made whole over lines, columns and pages, rows of tables, no running heads."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.readers.lines import opens_item
from pipeline.readers.pdf_columns import regions
from pipeline.readers.pdf_words import HYPHEN, Line, Word, cells_of, joined
from pipeline.readers.pieces import CELLS

MARGIN: Final = 0.13  # of a page's height, above and below: where running heads stand
CELL: Final = 1.6  # of a line's height: no blank between two words is as wide, even in justified text
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
    low, high = min(line.x0 for line in lines), max(line.x1 for line in lines)
    rows = _row_runs(lines)
    body = statistics.median(line.height for line in lines)
    previous: Line | None = None
    n = 0
    while n < len(lines):
        line = lines[n]
        if n in rows:
            end = rows[n]
            out += _rows(lines[n:end], page)
            previous, n = None, end
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
            close = apart < _CLOSE * line.height and abs(line.height - out[-1].size) < 0.12 * line.height if out else False
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
    if line.height > 1.15 * body:
        return True  # a title, broken where it looks best
    if paragraph.item is not None and line.x0 < previous.x0 - 0.5 * line.height and len(paragraph.lines) > 1:
        return False
    if line.x0 > previous.x0 + 0.8 * line.height and paragraph.item is None and len(paragraph.lines) > 1:
        return False  # indented: a new paragraph
    width = line.words[0].x1 - line.words[0].x0
    return previous.x1 + width + 0.2 * line.height > high - 0.01 * (high - low)


def _row_runs(lines: Sequence[Line]) -> dict[int, int]:
    """First line → line behind the last, of runs that are a table: cells whose edges stand under each other."""
    cells = [[(c[0].x0, max(w.x1 for w in c)) for c in _cells(line)] for line in lines]
    runs: dict[int, int] = {}
    n = 0
    while n < len(lines):
        end, many = n, 0
        while end < len(lines) and (end == n or lines[end - 1].y0 - lines[end].y1 < 2 * lines[end].height):
            if len(cells[end]) > 1 and (end == n or _under(cells[end - 1], cells[end]) or _under(cells[n], cells[end])):
                many += 1
            elif not (end > n and _inside(cells[end], cells[n])):
                break
            end += 1
        while end > n and len(cells[end - 1]) == 1 and not lines[end - 1].text[:1].islower():
            end -= 1
        if many > 1:
            runs[n] = end
            n = end
        else:
            n += 1
    return runs


def _cells(line: Line) -> list[list[Word]]:
    cells = list(cells_of(line, CELL * line.height))
    if len(cells) > 1 and not any(c.isalnum() for c in joined(cells[0])):
        cells = [cells[0] + cells[1], *cells[2:]]
    return cells


def _under(above: Sequence[tuple[float, float]], below: Sequence[tuple[float, float]]) -> bool:
    """Whether cells of two lines share columns: as many of them as the shorter line has, but for one."""
    shared = sum(1 for b in below if any(a[0] < b[1] and b[0] < a[1] for a in above))
    return len(above) > 1 and shared >= min(len(above), len(below))


def _inside(cells: Sequence[tuple[float, float]], first: Sequence[tuple[float, float]]) -> bool:
    """A single cell that goes on one above it."""
    return len(cells) == 1 and len(first) > 1 and any(a[0] - 2 <= cells[0][0] and cells[0][1] <= a[1] + 40 for a in first) and (
        cells[0][1] < first[-1][0] or cells[0][0] >= first[-1][0] - 2
    )  # fmt: skip


def _rows(lines: Sequence[Line], page: int) -> list[Paragraph]:
    """The rows of a table; a line that goes on the cells above it is put into them."""
    rows: list[list[tuple[float, float, str]]] = []
    previous: Line | None = None
    for line in lines:
        cells = [(c[0].x0, max(w.x1 for w in c), joined(c)) for c in _cells(line)]
        near = previous is not None and previous.y0 - line.y1 < 0.5 * line.height
        goes_on = bool(rows) and near and len(cells) < len(rows[-1]) and (
            cells[0][2][:1].islower() or cells[0][0] > rows[-1][0][1]
        )  # fmt: skip
        if goes_on:
            for x0, x1, text in cells:
                at = max(range(len(rows[-1])), key=lambda n: min(rows[-1][n][1], x1) - max(rows[-1][n][0], x0))
                a, b, said = rows[-1][at]
                rows[-1][at] = (min(a, x0), max(b, x1), f"{said} {text}")
        else:
            rows.append(cells)
        previous = line
    return [
        Paragraph([CELLS.join(text for _, _, text in row)], [page], row=True, tight=n > 0)
        for n, row in enumerate(rows)
    ]
