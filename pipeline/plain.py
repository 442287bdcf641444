"""A document as the entity recogniser reads it: one form of list, table and blank line, whatever its source wrote.

The recogniser was trained on plain texts and sees every sign and every line break. What says the same must look the
same to it, so that a page, a Word file and a text give the same names.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.document import BAR, OPENS_ITEM, Block, BlockKind, Document

BETWEEN_BLOCKS = "\n\n"
_SIGN = re.compile(rf"[{re.escape(''.join(sorted(OPENS_ITEM)))}–—]+\s*")  # the words of an item say all of it
_LINE_BREAK = re.compile(r"\s*\n\s*")
_CELLS = re.compile(r"\s*\|[\s|]*|\t+| {3,}")


@dataclass(frozen=True)
class Plain:
    """`text` is what is read; pairs of offsets (there, in the document) say where runs of equal letters begin."""

    text: str
    here: list[int] = field(default_factory=list)
    there: list[int] = field(default_factory=list)

    def start(self, offset: int) -> int:
        """The document's offset of a letter of `text`."""
        at = bisect.bisect_right(self.here, offset) - 1
        return self.there[at] + offset - self.here[at]

    def end(self, offset: int) -> int:
        """The document's offset behind the letter before `offset`."""
        return self.start(offset - 1) + 1


def plain(document: Document) -> Plain:
    """How a laid out document reads. Linear."""
    parts: list[str] = []
    here: list[int] = []
    there: list[int] = []
    size = 0
    for n, block in enumerate(document.blocks):
        if n:
            parts.append(BETWEEN_BLOCKS)
            here.append(size)
            there.append(block.start - len(BETWEEN_BLOCKS))
            size += len(BETWEEN_BLOCKS)
        for start, said in _pieces(document.text, block):
            parts.append(said)
            here.append(size)
            there.append(start)
            size += len(said)
    return Plain("".join(parts), here, there)


def _pieces(text: str, block: Block) -> Iterator[tuple[int, str]]:
    """The words of a block and what parts them, each with its offset in the text."""
    at, end = block.start, block.end
    if block.kind is BlockKind.BULLET and (sign := _SIGN.match(text, at, end)):
        at = sign.end()
    for gap in (_CELLS if block.kind is BlockKind.ROW else _LINE_BREAK).finditer(text, at, end):
        if gap.start() > at:
            yield at, text[at : gap.start()]
        if block.kind is not BlockKind.ROW:
            yield gap.start(), "\n"
        elif block.start < gap.start() and gap.end() < end:
            yield gap.start(), f" {BAR} "
        at = gap.end()
    if at < end:
        yield at, text[at:end]
