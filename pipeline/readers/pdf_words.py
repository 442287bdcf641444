"""The words of a PDF page with their boxes, and the lines they stand on."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.readers.pieces import superscript

HYPHEN: Final = "-"
MAX_CHARS: Final = 60_000  # of a page: a newspaper's has a quarter of that
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_CUTS = "\ufffe\x02\xad"  # as pdfium gives the hyphen at which a line was broken
_BLANKS = " \t\r\n\f\v\u2002\u2003\u2009"
CELL: Final = 1.6  # of a line's height: no blank between two words is as wide, even in justified text
_SAME_LINE: Final = 0.5  # of a line's height: words that overlap by more stand on one line
_RAISED: Final = 0.78  # of the height beside it: smaller characters that stand higher are raised
_BLANK: Final = 0.17  # of a line's height: a blank is wider, also where none was written
_PRIVATE = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")
_SYMBOLS = "\uf0b7\uf0a7\uf0d8\uf076\uf02d"  # the bullets of word processors, which are of those characters too


@dataclass(slots=True)
class Word:
    """Characters without a blank; coordinates in points, y grows upwards."""

    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    glued: bool = False  # no blank before it
    raised: bool = False

    @property
    def height(self) -> float:
        return self.y1 - self.y0


@dataclass(slots=True)
class Line:
    """Words side by side, from left to right."""

    words: list[Word]

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return max(w.x1 for w in self.words)

    @property
    def y0(self) -> float:
        return min(w.y0 for w in self.words)

    @property
    def y1(self) -> float:
        return max(w.y1 for w in self.words)

    @property
    def height(self) -> float:
        """That of its largest words but for raised ones, which reach above the line."""
        return max((w.height for w in self.words if not w.raised), default=self.words[0].height)

    @property
    def text(self) -> str:
        return joined(self.words)


def joined(words: Sequence[Word]) -> str:
    text = ""
    for word in words:
        said = superscript(text, word.text) if word.raised else word.text
        text += said if word.glued or not text else f" {said}"
    return text


def words_of(page: Any) -> list[Word]:
    """The words of a page of pypdfium2, in the order in which they were drawn."""
    from importlib import import_module

    pdfium: Any = import_module("pypdfium2.raw")

    textpage = page.get_textpage()
    raw, count = textpage.raw, min(textpage.count_chars(), MAX_CHARS)
    box = pdfium.FS_RECTF()
    pointer = ctypes.byref(box)
    words: list[Word] = []
    current: Word | None = None
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        char = "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)  # half of a pair is no character
        if char in _BLANKS:
            current = None
            continue
        if not pdfium.FPDFText_GetLooseCharBox(raw, index, pointer):
            continue
        char = HYPHEN if char in _CUTS else char
        left, right, bottom, top = box.left, box.right, box.bottom, box.top
        if top - bottom < 0.5:
            continue  # what nobody can see
        if current is not None and _continues(current, left, bottom, top):
            current.text += char
            current.x1 = max(current.x1, right)
            continue
        glued = current is not None and left - current.x0 >= 0 and left - current.x1 < _BLANK * current.height
        raised = glued and current is not None and _is_raised(current, bottom, top)
        current = Word(char, left, right, bottom, top, glued and _overlap(current, bottom, top) > 0, raised)
        words.append(current)
    textpage.close()
    for word in words:
        word.text = word.text.translate(_LIGATURES)
    return words


def _continues(word: Word, left: float, bottom: float, top: float) -> bool:
    height = top - bottom
    same_size = 0.8 < height / max(word.height, 0.1) < 1.25
    return same_size and abs(bottom - word.y0) < 0.3 * height and -0.5 * height < left - word.x1 < _BLANK * height


def _overlap(word: Word | None, bottom: float, top: float) -> float:
    return 0 if word is None else min(word.y1, top) - max(word.y0, bottom)


def _is_raised(word: Word, bottom: float, top: float) -> bool:
    height = top - bottom
    return height < _RAISED * word.height and bottom > word.y0 + 0.15 * word.height


def garbled(words: Sequence[Word]) -> bool:
    """Whether the characters are no text: fonts that do not say which letters they draw."""
    text = "".join(w.text for w in words)
    strange = len([c for c in _PRIVATE.findall(text) if c not in _SYMBOLS])
    return strange > 0.3 * len(text)


def lines_of(words: Sequence[Word]) -> list[Line]:
    """Words gathered into lines, from top to bottom."""
    lines: list[Line] = []
    bounds: list[tuple[float, float]] = []
    for word in sorted(words, key=lambda w: (-(w.y0 + w.y1), w.x0)):
        for n in range(len(lines) - 1, max(-1, len(lines) - 4), -1):
            low, high = bounds[n]
            overlap = min(high, word.y1) - max(low, word.y0)
            if overlap > _SAME_LINE * min(word.height, high - low):
                lines[n].words.append(word)
                break
        else:
            lines.append(Line([word]))
            bounds.append((word.y0, word.y1))
    for line in lines:
        line.words.sort(key=lambda w: w.x0)
        _attach_raised(line)
    return lines


def _attach_raised(line: Line) -> None:
    for before, word in zip(line.words, line.words[1:], strict=False):
        if word.glued and word.x0 - before.x1 > 0.4 * before.height:
            word.glued = False  # the word that it clung to stands elsewhere


def cells_of(line: Line, gap: float) -> Iterator[list[Word]]:
    """The words of a line, parted where there is a gap of that many points."""
    cell = [line.words[0]]
    for before, word in zip(line.words, line.words[1:], strict=False):
        if word.x0 - before.x1 >= gap:
            yield cell
            cell = []
        cell.append(word)
    yield cell
