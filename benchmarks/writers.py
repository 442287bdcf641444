"""A plain text release → the same release as a web page, a PDF, a Word document and a mail, by real writers.

What `benchmarks.formats` and the tests read back. Needs reportlab and python-docx, of the development group.
"""

from __future__ import annotations

import datetime
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from pipeline.document import BlockKind, Document
from pipeline.readers import Layout, document_of

_MARK = re.compile(r"^[•‣◦▪■●▸►–—*-]\s*")
_VOWEL = re.compile(
    r"(?<=[^\W\d_]{2}[aeiouyéèêàâîôûù])(?=[bcdfglmnprstv][^\W\d_]{2})(?!\w* &)"
)  # reportlab drops that blank
_BEYOND_WINANSI = {"\u202f": "\xa0", "→": ">", "➔": ">", "\u2009": " ", "\u2011": "-"} | dict.fromkeys("▸►■★●◦▪➤", "•")
_GAP = re.compile(r"\s*\|\s*|\t+| {3,}")
BODY_SIZE, COLUMN_SIZE = 10, 9
MARGIN, GAP = 55, 20  # points beside the text, and between its columns


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the text: its words on one line, or an item's heading above them, and whether a blank line stands before it."""

    kind: BlockKind
    text: str
    apart: bool

    @property
    def cells(self) -> list[str]:
        """Those of a row that is written with bars, tabs or wide blanks."""
        cells = [c.strip() for c in _GAP.split(self.text.strip("| "))] if self.kind is BlockKind.ROW else []
        return cells if len(cells) > 1 else []

    @property
    def item(self) -> str:
        """The words of an item that a plain sign opens; "" for any other."""
        return _MARK.sub("", self.text) if self.kind is BlockKind.BULLET and _MARK.match(self.text) else ""


def parts_of(text: str, layout: Layout) -> list[Part]:
    """The blocks that the layout analysis finds in a text."""
    document: Document = layout.document(document_of(layout.join(text)))
    out, end = [], 0
    for block in document.blocks:
        first, *rest = document.text[block.start : block.end].split("\n")
        headed = block.kind is BlockKind.BULLET and rest and len(rest[0]) > len(first) + 20
        said = f"{first}\n{' '.join(rest)}" if headed else " ".join([first, *rest])
        out.append(Part(block.kind, said, document.text.count("\n", end, block.start) > 1))
        end = block.end
    return out


def _groups(parts: list[Part]) -> Iterator[list[Part]]:
    """Runs of items, of rows, and of lines between which there is no blank line."""
    group: list[Part] = []
    for part in parts:
        same = group and bool(part.item) == bool(group[0].item) and bool(part.cells) == bool(group[0].cells)
        headed = part.kind in (BlockKind.TITLE, BlockKind.HEADING) or (group and group[0].kind in (BlockKind.TITLE, BlockKind.HEADING))  # fmt: skip
        if group and (not same or headed or (part.apart and not part.item and not part.cells)):
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def as_html(parts: list[Part], published: datetime.date, bare: bool = False) -> str:
    """A page; `bare` leaves out what surrounds an article on a site."""
    body = []
    for group in _groups(parts):
        said = [_html_text(p.text) for p in group]
        if group[0].item:
            body.append("<ul>" + "".join(f"<li>{_html_text(p.item)}</li>" for p in group) + "</ul>")
        elif group[0].cells:
            rows = ("".join(f"<td>{_html_text(c)}</td>" for c in p.cells) for p in group)
            body.append("<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
        elif group[0].kind is BlockKind.TITLE:
            body.append(f"<h1>{said[0]}</h1>")
        elif group[0].kind is BlockKind.HEADING:
            body.append(f"<h2>{said[0]}</h2>")
        else:
            body.append(f"<p>{'<br>'.join(said)}</p>")
    article = "\n".join(body)
    if bare:
        return f"<html><body>{article}</body></html>"
    return f"""<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>Page</title>
<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "{published}"}}</script></head>
<body class="single has-sidebar">
<div id="cookie-consent"><p>Ce site dépose des cookies pour mesurer son audience. Tout accepter, tout refuser.</p></div>
<header class="site-header"><a href="/">Accueil</a><nav><ul><li><a href="/eco">Économie</a></li><li><a href="/agenda">Agenda</a></li></ul></nav></header>
<main><article class="post"><div class="share-buttons"><a href="#">Facebook</a> <a href="#">LinkedIn</a></div>
{article}
</article>
<section class="related-posts"><h2>Articles similaires</h2><ul><li><a href="/a">Exemple SA investit 77 M€ à Tours</a></li>
<li><a href="/b">Modèle SAS crée 777 emplois à Metz</a></li></ul></section></main>
<aside class="sidebar"><h3><a href="/c">Patron SA lève 7,7 M€</a></h3></aside>
<footer><p>Mentions légales, plan du site, 77 rue de la République, 69002 Lyon</p></footer></body></html>"""


def _html_text(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def as_docx(parts: list[Part]) -> bytes:
    """A Word document with its own styles, lists and tables."""
    import docx

    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Communiqué de presse de la société 7777"
    for group in _groups(parts):
        if group[0].cells:
            table = document.add_table(0, max(len(p.cells) for p in group))
            for part in group:
                for cell, text in zip(table.add_row().cells, part.cells, strict=False):
                    cell.text = text
            continue
        for part in group:
            if part.item:
                document.add_paragraph(part.item, style="List Bullet")
            elif part.kind is BlockKind.TITLE:
                document.add_heading(part.text, 0)
            elif part.kind is BlockKind.HEADING:
                document.add_heading(part.text, 2)
            elif part is group[0]:
                document.add_paragraph(part.text)
            else:
                document.paragraphs[-1].add_run("\n" + part.text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_eml(text: str, parts: list[Part], published: datetime.date, subject: str) -> bytes:
    """A mail with the release as text and as HTML, as mail programs send both."""
    message = EmailMessage()
    message["From"], message["To"] = "presse@exemple.fr", "redaction@exemple.fr"
    message["Subject"] = subject
    message["Date"] = datetime.datetime.combine(published, datetime.time(9), datetime.UTC)
    message["Message-ID"] = "<1@exemple.fr>"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(as_html(parts, published, bare=True), subtype="html")
    return bytes(message)


def as_pdf(parts: list[Part], columns: int = 1) -> bytes:
    """A PDF with a running head and page numbers, set in one or more columns, with words cut at line ends."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle

    size = BODY_SIZE if columns == 1 else COLUMN_SIZE
    base = ParagraphStyle("base", fontName="Helvetica", fontSize=size, leading=size * 1.25, alignment=4, embeddedHyphenation=1)  # fmt: skip
    close = {"parent": base, "spaceBefore": 0}
    styles = {
        "apart": ParagraphStyle("apart", parent=base, spaceBefore=size),
        "close": ParagraphStyle("close", **close),
        "title": ParagraphStyle("t", parent=base, fontSize=16, leading=19, alignment=0, fontName="Helvetica-Bold"),
        "heading": ParagraphStyle(
            "h",
            parent=base,
            spaceBefore=size,
            alignment=0,
            fontName="Helvetica-Bold",
            fontSize=size + 2,
            leading=size * 1.5,
        ),
        "item": ParagraphStyle("i", leftIndent=12, bulletIndent=2, **close),
    }
    styles["item apart"] = ParagraphStyle("ia", parent=styles["item"], spaceBefore=size)
    width = (A4[0] - 2 * MARGIN - GAP * (columns - 1)) / columns
    pages = _build(_story(parts, styles, base, width), columns, width, headed=False)
    if pages.count(b"/Type /Page\n") < 2:
        return pages
    return _build(_story(parts, styles, base, width), columns, width, headed=True)


def _story(parts: list[Part], styles: dict[str, Any], base: Any, width: float) -> list[Any]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, Table

    size = base.fontSize
    story: list[Any] = []
    for group in _groups(parts):
        if group[0].cells:
            cell = ParagraphStyle("cell", parent=base, alignment=0)
            rows = [[Paragraph(_pdf_text(c, False), cell) for c in p.cells] for p in group]
            widths = _widths([p.cells for p in group], base, width)
            story.append(Table(rows, colWidths=widths, hAlign="LEFT", spaceBefore=size, spaceAfter=size))
            continue
        for part in group:
            if part.item:
                story.append(
                    Paragraph(_pdf_text(part.item), styles["item apart" if part.apart else "item"], bulletText="•")
                )
            elif part.kind in (BlockKind.TITLE, BlockKind.HEADING):
                story.append(Paragraph(_pdf_text(part.text, False), styles[part.kind.value]))
            else:
                story.append(Paragraph(_pdf_text(part.text), styles["apart" if part.apart else "close"]))
    return story


def _widths(rows: list[list[str]], style: Any, room: float) -> list[float]:
    """Of the columns of a table: what their cells take, and never less than their longest word."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    def of(text: str) -> float:
        return float(stringWidth(text, style.fontName, style.fontSize)) + 13

    columns = [[r[n] for r in rows if n < len(r)] for n in range(max(map(len, rows)))]
    wanted = [max(map(of, cells)) for cells in columns]
    least = [max(of(word) for cell in cells for word in [*cell.split(), ""]) for cells in columns]
    share = max(0.0, min(1.0, (room - sum(least)) / max(1.0, sum(wanted) - sum(least))))
    return [low + share * (high - low) for low, high in zip(least, wanted, strict=True)]


def _build(story: list[Any], columns: int, column: float, headed: bool) -> bytes:
    """The pages, with a running head where there are several, and their numbers."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    width, height = A4
    frames = [Frame(MARGIN + n * (column + GAP), 60, column, height - 130, 0, 0, 0, 0) for n in range(columns)]

    def furniture(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        if headed:
            canvas.drawString(MARGIN, height - 40, "Dossier de presse 7777")
        canvas.drawCentredString(width / 2, 30, str(document.page))

    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, invariant=1)
    document.addPageTemplates(PageTemplate(frames=frames, onPage=furniture))
    document.build(story)
    return out.getvalue()


def _pdf_text(text: str, cut: bool = True) -> str:
    """With soft hyphens where words may be cut, in the letters that the standard fonts have."""
    known = "".join(_BEYOND_WINANSI.get(c, c) for c in text)
    known = "".join(c if c == "\n" or _in_winansi(c) else "?" for c in known)
    return html.escape(_VOWEL.sub("\xad", known) if cut else known, quote=False).replace("\n", "<br/>")


def _in_winansi(char: str) -> bool:
    try:
        return bool(char.encode("cp1252"))
    except UnicodeEncodeError:
        return False
