"""Text → lines, each with what its form and its words say of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.document import ITEM_SIGNS, Block, BlockKind, tokenise
from pipeline.grammar import Grammar, Match
from rules import Rules

HEAD: Final = 400  # characters of a line that are looked at: what a line is shows at its beginning
SAID: Final = 300  # of these, whose words are looked up: all 400 laid none of 2,283 texts out otherwise
_CLASSES = ("line_opening", "line_whole", "line_sign", "stamp_day")

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
# A sign that opens an item ("•", "- ", ">>"), with the one nested in it ("> – ").
_MARK = re.compile(
    rf"(?:[{ITEM_SIGNS}]|>{{1,3}}|#{{1,6}}(?=\s)|\*{{1,3}}(?=\s)|[-o+](?=\s))(?:\s{{0,4}}(?:[{ITEM_SIGNS}]|[-*](?=\s)))?\s{{0,8}}(?=\S)"
)
_NUMBER = re.compile(r"(?:\(?(?:\d{1,2}|[a-zA-Z]|[IVX]{1,4})[.)]|\d{1,2}\s?[/°])\s{1,4}(?=\S)")
_INITIAL = re.compile(r"[A-Z]\. [A-Z]")  # "J. T. : Je dirigeais" is no item "J."
_LEADER = re.compile(r"\.{4,}|(?: \.){3,}|…{2,}")
_CELL_GAP = re.compile(r"\S(?: {3,}|\t+)(?=\S)")
_DOUBLE_GAP = re.compile(r"\S {2,}(?=\S)")
_CLOSING = " \"»”')]\t"
_LABEL = re.compile(r"[^:.!?]{1,60}\s?:\s")


@dataclass(frozen=True, slots=True)
class Line:
    """One line without the blanks around it; `start` and `end` are offsets in the text."""

    start: int
    end: int
    indent: int
    after_blank: bool  # nothing, or a blank line, stands before it
    head: str  # its first characters, as matched
    mark: str = ""  # the sign or number that opens it
    opening: str = ""  # what its first words say it is
    opening_end: int = 0  # characters of the head which those words take
    whole: bool = False  # those words are all it has
    signs: tuple[str, ...] = ()  # what words among its first SAID characters say
    dated: bool = False  # these name a day
    tail: str = ""  # its last character but for closing quotes and brackets

    @property
    def ends(self) -> bool:
        """As a sentence does."""
        return self.tail in tuple(".!?…")

    @property
    def size(self) -> int:
        return self.end - self.start

    @property
    def body(self) -> str:
        """Its head behind the mark."""
        return self.head[len(self.mark) :]

    @property
    def numbered(self) -> bool:
        return self.mark[:1].isalnum() or self.mark.startswith("(")

    @property
    def bare(self) -> bool:
        """No letter and no digit: a rule between two parts."""
        return not any(c.isalnum() for c in self.head)

    @property
    def led(self) -> bool:
        """Label and figure joined by a row of dots."""
        return self.size <= HEAD and has_leader(self.body)

    @property
    def celled(self) -> bool:
        """Cells parted by tabs or by wide blanks."""
        return self.size <= HEAD and bool(_CELL_GAP.search(self.body) or len(_DOUBLE_GAP.findall(self.body)) > 1)

    @property
    def piped(self) -> bool:
        return "|" in self.head

    @property
    def labelled(self) -> str | None:
        """What stands behind the label of a line such as "Effectif : 300"; None when it has none."""
        match = _LABEL.match(self.body) if self.size <= HEAD // 2 else None
        return self.body[match.end() :].strip() if match else None


class LineReader:
    """Cuts text into lines; holds the words of `rules/layout.toml` that say what a line is."""

    def __init__(self, rules: Rules) -> None:
        layout = rules.file("layout").model_copy(update={"scan": _CLASSES})
        self._grammar = Grammar(Rules({"layout": layout, "numbers": rules.file("numbers")}))

    def read(self, view: str) -> list[Line]:
        """All lines that are not blank, in order; `view` is the matching view of a text."""
        spans: list[tuple[int, int, int, bool]] = []
        heads: list[str] = []
        last = 0
        for match in _LINE.finditer(view):
            raw = match.group()
            words = raw.strip()
            if words:
                indent = len(raw) - len(raw.lstrip())
                start = match.start() + indent
                spans.append((start, start + len(words), indent, not spans or _blank_line(view, last, match.start())))
                heads.append(words[:HEAD])
                last = match.end()
        matches = self._matches(heads)
        return [
            self._line(view, span, head, matches[n]) for n, (span, head) in enumerate(zip(spans, heads, strict=True))
        ]

    def _matches(self, heads: Sequence[str]) -> list[list[tuple[Match, int, int]]]:
        """For each head its matches, in order, with their offsets in it."""
        heads = [head[:SAID] for head in heads]
        blocks, start = [], 0
        for head in heads:
            blocks.append(Block(start, start + len(head), BlockKind.PARAGRAPH))
            start += len(head) + 1
        tokens = tokenise("\n".join(heads), blocks)
        out: list[list[tuple[Match, int, int]]] = [[] for _ in heads]
        for found in self._grammar.scan(tokens).values():
            for match in found:
                line = tokens.blocks[match.first]
                base = blocks[line].start
                out[line].append((match, tokens.starts[match.first] - base, tokens.ends[match.last - 1] - base))
        return out

    @staticmethod
    def _line(view: str, span: tuple[int, int, int, bool], head: str, found: list[tuple[Match, int, int]]) -> Line:
        start, end, indent, after_blank = span
        sign = _MARK.match(head) or (None if _INITIAL.match(head) else _NUMBER.match(head))
        mark = sign.group() if sign and _says(head) else ""
        opening, opening_end, whole, dated = "", 0, False, False
        signs: list[str] = []
        for match, first, last in found:
            leads = first == len(mark) or not _says(head[:first])
            closes = end - start == len(head) and not _says(head[last:])
            if match.cls == "stamp_day":
                dated = True
            elif match.cls == "line_sign":
                if not str(match.value).endswith("_ending"):
                    signs.append(str(match.value))
                elif closes and not leads and len(head) <= 80 and not opening:
                    opening, opening_end, whole = str(match.value).removesuffix("_ending"), last, True
            elif leads and not whole and (closes or match.cls == "line_opening"):
                opening, opening_end, whole = str(match.value), last, closes
        tail = view[max(start, end - 8) : end].rstrip(_CLOSING)[-1:]
        return Line(
            start, end, indent, after_blank, head, mark, opening, opening_end, whole, tuple(signs), dated,
            tail,
        )  # fmt: skip


def opens_item(text: str) -> bool:
    """Whether a sign or a number opens a text, as it opens the items of a list."""
    head = text[:HEAD].lstrip()
    return bool(_MARK.match(head) or (_NUMBER.match(head) and not _INITIAL.match(head)))


def has_leader(text: str) -> bool:
    """Whether a row of dots joins what stands before it to what stands behind."""
    return bool(_LEADER.search(text))


def _says(text: str) -> bool:
    return any(c.isalnum() for c in text)


def _blank_line(view: str, start: int, end: int) -> bool:
    """Whether an empty line lies between the end of one line and the start of another."""
    between = view[start:end].replace("\r\n", "\n")
    return len(between.strip(" \t\xa0\u202f")) > 1
