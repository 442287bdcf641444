"""Blocks → sentences. Their words and offsets only: what a sentence says is for others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.document import Document, fold
from rules import Rules

_STOP = re.compile(r"[.!?…]+")
_CLOSING = "»”\"')]"
_OPENING = "«“\"'([-"
_QUOTE = re.compile(r'[«»“”"]')
_MAX_QUOTE = 400  # characters: a longer quotation is cut into its sentences
_MAX_SENTENCE = 1000  # characters: what looks for what stands together in a sentence may take the square of its length
_MAX_WORD = 20
_MAX_HEAD = 120  # characters of a line that may head what stands below it


class Sentence(NamedTuple):
    """text[start:end] is one sentence of the block with number `block`."""

    start: int
    end: int
    block: int


class SentenceSplitter:
    """Holds the abbreviations of `rules/sentences.toml`; built once."""

    def __init__(self, rules: Rules) -> None:
        words: dict[str, set[str]] = {"dotted": set(), "dotted_or_end": set()}
        for rule in rules.file("sentences").rule:
            words[rule.cls] |= {fold(form) for form, _ in rule.expressions()}
        self._never, self._before_figures = words["dotted"], words["dotted_or_end"]

    def split(self, document: Document) -> list[Sentence]:
        """The sentences of a document, in order; each lies in one block, and all that is not blank is in one."""
        return [
            Sentence(start, end, n)
            for n, block in enumerate(document.blocks)
            for start, end in self.spans(document.view, block.start, block.end)
        ]

    def spans(self, view: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The sentences of view[start:end] (a matching view), as spans without the blanks around them. Linear.

        A sentence of more than _MAX_SENTENCE characters, which no one writes, is cut between words.
        """
        for first, last in self._whole(view, start, end):
            while last - first > _MAX_SENTENCE:
                cut = view.rfind(" ", first, first + _MAX_SENTENCE)
                cut = cut if cut > first else first + _MAX_SENTENCE
                if span := _trimmed(view, first, cut):
                    yield span
                first = cut
            if span := _trimmed(view, first, last):
                yield span

    def _whole(self, view: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The sentences, however long."""
        quotes = _quotes(view, start, end)
        quote = next(quotes, None)
        first = start
        for cut in self._cuts(view, start, end):
            while quote is not None and quote[1] <= cut:
                quote = next(quotes, None)
            if quote is not None and quote[0] < cut < quote[1]:
                continue
            if span := _trimmed(view, first, cut):
                yield span
                first = cut
        if span := _trimmed(view, first, end):
            yield span

    def _cuts(self, view: str, start: int, end: int) -> Iterator[int]:
        """Where sentences might end, quotations not regarded."""
        line = view.find("\n", start, end)
        line_start = start
        for stop in _STOP.finditer(view, start, end):
            while 0 <= line < stop.start():
                if _heads(view, line_start, line, end):
                    yield line
                line_start, line = line + 1, view.find("\n", line + 1, end)
            cut = self._cut(view, start, end, stop)
            if cut:
                yield cut
        while line >= 0:
            if _heads(view, line_start, line, end):
                yield line
            line_start, line = line + 1, view.find("\n", line + 1, end)

    def _cut(self, view: str, start: int, end: int, stop: re.Match[str]) -> int | None:
        """Where a sentence ends that has this stop, or None where it goes on."""
        after = stop.end()
        while after < end:
            if view[after] in _CLOSING:
                after += 1
            elif view[after] == " " and view[after + 1 : after + 2] == "»":
                after += 2
            else:
                break
        following = after
        while following < end and view[following].isspace():
            following += 1
        if following in (after, end):
            return None
        while following < end and (view[following] in _OPENING or view[following] == " "):
            following += 1
        opener = view[following : following + 1]
        if not (opener.isupper() or opener.isdecimal()):
            return None
        return after if stop.group() != "." or self._full_stop(view, start, stop.start(), opener) else None

    def _full_stop(self, view: str, start: int, at: int, opener: str) -> bool:
        """Whether the point at `at` ends a sentence, when a word with this first letter follows."""
        begin = at
        while begin > start and at - begin <= _MAX_WORD and view[begin - 1].isalnum():
            begin -= 1
        word = view[begin:at]
        if len(word) == 1 and word.isupper():
            return False  # the initial of a name
        if word.isdecimal() and begin - start <= 3 and len(word) <= 2:
            return False  # the number of an item
        key = fold(word)
        return key not in self._never and not (opener.isdecimal() and key in self._before_figures)


def _heads(view: str, start: int, line_end: int, end: int) -> bool:
    """Whether the line view[start:line_end] heads the next one: short, and a longer one with a capital below."""
    below = line_end + 1
    below_end = view.find("\n", below, end)
    size = (below_end if below_end >= 0 else end) - below
    line, text = view[start:line_end].strip() if line_end - start <= _MAX_HEAD else "", view[below : below + 8].lstrip()
    return bool(line) and len(line) < 0.6 * size and text.lstrip(_OPENING + " ")[:1].isupper() and line[-1] not in ",;:"


def _quotes(view: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Quotations that are not too long, in order."""
    opened: int | None = None
    for match in _QUOTE.finditer(view, start, end):
        sign, at = match.group(), match.start()
        opens = sign in "«“" or (sign == '"' and opened is None and view[at + 1 : at + 2].strip() != "")
        if opens:
            opened = at
        elif opened is not None:
            if at - opened <= _MAX_QUOTE:
                yield opened, at + 1
            opened = None


def _trimmed(view: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without the blanks around it; None when nothing is left."""
    words = view[start:end]
    left, size = len(words) - len(words.lstrip()), len(words.strip())
    return (start + left, start + left + size) if size else None
