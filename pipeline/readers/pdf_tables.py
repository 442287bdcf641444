"""Tables of a PDF: runs of lines whose cells stand under each other, and their rows, also those of several lines."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final, TypeAlias

from pipeline.readers.pdf_words import CELL, Line, Word, cells_of, joined

Span: TypeAlias = tuple[float, float]

LOOK: Final = 12  # lines of a table by which one more is judged
NEAR: Final = 2.0  # of a line's height: rows further apart are of two tables
_STRIP: Final = 0.3  # of a line's height: no narrower strip without words parts two columns
_CLEAR: Final = 0.6  # of a line's height: a strip as wide over several lines is no blank between words
_MANY: Final = 3
_LEVELS: Final = 0.3  # of a line's height: by so much are rows further apart than the lines of one cell
_SURE: Final = 0.5


def table_runs(lines: Sequence[Line]) -> dict[int, int]:
    """First line → line behind the last, of each run of lines that is a table."""
    cells = [[_span(c) for c in _cells(line)] for line in lines]
    runs: dict[int, int] = {}
    n = behind = 0
    while n < len(lines):
        if len(cells[n]) < 2:
            n += 1
            continue
        end, many, row = n + 1, 1, n
        while end < len(lines) and lines[end - 1].y0 - lines[end].y1 < NEAR * lines[end].height:
            if (
                len(cells[end]) > 1
                and any(_under(cells[at], cells[end]) for at in range(max(n, end - LOOK), end) if len(cells[at]) > 1)
            ) or _fits(lines[end], lines[max(n, end - LOOK) : end]):
                many, row = many + 1, end
            elif not _in_one_column(lines[end], lines[max(n, end - LOOK) : end]):
                break
            end += 1
        while end - 1 > row and not _clings(lines[end - 2], lines[end - 1]):
            end -= 1
        first = n
        while (
            first > behind
            and _in_one_column(lines[first - 1], lines[n : min(end, n + LOOK)])
            and _clings(lines[first - 1], lines[first])
        ):
            first -= 1  # the first lines of a cell whose figures stand beside its last
        if many > 1:
            runs[first] = end
            n = behind = end
        else:
            n += 1
    return runs


def rows_of(lines: Sequence[Line]) -> list[list[str]]:
    """The cells of each row of a table; a cell of several lines has line breaks."""
    strips = _strips(lines)
    columns = [_by_column(line, strips) for line in lines]
    out: list[list[str]] = []
    for group in _groups(lines, columns):
        cells = ["\n".join(joined(columns[n][c]) for n in group if columns[n][c]) for c in range(len(strips) + 1)]
        out.append([cell for cell in cells if cell])
    return out


def _groups(lines: Sequence[Line], columns: Sequence[Sequence[list[Word]]]) -> list[list[int]]:
    """Numbers of the lines of each row: rows stand further apart than the lines of a cell."""
    gaps = [above.y0 - below.y1 for above, below in itertools.pairwise(lines)]
    height = lines[0].height
    low, high = min(gaps, default=0), max(gaps, default=0)
    two_levels = high - low > _LEVELS * height
    groups = [[0]]
    for n, gap in enumerate(gaps, 1):
        filled = sum(1 for cell in columns[n] if cell)
        if two_levels:
            goes_on = gap < (low + high) / 2 and (
                high - low > _SURE * height or not (_full(columns[n]) and any(_full(columns[m]) for m in groups[-1]))
            )
        else:
            first = next((cell for cell in columns[n] if cell), [])
            goes_on = filled < len(columns[n]) and bool(first) and first[0].text[:1].islower()
        if goes_on:
            groups[-1].append(n)
        else:
            groups.append([n])
    return groups


def _full(cells: Sequence[list[Word]]) -> bool:
    return all(cells)


def _cells(line: Line) -> list[list[Word]]:
    """The cells of a line by its wide gaps; the sign of an item is none by itself."""
    cells = list(cells_of(line, CELL * line.height))
    if len(cells) > 1 and not any(c.isalnum() for c in joined(cells[0])):
        cells = [cells[0] + cells[1], *cells[2:]]
    return cells


def _span(words: Sequence[Word]) -> Span:
    return words[0].x0, max(w.x1 for w in words)


def _under(above: Sequence[Span], below: Sequence[Span]) -> bool:
    """Whether the cells of two lines share columns, as many as the line with fewer has."""
    shared = sum(1 for b in below if any(a[0] < b[1] and b[0] < a[1] for a in above))
    return shared >= min(len(above), len(below))


def _in_one_column(line: Line, lines: Sequence[Line]) -> bool:
    """Whether all the words of a line stand in one column of the table that other lines make."""
    strips = _strips([other for other in lines if len(_cells(other)) > 1])
    column = sum(1 for low, _ in strips if line.x0 >= low - 1)
    return bool(strips) and (column == len(strips) or line.x1 < strips[column][1] - 2)


def _fits(line: Line, lines: Sequence[Line]) -> bool:
    """Whether a line without a wide gap has its words in the columns that other lines make, with none across two."""
    table = [other for other in lines if len(_cells(other)) > 1]
    strips = [(low, high) for low, high in _strips([*table, line]) if high - low >= _CLEAR * line.height]
    return len(strips) >= len(_strips(table)) > 0 and sum(1 for cell in _by_column(line, strips) if cell) > 1


def _clings(above: Line, below: Line) -> bool:
    """Whether two lines stand as close as those of one cell."""
    return above.y0 - below.y1 < 0.4 * below.height and abs(above.height - below.height) < 0.15 * below.height


def _strips(lines: Sequence[Line]) -> list[Span]:
    """The strips without words that part the columns of some lines."""
    if not lines:
        return []
    height = lines[0].height
    spans = sorted((w.x0, w.x1) for line in lines for w in line.words)
    out: list[Span] = []
    reach = spans[0][1]
    for x0, x1 in spans:
        if x0 - reach >= _STRIP * height:
            out.append((reach, x0))
        reach = max(reach, x1)
    wide = [cells for line in lines if len(cells := [_span(c) for c in _cells(line)]) > 1]
    return [s for s in out if _parts(s, wide) or (s[1] - s[0] >= _CLEAR * height and _sides(s, lines) >= _MANY)]


def _parts(strip: Span, rows: Sequence[Sequence[Span]]) -> bool:
    """Whether a wide gap of some row lies over a strip."""
    return any(a[1] <= strip[0] + 1 and b[0] >= strip[1] - 1 for row in rows for a, b in itertools.pairwise(row))


def _sides(strip: Span, lines: Sequence[Line]) -> int:
    """How many lines have words on both sides of a strip."""
    return sum(1 for line in lines if line.x0 < strip[0] and line.x1 > strip[1])


def _by_column(line: Line, strips: Sequence[Span]) -> list[list[Word]]:
    cells: list[list[Word]] = [[] for _ in range(len(strips) + 1)]
    for word in line.words:
        cells[sum(1 for low, _ in strips if word.x0 >= low)].append(word)
    return cells
