"""Each kind of source, made by a real writer, gives the text, the blocks and the facts that the plain text gives."""

from __future__ import annotations

import datetime
import io
import json
import struct
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from benchmarks.formats import SPLITS, differences, written
from pipeline.corpus import read_folder
from pipeline.document import BlockKind, Document
from pipeline.engine import Engine
from pipeline.readers import Layout, Readers, Refusal
from pipeline.readers.html import HtmlReader
from pipeline.readers.mail import MailReader
from pipeline.readers.msg import MsgReader
from pipeline.readers.nest import Nest
from pipeline.readers.words import SourceWords
from rules import load

LAYOUT = Layout.load()
READERS = Readers(LAYOUT)
CORPUS = Path(__file__).parents[2] / "corpus/releases"
# Of several genres: an item per town, a bare announcement, a long interview, a list of rounds, a table of results.
SAMPLE = ("flowatt-2025", "m-acier-fos-2024", "cgi-le-mans-2018", "m-levees-semaine-2021", "eurenco-bergerac-2025")

PAGE = """<!DOCTYPE html><html lang="fr"><head><title>Une usine - Le Site</title>
<script type="application/ld+json">{"@graph": [{"@type": "BreadcrumbList"}, {"@type": ["NewsArticle"],
 "headline": "Une usine à Vesoul", "datePublished": "2024-03-01T23:30:00Z", "dateModified": "2024-03-05T09:00:00+01:00"}]}</script>
<meta property="article:published_time" content="2020-01-01"><link rel="canonical" href="https://site.exemple/une-usine"></head>
<body class="has-sidebar"><nav><ul><li><a href="/">Accueil</a></li></ul></nav>
<div class="tarteaucitron">Nous déposons 12 cookies.</div>
<main><article><header><h1>Une usine à Vesoul&nbsp;: 12&nbsp;M€</h1><p>Publié le 2 mars 2024</p>
<div class="shareButtons"><a href="#">Partager sur Facebook</a></div></header>
<p>Le groupe Exemple investit <strong>12&nbsp;millions</strong>
   d'euros à Vesoul, en Haute-Saône, dans un atelier de 700 m<sup>2</sup><sup><a href="#n1">1</a></sup>.</p>
<p>Court.</p>
<h2>Ce qui change</h2>
<ul><li>150 emplois</li><li><p>un électrolyseur de 5 MW</p><ul><li>refroidi à l'air</li></ul></li></ul>
<ol start="3"><li>Le terrain</li></ol>
<table><tr><th>Poste</th><th>Montant</th></tr><tr><td>Bâtiment</td><td>8 M€</td></tr><tr><td></td><td>4 M€</td></tr></table>
<dl><dt>Surface</dt><dd>700 m²</dd></dl>
<div class="key"><span>150</span><span>emplois</span></div>
<p>Lire aussi : <a href="/autre">Une autre usine à 3 M€</a></p>
<figure><img src="x.jpg" alt="x"><figcaption>L'atelier. © DR</figcaption></figure>
<p>Première ligne<br>deuxième ligne<br><br>Autre paragraphe</p>
</article>
<section><h2>Articles similaires</h2><div><h3><a href="/a">Modèle SAS lève 77 M€</a></h3></div>
<div><h3><a href="/b">Patron SA ferme à Tours</a></h3></div></section></main>
<aside><h3><a href="/c">Un groupe supprime 777 emplois</a></h3></aside>
<footer><p>Mentions légales, 7 rue de Lyon</p></footer></body></html>"""


def documents(data: bytes, uri: str) -> dict[str | None, Document]:
    found = list(READERS.documents(data, uri))
    assert all(isinstance(d, Document) for d in found), found
    return {d.uri: d for d in found if isinstance(d, Document)}


def one(data: bytes, uri: str = "in/source") -> Document:
    (document,) = documents(data, uri).values()
    return document


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(b.kind.value, document.text[b.start : b.end]) for b in document.blocks]


@pytest.fixture(scope="module", params=SAMPLE)
def release_files(request: pytest.FixtureRequest) -> tuple[str, dict[str, bytes]]:
    return request.param, written(read_folder(CORPUS, SPLITS)[request.param], LAYOUT)


def test_the_same_facts_in_every_format(engine: Engine, release_files: tuple[str, dict[str, bytes]]) -> None:
    name, files = release_files
    records = {form: next(engine.process([one(data)])) for form, data in files.items()}
    assert records["txt"].facts
    for form, record in records.items():
        assert differences(records["txt"], record) == ([], []), f"{name} as {form}"


def test_page() -> None:
    document = one(PAGE.encode())
    assert (document.uri, document.media_type) == ("https://site.exemple/une-usine", "text/html")
    assert document.title == "Une usine à Vesoul : 12 M€"
    assert document.published == datetime.date(2024, 3, 2), "half past midnight in France"
    assert document.updated == datetime.date(2024, 3, 5)
    assert blocks(document)[:15] == [
        ("title", "Une usine à Vesoul\xa0: 12\xa0M€"),
        ("byline", "Publié le 2 mars 2024"),
        (
            "paragraph",
            "Le groupe Exemple investit 12\xa0millions d'euros à Vesoul, en Haute-Saône, dans un atelier de 700 m² ¹.",
        ),
        ("paragraph", "Court."),
        ("heading", "Ce qui change"),
        ("bullet", "• 150 emplois"),
        ("bullet", "• un électrolyseur de 5 MW"),
        ("bullet", "• refroidi à l'air"),
        ("bullet", "3. Le terrain"),
        ("row", "Poste | Montant"),
        ("row", "Bâtiment | 8 M€"),
        ("row", "4 M€"),
        ("row", "Surface | 700 m²"),
        ("heading", "150 emplois"),
        ("caption", "L'atelier. © DR"),
    ]
    assert document.text.endswith("© DR\n\nPremière ligne\ndeuxième ligne\n\nAutre paragraphe")


@pytest.mark.parametrize(
    ("head", "body", "published"),
    [
        ('<meta property="article:published_time" content="2024-03-02T10:00:00+01:00">', "", (2024, 3, 2)),
        ('<meta name="DC.date.issued" content="2024-03-02">', "<time datetime='2023-01-01'>x</time>", (2024, 3, 2)),
        ("", "<time datetime='2024-03-02'>le 2 mars</time>", (2024, 3, 2)),
        ("", "<aside><time datetime='2023-01-01'>x</time></aside><time datetime='2024-03-02'>x</time>", (2024, 3, 2)),
        ('<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "bientôt"</script>', "", None),
        ('<script type="application/ld+json">[{"@type":"WebPage","datePublished":"2024-03-09"},'
         '{"@type":"Article","datePublished":"2024-03-02"}]</script>', "", (2024, 3, 2)),
    ],
)  # fmt: skip
def test_publication_date_of_a_page(head: str, body: str, published: tuple[int, int, int] | None) -> None:
    page = f"<html><head>{head}</head><body><h1>Une usine</h1>{body}<p>Le groupe Exemple ouvre.</p></body></html>"
    assert one(page.encode()).published == (datetime.date(*published) if published else None)


def test_a_home_page_is_no_canonical_address() -> None:
    page = '<html><head><link rel="canonical" href="https://site.exemple/"></head><body><p>Une usine ouvre.</p></body>'
    assert one(page.encode(), "a.html").uri == "a.html"


@pytest.mark.parametrize(
    ("called", "title"),
    [
        ("Une usine ouvre à Vesoul - Le Site", "Une usine ouvre à Vesoul"),
        ("Le Site | Vesoul : une usine ouvre", "Une usine ouvre à Vesoul"),
        ("Accueil", "Le Site"),
    ],
)
def test_the_site_s_name_in_large_type_is_no_title(called: str, title: str) -> None:
    page = (
        f"<html><head><title>{called}</title></head><body><h1>Le Site</h1><h1>Une usine ouvre à Vesoul</h1>"
        "<p>Le groupe Exemple ouvre à Vesoul une usine de deux hectares.</p></body></html>"
    )
    assert one(page.encode(), "a.html").title == title


def test_the_text_for_programs_serves_where_the_page_shows_none() -> None:
    body = "Le groupe Exemple investit 12 M€ à Vesoul. " * 5
    data = json.dumps({"@type": "NewsArticle", "headline": "Une usine", "articleBody": body})
    page = f'<html><head><script type="application/ld+json">{data}</script></head><body><div id="app">…</div></body>'
    assert "12 M€ à Vesoul" in one(page.encode()).text


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_encodings_of_pages(encoding: str) -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>L’usine a coûté 3 M€ à Épinal.</p></body></html>'
    assert one(page.encode(encoding)).text == "L’usine a coûté 3 M€ à Épinal."


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        # A page of the State: a side menu and a share button without <nav>.
        ("<main><div class=fr-sidemenu><ul><li><a href=a>Menu</a></li></ul></div><div><h1>Une usine ouvre</h1>"
         "<div class=fr-share><p>Partager la page</p></div><div class=fr-callout><p>Coût : 12 M€</p></div></div></main>",
         ["Une usine ouvre", "Coût : 12 M€"]),
        # The words "press release" where the title should be, and empty lines for paragraphs.
        ("<h1>Communiqué de presse</h1><div class=content><h2>Une usine ouvre</h2>Le groupe investit 12 M€.<br><br>"
         "- 150 emplois<br>- 5 MW</div>",
         ["Communiqué de presse", "Une usine ouvre", "Le groupe investit 12 M€.", "- 150 emplois", "- 5 MW"]),
        # Tables that lay out the page, inside the form that holds it all.
        ("<form><table><tr><td class=menu><a href=a>Accueil</a></td><td><table><tr><td><b>Une usine ouvre</b></td></tr><tr><td>"
         "<p>Le groupe investit 12&nbsp;M&euro;.</p><table><tr><td>Emplois</td><td>150</td></tr></table></td></tr></table></td></tr></table></form>",
         ["Une usine ouvre", "Le groupe investit 12\xa0M€.", "Emplois | 150"]),
        # A page builder: a figure and what it counts in blocks of their own.
        ("<div class=elementor-widget><h1>Une usine ouvre</h1></div><div class=elementor-widget><div><span>150</span><span></span></div>"
         "<div>emplois</div></div><div class='elementor-widget elementor-widget-share-buttons'><a href=b>Partager</a></div>",
         ["Une usine ouvre", "150 emplois"]),
        # Briefs whose headings are links are the page's own, not links to other pages.
        ("<main><h1>En bref</h1><div><h3><a href=a>Vesoul</a></h3><p>Exemple met 12 M€ dans son usine, où 150 personnes travaillent déjà.</p></div>"
         "<div><h3><a href=b>Lure</a></h3><p>Modèle arrête son atelier, qui occupait 77 personnes depuis la fin des années 1980.</p></div></main>",
         ["En bref", "Vesoul", "Exemple met 12 M€ dans son usine, où 150 personnes travaillent déjà.", "Lure",
          "Modèle arrête son atelier, qui occupait 77 personnes depuis la fin des années 1980."]),
    ],
)  # fmt: skip
def test_pages_as_sites_lay_them_out(body: str, lines: list[str]) -> None:
    document = one(f"<!DOCTYPE html><html><head><title>Le Site</title></head><body>{body}</body></html>".encode())
    assert [line for line in document.text.split("\n") if line] == lines
    assert document.title in ("Une usine ouvre", "En bref")


def two_columns() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    left = [
        "Le groupe Exemple a choisi les Pyrénées-",
        "Atlantiques pour son usine. Le président-direc-",
        "teur général y mettra douze millions d'euros,",
        "dont trois viennent de la Région, et il y fera",
        "travailler cent cinquante personnes avant la",
        "fin de l'année. Les travaux dureront deux ans",
        "et le chantier est confié à des entreprises du",
    ]
    right = [
        "département, qui emploieront elles-mêmes une",
        "quarantaine de personnes pendant ce temps.",
        "L'ofﬁce de tourisme s'en réjouit, et la mairie",
        "de Pau promet une nouvelle route pour servir",
        "la zone, qui compte déjà vingt établissements",
        "et manque de terrains depuis plusieurs années",
        "selon le président de la communauté urbaine.",
    ]
    for page in (1, 2):
        canvas.setFont("Helvetica", 8)
        canvas.drawString(50, 810, "Dossier de presse - mars 2024")
        canvas.drawCentredString(297, 25, str(page))
        if page == 1:
            canvas.setFont("Helvetica-Bold", 16)
            canvas.drawString(50, 770, "Une usine à Pau, cent cinquante emplois")
        canvas.setFont("Helvetica", 10)
        for n in range(7):  # row by row, as some programs draw them
            canvas.drawString(50, 730 - 12 * n, left[n].replace("ﬁ", "fi"))
            canvas.drawString(310, 730 - 12 * n, right[n].replace("ﬁ", "fi"))
        for n, (label, figure) in enumerate([("Surface", "7 000 m²"), ("Emplois", "150"), ("Puissance", "5 MW")]):
            canvas.drawString(50, 600 - 14 * n, label)
            canvas.drawString(250, 600 - 14 * n, figure)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_pdf_of_two_columns_and_a_table() -> None:
    document = one(two_columns())
    text = document.text
    assert document.media_type == "application/pdf"
    assert "les Pyrénées-Atlantiques pour son usine. Le président-directeur général y mettra douze" in text
    assert "des entreprises du département, qui emploieront elles-mêmes une quarantaine" in text
    assert "Surface | 7 000 m²\nEmplois | 150\nPuissance | 5 MW" in text
    assert "Dossier de presse" not in text
    assert not any(text[b.start : b.end] in ("1", "2") for b in document.blocks)
    assert [page for _, page in document.pages] == [1, 2]
    second = document.pages[1][0]
    assert text.find("douze millions", second) > second > text.find("douze millions")


def test_page_numbers_reach_the_record(engine: Engine) -> None:
    record = next(engine.process([one(two_columns())]))
    assert {m.page for m in record.powers} == {1, 2}


def test_a_paragraph_over_two_pages_keeps_both_numbers() -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.setFont("Helvetica", 10)
    for n in range(6):
        canvas.drawString(
            50, 700 - 12 * n, "Le groupe Exemple investit douze millions d'euros dans la ville où il est né et"
        )
    canvas.showPage()
    canvas.setFont("Helvetica", 10)
    canvas.drawString(50, 700, "recrute ensuite 150 personnes à Vesoul.")
    canvas.save()
    document = one(out.getvalue())
    assert len(document.blocks) == 1
    assert document.pages[1][1] == 2
    assert document.text[document.pages[1][0] :].startswith("recrute")


def test_word_document() -> None:
    import docx

    document = docx.Document()
    document.core_properties.title = "Un vieux modèle"
    document.sections[0].header.paragraphs[0].text = "En-tête"
    document.add_heading("Une usine à Vesoul", 0)
    paragraph = document.add_paragraph("Le groupe Exemple investit 12 M€ dans 700 m")
    paragraph.add_run("2").font.superscript = True
    paragraph.add_run(" à Vesoul.")
    document.add_heading("Ce qui change", 1)
    document.add_paragraph("150 emplois", style="List Bullet")
    document.add_paragraph("une école", style="List Bullet 2")
    document.add_paragraph("le terrain", style="List Number")
    table = document.add_table(2, 2)
    for cell, text in zip(
        (c for r in table.rows for c in r.cells), ("Poste", "Montant", "Bâtiment", "8 M€"), strict=True
    ):
        cell.text = text
    document.add_paragraph("Fin du texte, en avril.")
    out = io.BytesIO()
    document.save(out)
    read = one(out.getvalue())
    assert read.title == "Une usine à Vesoul"
    assert blocks(read) == [
        ("title", "Une usine à Vesoul"),
        ("paragraph", "Le groupe Exemple investit 12 M€ dans 700 m² à Vesoul."),
        ("heading", "Ce qui change"),
        ("bullet", "• 150 emplois"),
        ("bullet", "• une école"),
        ("bullet", "1. le terrain"),
        ("row", "Poste | Montant"),
        ("row", "Bâtiment | 8 M€"),
        ("paragraph", "Fin du texte, en avril."),
    ]


def test_word_keeps_boxes_and_insertions_and_drops_what_was_struck_out() -> None:
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document()
    paragraph = document.add_paragraph("Coût : ")
    w = nsdecls("w")
    paragraph._p.append(parse_xml(f"<w:del {w}><w:r><w:delText>9 M€</w:delText></w:r></w:del>"))
    paragraph._p.append(parse_xml(f"<w:ins {w}><w:r><w:t>12 M€</w:t></w:r></w:ins>"))
    box = f"<w:r {w}><w:pict><w:txbxContent><w:p><w:r><w:t>En chiffres : 150 emplois</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
    paragraph._p.append(parse_xml(box))
    document.element.body.insert(0, parse_xml(f"<w:sdt {w}><w:sdtContent><w:p><w:r><w:t>Une usine ouvre</w:t></w:r></w:p></w:sdtContent></w:sdt>"))  # fmt: skip
    out = io.BytesIO()
    document.save(out)
    assert one(out.getvalue()).text == "Une usine ouvre\n\nCoût : 12 M€\n\nEn chiffres : 150 emplois"


def test_open_document() -> None:
    from odf.opendocument import OpenDocumentText
    from odf.table import Table, TableCell, TableRow
    from odf.text import H, List, ListItem, P, S

    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text="Une usine à Vesoul, en Haute-Saône"))
    paragraph = P(text="Le groupe Exemple investit")
    paragraph.addElement(S())
    paragraph.addText("12 M€ dans la ville où il est né.")
    document.text.addElement(paragraph)
    items = List()
    for text in ("150 emplois", "5 MW"):
        item = ListItem()
        item.addElement(P(text=text))
        items.addElement(item)
    document.text.addElement(items)
    table = Table()
    for texts in (("Poste", "Montant"), ("Bâtiment", "8 M€")):
        row = TableRow()
        for text in texts:
            cell = TableCell()
            cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    document.text.addElement(table)
    out = io.BytesIO()
    document.write(out)
    read = one(out.getvalue())
    assert read.media_type == "application/vnd.oasis.opendocument.text"
    assert [text for _, text in blocks(read)] == [
        "Une usine à Vesoul, en Haute-Saône",
        "Le groupe Exemple investit 12 M€ dans la ville où il est né.",
        "• 150 emplois",
        "• 5 MW",
        "Poste | Montant",
        "Bâtiment | 8 M€",
    ]
    assert [kind for kind, _ in blocks(read)][2:] == ["bullet", "bullet", "row", "row"]


def mail(subject: str, body: str, html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "presse@exemple.fr", "redaction@exemple.fr", subject
    message["Date"] = datetime.datetime(2024, 3, 2, 9, tzinfo=datetime.UTC)
    message["Message-ID"] = "<1@exemple.fr>"
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_mail_with_attachments() -> None:
    message = mail("Une usine à Vesoul", "Bonjour,\n\nLe groupe Exemple investit 12 M€.\n")
    message.add_attachment(two_columns(), maintype="application", subtype="octet-stream", filename="dossier presse.pdf")
    message.add_attachment(b"Une autre usine ouvre.", maintype="text", subtype="plain", filename="note.txt")
    message.add_attachment(b"Encore une.", maintype="text", subtype="plain", filename="note.txt")
    message.add_attachment(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", filename="photo.png")
    found = documents(bytes(message), "in/mail.eml")
    assert list(found) == [
        "in/mail.eml",
        "in/mail.eml#dossier presse.pdf",
        "in/mail.eml#note.txt",
        "in/mail.eml#note.txt-2",
    ]
    body = found["in/mail.eml"]
    assert body.text.startswith("Une usine à Vesoul\n\nBonjour,")
    assert (body.title, body.published) == ("Une usine à Vesoul", datetime.date(2024, 3, 2))
    assert body.warnings == ("picture_unread",)
    assert found["in/mail.eml#dossier presse.pdf"].media_type == "application/pdf"


def test_a_message_handed_on_is_told_apart() -> None:
    body = (
        "Bonjour, pour vous.\n\n---------- Forwarded message ---------\nDe : Presse <p@exemple.fr>\n"
        "Date: Fri, 1 Mar 2024 10:00:00 +0100\nSubject: Une usine à Vesoul\nTo: <r@exemple.fr>\n\n"
        "Le groupe Exemple investit 12 M€.\n"
    )
    found = documents(bytes(mail("Fwd: Une usine à Vesoul", body)), "m.eml")
    assert list(found) == ["m.eml", "m.eml#forwarded-1"]
    assert "12 M€" not in found["m.eml"].text
    inner = found["m.eml#forwarded-1"]
    assert inner.text == "Une usine à Vesoul\n\nLe groupe Exemple investit 12 M€."
    assert (inner.title, inner.published) == ("Une usine à Vesoul", datetime.date(2024, 3, 1))


def test_what_an_answer_quotes_is_told_apart() -> None:
    body = (
        "Merci, nous passerons l'information.\n\nLe 1 mars 2024 à 10:00, Presse <p@exemple.fr> a écrit :\n"
        "> Le groupe Exemple investit 12 M€.\n>\n> Il recrute.\n"
    )
    found = documents(bytes(mail("Re: Une usine", body)), "m.eml")
    assert list(found) == ["m.eml", "m.eml#quoted-1"]
    assert found["m.eml#quoted-1"].text == "Le groupe Exemple investit 12 M€.\n\nIl recrute."


def test_items_opened_by_the_sign_of_quotations_are_no_quotation() -> None:
    body = "Les levées de la semaine\n\n> Pledgeo boucle 25 M€.\n> Kiwatch : 12 M€.\n> Nijta : 4 M€.\n"
    assert list(documents(bytes(mail("Les levées de la semaine", body)), "m.eml")) == ["m.eml"]


def test_outlook_web_page_that_hands_on() -> None:
    page = (
        "<html><body><p>Pour vous.</p><div><p><b>De :</b> Presse<br><b>Envoyé :</b> vendredi 1 mars 2024 10:00<br>"
        "<b>À :</b> Moi<br><b>Objet :</b> Une usine à Vesoul</p></div><p>Le groupe Exemple investit 12 M€.</p>"
        "<ul><li>150 emplois</li></ul></body></html>"
    )
    message = mail("TR: Une usine à Vesoul", "x")
    message.set_content(page, subtype="html")
    found = documents(bytes(message), "m.eml")
    assert list(found) == ["m.eml", "m.eml#forwarded-1"]
    assert blocks(found["m.eml#forwarded-1"])[-1] == ("bullet", "• 150 emplois")


def test_mail_in_a_mail_in_an_archive() -> None:
    inner = mail("Une usine", "Le groupe Exemple investit.")
    outer = mail("Deux choses", "Voir plus bas.")
    outer.add_attachment(inner)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("lot/mail.eml", bytes(outer))
        archive.writestr("lot/page.html", PAGE)
        archive.writestr("__MACOSX/._page.html", b"\0\1")
        archive.writestr("lot/note.txt", "Une note.")
    found = documents(out.getvalue(), "in/box.zip")
    assert list(found) == [
        "in/box.zip/lot/mail.eml",
        "in/box.zip/lot/mail.eml#Une usine",
        "in/box.zip/lot/page.html",
        "in/box.zip/lot/note.txt",
    ]


def test_a_mailbox() -> None:
    box = b"".join(b"From a@b Sat Mar  2 09:00:00 2024\n" + bytes(mail(s, "Une usine ouvre.")) + b"\n" for s in "AB")
    assert list(documents(box, "box.mbox")) == ["box.mbox#1", "box.mbox#2"]


def test_feeds() -> None:
    rss = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Le Site</title><item><title>Une usine &amp;amp; une école</title><guid>https://x/1</guid><pubDate>Sat, 02 Mar 2024 00:30:00 +0100</pubDate>
<description>Court.</description><content:encoded><![CDATA[<p>Le groupe Exemple investit 12&nbsp;M€.</p><ul><li>150 emplois</li></ul>]]></content:encoded></item>
<item><title>Rien</title></item></channel></rss>"""
    found = documents(rss.encode(), "feed.xml")
    assert list(found) == ["feed.xml#https://x/1", "feed.xml#2"]
    first = found["feed.xml#https://x/1"]
    assert first.text == "Une usine & une école\n\nLe groupe Exemple investit 12\xa0M€.\n\n• 150 emplois"
    assert (first.media_type, first.published) == ("application/rss+xml", datetime.date(2024, 3, 2))
    atom = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:1</id><title>Une usine</title>
<updated>2024-03-05T10:00:00+01:00</updated><published>2024-03-02T10:00:00+01:00</published>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Le groupe Exemple ouvre.</p></div></content></entry></feed>"""
    entry = one(atom.encode(), "atom.xml")
    assert entry.text == "Une usine\n\nLe groupe Exemple ouvre."
    assert (entry.published, entry.updated) == (datetime.date(2024, 3, 2), datetime.date(2024, 3, 5))


def test_news_agencies() -> None:
    g2 = """<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:afp:1"><itemMeta><versionCreated>2024-03-05T10:00:00+01:00</versionCreated>
<firstCreated>2024-03-02T10:00:00+01:00</firstCreated></itemMeta><contentMeta><headline>Une usine</headline></contentMeta>
<contentSet><inlineXML contenttype="application/xhtml+xml"><html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head>
<body><p>Le groupe Exemple investit 12 M€.</p><p>Il recrute.</p></body></html></inlineXML></contentSet></newsItem>"""
    document = one(g2.encode(), "depeche.xml")
    assert document.text == "Une usine\n\nLe groupe Exemple investit 12 M€.\n\nIl recrute."
    assert (document.title, document.published, document.updated) == (
        "Une usine", datetime.date(2024, 3, 2), datetime.date(2024, 3, 5),
    )  # fmt: skip
    nitf = """<nitf><head><docdata><date.issue norm="20240302T101500+0100"/></docdata></head><body><body.head><hedline><hl1>Une usine</hl1></hedline></body.head>
<body.content><p>Le groupe Exemple ouvre.</p></body.content></body></nitf>"""
    document = one(nitf.encode(), "depeche.xml")
    assert (document.text, document.published) == (
        "Une usine\n\nLe groupe Exemple ouvre.",
        datetime.date(2024, 3, 2),
    )


def test_rows_of_json_and_csv() -> None:
    lines = '{"id": "a", "titre": "Une usine", "texte": "Le groupe Exemple ouvre.", "date": "02/03/2024"}\n{"id": "b", "text": "<p>Un.</p><p>Deux.</p>"}\n'
    found = documents(lines.encode(), "rows.jsonl")
    assert list(found) == ["rows.jsonl#a", "rows.jsonl#b"]
    assert (found["rows.jsonl#a"].title, found["rows.jsonl#a"].published) == ("Une usine", datetime.date(2024, 3, 2))
    assert found["rows.jsonl#b"].text == "Un.\n\nDeux."
    listed = documents(b'[{"content": "Une usine."}, {"content": "Une \xc3\xa9cole."}]', "rows.json")
    assert [d.text for d in listed.values()] == ["Une usine.", "Une école."]
    table = 'Titre;Publié le;Texte intégral\r\nUne usine;2024-03-02;"Le groupe ""Exemple"" ouvre ;\r\nil recrute."\r\n'
    for encoding in ("utf-8-sig", "cp1252"):
        row = one(table.encode(encoding), "rows.csv")
        assert row.uri == "rows.csv#1"
        assert row.text == 'Le groupe "Exemple" ouvre ;\nil recrute.'
        assert (row.title, row.published, row.media_type) == ("Une usine", datetime.date(2024, 3, 2), "text/csv")


@pytest.mark.parametrize(
    "text", ["Titre, texte et date de la réunion de lundi\nUne usine ouvre.", "Le texte ; la date\n\nUne usine ouvre.", "a,b\n1,2"]
)  # fmt: skip
def test_prose_is_no_table(text: str) -> None:
    assert one(text.encode()).media_type == "text/plain"


def test_a_page_saved_before_its_script_filled_it() -> None:
    said = "<p>{{page.status === 'draft' ? 'Brouillon' : page.title}} Exemple ouvre une usine de 700 m² à Vesoul.</p>{{ x }}"
    assert one(f"<html><body>{said}</body></html>".encode()).text == "Exemple ouvre une usine de 700 m² à Vesoul."


def test_the_suffix_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "release.pdf"
    path.write_text(PAGE, encoding="utf-8")
    (document,) = READERS.file(path, "release.pdf")
    assert isinstance(document, Document)
    assert document.media_type == "text/html"


def _stored(texts: dict[int, str], path: str = "", head: int = 32, inside: tuple[Any, ...] = ()) -> Any:
    """A storage as Outlook writes one: texts by the number of their property, each in a stream, and what is inside."""
    oxmsg = pytest.importorskip("oxmsg.storage")
    said = {pid: text.encode("utf-16-le") for pid, text in texts.items()}
    listed = b"".join(struct.pack("<HHIII", 0x1F, pid, 6, len(data) + 2, 0) for pid, data in said.items())
    streams = [oxmsg.Stream(f"{path}/__properties_version1.0", bytes(head) + listed)]
    streams += [oxmsg.Stream(f"{path}/__substg1.0_{pid:04X}001F", data) for pid, data in said.items()]
    return oxmsg.Storage(path, tuple(streams), inside)


def test_a_message_attached_to_an_outlook_message() -> None:
    subject, body, mime = 0x0037, 0x1000, 0x370E
    inner = _stored(
        {subject: "Une usine à Vesoul", body: "Exemple investit 12 M€ à Vesoul."}, "a/__substg1.0_3701000D", 24
    )
    attachment = _stored({mime: "message/rfc822"}, "__attach_version1.0_#00000000", 8, (inner,))
    said = (
        "Pour information, voir notre site <https://site.exemple/une?longue=adresse>\r\n[cid:image001.png@01D0]\r\nPaul"
    )
    outer = _stored({subject: "À lire", body: said}, inside=(attachment,))
    words = SourceWords(load())
    reader = MsgReader(MailReader(LAYOUT, words, HtmlReader(LAYOUT, words)))
    found = list(reader.message(outer, b"", "in.msg", Nest(lambda *_: iter(()))))
    assert [(d.uri, d.title) for d in found if isinstance(d, Document)] == [
        ("in.msg", "À lire"),
        ("in.msg#Une usine à Vesoul", "Une usine à Vesoul"),
    ]
    assert "Exemple investit 12 M€ à Vesoul." in found[1].text
    assert "site\n" in found[0].text
    assert "adresse" not in found[0].text
    assert "cid" not in found[0].text


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for module in ("oxmsg", "oxmsg.storage"):
        monkeypatch.setitem(sys.modules, module, None)
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "__substg1.0_0037001F".encode("utf-16-le")
    with pytest.raises(Refusal) as refusal:
        list(READERS.documents(data, "a.msg"))
    assert (refusal.value.code, refusal.value.detail) == ("needs_extra", "msg")


def test_kinds_of_blocks_stay_kinds() -> None:
    assert {b.kind for b in one(PAGE.encode()).blocks} <= set(BlockKind)
