"""Words cut in two at the end of a line, made whole: "mil-/lions" is "millions", "Saint-/Malo" is "Saint-Malo"."""

from __future__ import annotations

import re

from pipeline.document import fold
from rules import Rules
from rules.gazetteers import common_words

_CUT = re.compile(r"(?<=[^\W_])[-‐]\n[ \t]{0,40}(?=[^\W_])")
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
MIN_LINE = 20  # characters before the cut: shorter lines are not broken by a margin
_MAX_WORD = 40


class Hyphens:
    """Knows which words keep their hyphen, from the classes hyphen_head and hyphen_tail of the rules."""

    def __init__(self, rules: Rules) -> None:
        words: dict[str, set[str]] = {"hyphen_head": set(), "hyphen_tail": set()}
        for rule in rules.file("layout").rule:
            if rule.cls in words:
                words[rule.cls] |= {fold(form) for form, _ in rule.expressions()}
        self._heads, self._tails = words["hyphen_head"], words["hyphen_tail"]

    def join(self, text: str, known: frozenset[str] | None = None, least: int = MIN_LINE) -> str:
        """The text with its cut words made whole, each at the end of its first line; linear in its length.

        `known` are the words that a cut one is compared with, where the text is a part of something longer; lines of
        no more than `least` characters are left as they are.
        """
        cuts = [m for m in _CUT.finditer(text) if m.start() - text.rfind("\n", 0, m.start()) > least]
        if not cuts:
            return text
        known = words(text) if known is None else known
        out: list[str] = []
        done = 0
        for cut in cuts:
            head, tail = _before(text, cut.start()), _after(text, cut.end())
            if cut.start() < done or not tail or (head.isdecimal() != tail.isdecimal()):
                continue
            end = cut.end() + len(tail)
            while end < len(text) and end - cut.end() < _MAX_WORD and not text[end].isspace():
                end += 1  # the punctuation that clings to the word
            out += [text[done : cut.start()], "-" if self._keeps(head, tail, known) else "", text[cut.end() : end]]
            done = end
            if text[end : end + 1] in (" ", "\t"):
                out.append("\n")
                done += 1
        return "".join(out) + text[done:]

    def _keeps(self, head: str, tail: str, known: frozenset[str]) -> bool:
        first, second = fold(head), fold(tail)
        if head.isdecimal() or f"{first}-{second}" in known:
            return True
        if first + second in known:
            return False
        if tail[0].isupper() and not (head.isupper() and len(head) > 1 and tail.isupper()):
            return True
        likely = (first in self._heads) + (second in self._tails)
        if likely < 2 and (head + tail).lower() in common_words():
            return False  # "éco-/nomiques", for all that "éco-quartier" keeps its hyphen
        return likely > 0


def words(text: str) -> frozenset[str]:
    """The words of a text as they are compared, those with hyphens whole."""
    return frozenset(fold(word) for word in _WORDS.findall(text))


def _before(text: str, at: int) -> str:
    start = at
    while start > 0 and at - start < _MAX_WORD and text[start - 1].isalnum():
        start -= 1
    return text[start:at]


def _after(text: str, at: int) -> str:
    end = at
    while end < len(text) and end - at < _MAX_WORD and text[end].isalnum():
        end += 1
    return text[at:end]
