"""The text of a mail → its own words, what it hands on, and what it quotes."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline.readers.days import day_of
from pipeline.readers.words import SourceWords

OWN: Final = ""
FORWARDED: Final = "forwarded"
QUOTED: Final = "quoted"
_HEADERS: Final = 12  # lines that the headers of a message handed on may take
_RUN: Final = 40  # lines by which it is judged whether a line is quoted
_QUOTE = re.compile(r"^\s{0,3}>")
_LEVEL = re.compile(r"^\s{0,3}>\s?")


@dataclass(slots=True)
class Message:
    """A stretch of a mail. `lines` are numbers of lines of its text; `cited` says that each begins with a sign."""

    role: str
    lines: list[int] = field(default_factory=list)
    subject: str | None = None
    published: datetime.date | None = None
    cited: bool = False


def messages_of(lines: Sequence[str], words: SourceWords, handed_on: bool) -> list[Message]:
    """The messages in a mail's text. `handed_on`: its subject says that it passes another one on."""
    out = [Message(OWN)]
    n = 0
    while n < len(lines):
        line = lines[n]
        begun = _begins(lines, n, words, handed_on)
        if begun is not None:
            role, head = begun
            message = Message(role)
            n = _read_headers(lines, head, words, message)
            out.append(message)
            continue
        if _QUOTE.match(line) and (out[-1].role != OWN or _is_cited(lines, n)):
            if not out[-1].cited and not (out[-1].role != OWN and not out[-1].lines):
                out.append(Message(QUOTED))
            out[-1].cited = True
        elif out[-1].cited and line.strip():
            out.append(Message(OWN if out[-1].role == QUOTED else out[-1].role))
        out[-1].lines.append(n)
        n += 1
    return out


def _is_cited(lines: Sequence[str], n: int) -> bool:
    """Whether a run of lines that begin with ">" is a quotation: those of a list have no empty line among them."""
    first = last = n
    while first and n - first < _RUN and _QUOTE.match(lines[first - 1]):
        first -= 1
    while last + 1 < len(lines) and last - n < _RUN and _QUOTE.match(lines[last + 1]):
        last += 1
    run = lines[first : last + 1]
    return len(run) >= 3 and any(not line.strip(" >") for line in run)


def uncited(line: str) -> str:
    """A line without the sign of a quotation."""
    return _LEVEL.sub("", line)


def _begins(lines: Sequence[str], n: int, words: SourceWords, handed_on: bool) -> tuple[str, int] | None:
    """(role, number of the line behind) of the line that parts a message from the next; None when it does not."""
    line = lines[n]
    if words.ruled("mail_forwarded", line):
        return FORWARDED, n + 1
    role = FORWARDED if handed_on else QUOTED
    if words.ruled("mail_original", line):
        return role, n + 1
    found = words.label(line)
    if found and found[0] == "from":
        labels = {label[0] for other in lines[n : n + _HEADERS] if (label := words.label(other))}
        if {"from", "date", "subject"} <= labels:
            return role, n
    following = next((other for other in lines[n + 1 : n + 4] if other.strip()), "")
    if words.ends("mail_quoted", line) and (_QUOTE.match(following) or len(line) <= 200):
        return QUOTED, n + 1
    return None


def _read_headers(lines: Sequence[str], n: int, words: SourceWords, message: Message) -> int:
    """Reads the headers of a message that was handed on; the number of the line behind them."""
    end = n
    for at in range(n, min(len(lines), n + _HEADERS)):
        label = words.label(lines[at])
        if label is None:
            if lines[at].strip(" >"):
                if end == at and end > n and lines[at][:1].isspace():
                    end = at + 1  # a header that goes on
                    continue
                break
            if end > n:
                break
            continue
        end = at + 1
        if label[0] == "subject":
            message.subject = words.without_prefix(label[1]) or None
        elif label[0] == "date":
            message.published = day_of(label[1])
    return max(end, n)
