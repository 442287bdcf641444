"""A text as HTML with its mentions marked. Everything of the text is escaped, and steering signs are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from pipeline.sinks.report.marks import Passage
from pipeline.sinks.words import STEERING, code_point


@dataclass(frozen=True)
class Mark:
    """How a mention is shown: its kind, a short sign and a title in words, and the address that it leads to."""

    kind: str
    sign: str
    title: str
    link: str | None = None


def shown(text: object) -> Markup:
    """Any text, escaped; signs that would turn or hide the words behind them stand there by their number."""
    return Markup(STEERING.sub(lambda m: f'<span class="steer">{code_point(m.group())}</span>', str(escape(text))))


def marked(text: str, passages: Iterable[Passage], marks: Sequence[Mark], prefix: str) -> Markup:
    """The text with a `span` for each passage and a `mark` for each mention; their ids begin with `prefix`.

    Ids are `<prefix>p0` … for passages and `<prefix>m0` … for mentions, at the first piece of each.
    """
    out: list[str] = []
    begun: set[int] = set()
    for number, passage in enumerate(passages):
        kind = "passage told" if passage.facts else "passage"
        out.append(f'<span class="{kind}" id="{prefix}p{number}">')
        for piece in passage.pieces:
            words = str(shown(text[piece.start : piece.end]))
            for mention in reversed(piece.over):
                mark = marks[mention]
                if mark.link is not None and mention == piece.over[-1]:
                    words = f'<a href="{escape(mark.link)}">{words}</a>'
                name = "" if mention in begun else f' id="{prefix}m{mention}"'
                begun.add(mention)
                used = " used" if mark.link is not None else ""
                words = (
                    f'<mark class="k-{mark.kind}{used}"{name} data-m="{mention}" data-sign="{escape(mark.sign)}"'
                    f' title="{escape(mark.title)}">{words}</mark>'
                )
            out.append(words)
        out.append("</span>")
    return Markup("".join(out))
