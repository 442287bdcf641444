"""Bad input: refused with its reason, everything beside it read, within bounds, and nothing else touched."""

from __future__ import annotations

import io
import socket
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.document import Document
from pipeline.readers import Layout, Readers, Refusal, archive, nest, pdf
from pipeline.readers.pdf_columns import MAX_LINES
from pipeline.run import Processor, Source
from rules.messages import LANGUAGES, Messages

READERS = Readers(Layout.load())
GOOD = "Le groupe Exemple ouvre une usine à Vesoul."


def outcomes(data: bytes, uri: str = "in/bad") -> list[Document | Refusal]:
    try:
        return list(READERS.documents(data, uri))
    except Refusal as refusal:
        return [refusal]


def told(data: bytes, uri: str = "in/bad") -> list[tuple[str, str]]:
    """(uri, code of the refusal or "read") of each outcome."""
    return [
        (o.uri or "", o.code) if isinstance(o, Refusal) else (str(o.uri).removeprefix(f"{uri}"), "read")
        for o in outcomes(data, uri)
    ]


def refused(data: bytes) -> str:
    (only,) = outcomes(data)
    assert isinstance(only, Refusal)
    return only.code


def zipped(members: dict[str, bytes | str], deflate: bool = True) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED) as box:
        for name, data in members.items():
            box.writestr(name, data)
    return out.getvalue()


def a_pdf(text: str = GOOD, **options: object) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, **options)
    canvas.drawString(50, 700, text)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def a_docx() -> bytes:
    import docx

    document = docx.Document()
    document.add_paragraph(GOOD)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def encrypted_pdf() -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption

    return a_pdf(encrypt=StandardEncryption("secret", canPrint=0))


def scanned_pdf() -> bytes:
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawImage(ImageReader(Image.new("L", (60, 80), 200)), 0, 0, 595, 842)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def looping_pdf() -> bytes:
    """Its page tree is its own child."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9999999 >>"]
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return out + f"xref\n0 3\n0000000000 65535 f \n{table}trailer << /Size 3 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF".encode()  # fmt: skip


def bursting_pdf() -> bytes:
    """A page whose drawing unpacks to 60 MB."""
    import zlib

    stream = zlib.compress(b" " * 60_000_000)
    page = b"<< /Type /Page /MediaBox [0 0 9 9] /Contents 2 0 R >>"
    return b"%%PDF-1.4\n1 0 obj\n%b\nendobj\n2 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream\nendobj\n" % (page, len(stream), stream)  # fmt: skip


def locked_zip() -> bytes:
    data = bytearray(zipped({"a.txt": GOOD}, deflate=False))
    data[6] |= 1  # the flag in the member's own head
    data[data.find(b"PK\x01\x02") + 8] |= 1  # and in the directory
    return bytes(data)


def laughs(root: str) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY l0 "ha">{entities}]><{root}><channel><item><title>&l11;</title></item></channel></{root}>'.encode()  # fmt: skip


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (encrypted_pdf, "encrypted"),
        (scanned_pdf, "scanned"),
        (looping_pdf, "broken_pdf"),
        (bursting_pdf, "zip_bomb"),
        (lambda: a_pdf()[:200], "broken_pdf"),
        (lambda: b"%PDF-1.7\n" + b"\0" * 500, "broken_pdf"),
        (lambda: a_docx()[:2000], "broken_zip"),
        (lambda: zipped({"word/document.xml": "<w:document"}), "empty"),
        (lambda: zipped({"[Content_Types].xml": "<x/>", "word/document.xml": laughs("w")}), "xml_entities"),
        (lambda: zipped({"xl/workbook.xml": "<x/>"}), "kind_unsupported"),
        (lambda: zipped({}), "empty"),
        (lambda: laughs("rss"), "xml_entities"),
        (lambda: b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>', "xml_entities"),
        (lambda: b"<rss><channel></channel></rss>", "empty"),
        (lambda: b"<html><body>" + b"<div>" * 100_000 + GOOD.encode() + b"</div>" * 100_000, "tags_too_deep"),
        (lambda: b"<html><body><script>var x = 1;</script></body></html>", "empty"),
        (lambda: b"<html><body><p>12 34</p></body></html>", "no_words"),
        (lambda: b"<html>" + b"\0\1\2\3" * 500, "binary"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "__substg1.0_0037001F".encode("utf-16-le"), "broken_msg"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (lambda: b'{"id": 1}', "no_text_field"),
        (lambda: b'{"text": "12"}', "no_words"),
        (lambda: b"[" * 100_000 + b'{"text": "a"}', "read"),
    ],
)  # fmt: skip
def test_refused(make: Callable[[], bytes], code: str) -> None:
    if code == "read":
        assert [c for _, c in told(make())] == ["read"]
    else:
        assert refused(make()) == code


def test_a_long_drawing_with_bytes_behind_its_end_is_read() -> None:
    import zlib

    stream = zlib.compress(b"BT /F1 9 Tf 10 10 Td (Usine ouverte) Tj ET " * 400_000, 9) + b"\n\n"
    page = b"<< /Type /Page /Parent 3 0 R /MediaBox [0 0 595 842] /Contents 2 0 R >>"
    assert not pdf._is_bomb(b"1 0 obj\n%b\nendobj\n2 0 obj\n<< /Filter /FlateDecode >>\nstream\n%b\nendstream" % (page, stream))  # fmt: skip


def test_members_of_an_archive_do_not_cost_each_other() -> None:
    data = zipped(
        {
            "a.txt": GOOD,
            "../../etc/passwd": GOOD,
            "/etc/passwd": GOOD,
            "C:/windows/a.txt": GOOD,
            "bomb.txt": b"a" * (archive.SMALL * 8),
            "cut.pdf": a_pdf()[:200],
            "answers.release": "published: 2024-01-01\n---\n---\n[]",
            "empty.txt": "",
            "nothing.bin": b"\0\1\2\3" * 99,
            "z.txt": GOOD,
        }
    )
    assert told(data, "box.zip") == [
        ("/a.txt", "read"),
        ("box.zip/../../etc/passwd", "path_leaves"),
        ("box.zip//etc/passwd", "path_leaves"),
        ("box.zip/C:/windows/a.txt", "path_leaves"),
        ("box.zip/bomb.txt", "zip_bomb"),
        ("box.zip/cut.pdf", "broken_pdf"),
        ("box.zip/answers.release", "holds_answers"),
        ("box.zip/empty.txt", "empty"),
        ("box.zip/nothing.bin", "binary"),
        ("/z.txt", "read"),
    ]


def test_a_locked_member() -> None:
    assert told(locked_zip(), "box.zip") == [("box.zip/a.txt", "encrypted")]


def test_archives_in_archives() -> None:
    data = zipped({"a.txt": GOOD})
    for _ in range(nest.MAX_DEPTH + 2):
        data = zipped({"b.txt": GOOD, "in.zip": data})
    codes = [code for _, code in told(data, "box.zip")]
    assert codes == ["read"] * nest.MAX_DEPTH + ["nested_too_deep"] * 2


def test_an_archive_that_holds_itself_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nest, "MAX_MEMBERS", 50)
    data = zipped({f"{n}.txt": GOOD for n in range(10)})
    for _ in range(2):
        data = zipped({f"{n}.zip": data for n in range(10)})
    codes = [code for _, code in told(data, "box.zip")]
    assert codes.count("read") <= 50
    assert set(codes) == {"read", "too_many_members"}
    assert len(codes) < 200


def test_what_is_too_big_once_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nest, "MAX_UNPACKED", 10_000)
    codes = [code for _, code in told(zipped({f"{n}.txt": GOOD * 100 for n in range(9)}, deflate=False), "box.zip")]
    assert codes == ["read", "read", "too_big_unpacked"]


def test_a_file_too_big_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pipeline.readers as readers

    monkeypatch.setattr(readers, "MAX_BYTES", 10)
    path = tmp_path / "a.txt"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(Refusal, match="too_big"):
        list(READERS.file(path, "a.txt"))


def test_pages_beyond_the_bound_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from reportlab.pdfgen.canvas import Canvas

    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    out = io.BytesIO()
    canvas = Canvas(out)
    for text in (GOOD, "", "Une troisième page.", "Une quatrième."):
        canvas.drawString(50, 700, text)
        canvas.showPage()
    canvas.save()
    (document,) = outcomes(out.getvalue())
    assert isinstance(document, Document)
    assert document.text == GOOD
    assert sorted(document.warnings) == ["page_left_out", "page_left_out", "page_without_text"]


def test_attachments_do_not_cost_each_other() -> None:
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "a@exemple.fr", "Une usine", "<1@exemple.fr>"
    message.set_content(GOOD)
    message.add_attachment(encrypted_pdf(), maintype="application", subtype="pdf", filename="a.pdf")
    message.add_attachment(scanned_pdf(), maintype="application", subtype="pdf", filename="b.pdf")
    message.add_attachment(a_docx(), maintype="application", subtype="pdf", filename="c.pdf")
    assert told(bytes(message), "m.eml") == [
        ("", "read"),
        ("m.eml#a.pdf", "encrypted"),
        ("m.eml#b.pdf", "scanned"),
        ("#c.pdf", "read"),
    ]


def test_mails_that_are_cut_off_or_malformed() -> None:
    head = b"From: a@b.c\nMIME-Version: 1.0\nDate: hier\nSubject: =?utf-8?Q?Une_=C3?=\nContent-Type: multipart/mixed; boundary=x\n\n"
    assert [c for _, c in told(head + b"--x\nContent-Type: text/plain; charset=inconnu\n\n" + GOOD.encode())] == [
        "read"
    ]
    named = b"From: a@b.c\nMIME-Version: 1.0\nContent-Type: text/plain; "
    assert told(named + b'charset="u\0tf"\n\n' + GOOD.encode()) == [("", "read")]
    assert told(named + b"charset*=\0''x\n\n" + GOOD.encode()) == [("in/bad", "broken_mail")]
    deep = b"".join(b"--%d\nContent-Type: multipart/mixed; boundary=%d\n\n" % (n, n + 1) for n in range(3000))
    start = b"From: a@b.c\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=0\n\n"
    assert [c for _, c in told(start + deep)] in (["nested_too_deep"], ["empty"])


def test_a_page_with_control_characters_around_what_is_left_out() -> None:
    page = f"<html><body><p>{GOOD}&#1;<script>a</script> Il recrute.</p></body></html>"
    (document,) = outcomes(page.encode())
    assert isinstance(document, Document)
    assert document.text == f"{GOOD}\x01 Il recrute."


def test_a_member_without_a_name_is_passed_over() -> None:
    (box,) = outcomes(zipped({"b": GOOD}, deflate=False).replace(b"b", b"\0"))
    assert isinstance(box, Refusal)
    assert box.code == "empty"


def test_rows_do_not_cost_each_other() -> None:
    lines = f'{{"text": "{GOOD}"}}\n{{"text": 3}}\n{{"text": \n["a"]\n{{"text": "{GOOD}"}}\n'
    assert told(lines.encode(), "r.jsonl") == [
        ("#1", "read"),
        ("r.jsonl#2", "no_text_field"),
        ("r.jsonl#3", "broken_row"),
        ("r.jsonl#4", "broken_row"),
        ("#5", "read"),
    ]
    table = f'id;titre;texte\n1;a;{GOOD}\n2;b;\n3;c;"{GOOD}\n'
    assert [c for _, c in told(table.encode(), "r.csv")] == ["read", "no_text_field", "read"]


def test_entries_do_not_cost_each_other() -> None:
    deep = "&lt;div>" * 1000
    feed = f"<rss><channel><item><title>Une usine</title></item><item><description>{deep}</description></item><item><description>{GOOD}</description></item></channel></rss>"  # fmt: skip
    assert [c for _, c in told(feed.encode(), "f.xml")] == ["read", "tags_too_deep", "read"]


def test_nothing_is_fetched_and_nothing_else_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Le secret est à Lyon.", encoding="utf-8")

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    page = f'<html><head><link rel="stylesheet" href="http://x.exemple/a.css"><base href="file://{tmp_path}/"></head><body><img src="http://x.exemple/a.png"><iframe src="secret.txt"></iframe><object data="file://{secret}"></object><p>{GOOD}</p></body></html>'  # fmt: skip
    feed = f'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://x.exemple/rss.dtd"><rss xmlns:xi="http://www.w3.org/2001/XInclude"><channel><item><description>{GOOD}</description><xi:include href="file://{secret}"/></item></channel></rss>'  # fmt: skip
    for data in (page, feed):
        (document,) = outcomes(data.encode())
        assert isinstance(document, Document)
        assert document.text == GOOD


def test_random_bytes_behind_every_beginning_are_read_or_refused() -> None:
    import random

    dice = random.Random(5)
    beginnings = [a_pdf()[:600], a_docx()[:900], b"<html><body>", b"<rss><item>", b"From: a@b\nMIME-Version: 1.0\n\n", b'{"text": "', zipped({"a": GOOD})[:40], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"id;texte\n"]  # fmt: skip
    for beginning in beginnings:
        for _ in range(5):
            assert outcomes(beginning + dice.randbytes(2000))
            whole = bytearray(beginning)
            for _ in range(10):
                whole[dice.randrange(len(whole))] = dice.randrange(256)
            assert outcomes(bytes(whole))


def test_mutated_files_are_read_or_refused() -> None:
    import random

    dice = random.Random(7)
    for whole in (a_pdf(), a_docx()):
        for _ in range(25):
            data = bytearray(whole)
            for _ in range(20):
                data[dice.randrange(len(data))] = dice.randrange(256)
            assert outcomes(bytes(data))


def crowded_pdf(words: Callable[[int], list[tuple[int, str]]], lines: int = MAX_LINES) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 14_400))
    canvas.setFont("Helvetica", 5)
    for n in range(lines):
        for x, text in words(n):
            canvas.drawString(x, 14_390 - 6 * n, text)
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        crowded_pdf(lambda n: [(50, f"Poste {n}"), (300, f"{n} M")]),
        crowded_pdf(lambda n: [(50, f"Poste {n}"), (300, f"{n} M")], 2400),
        crowded_pdf(lambda n: [(300, "une usine") if n % 2 else (50, "le groupe ouvre")]),
        b"From: a@b.c\nMIME-Version: 1.0\n\n" + b"> Usine\n" * 20_000,
        b"From: a@b.c\nMIME-Version: 1.0\n\n" + b"De : a\nDate : b\nObjet : c\n\nUsine\n" * 500,
        b"<html><body>" + b"<h3>Lire aussi</h3><a href=a>x</a>" * 3000 + b"<p>Usine</p>",
        b"<html><body><p>" + b"<span>1</span><span>emploi</span>" * 5000,
    ],
    ids=["table", "listing", "halves", "quotes", "headers", "links", "spans"],
)
def test_what_a_quadratic_reader_would_never_finish(data: bytes) -> None:
    assert all(isinstance(o, Document) for o in outcomes(data))


def test_every_reason_is_told_in_both_languages() -> None:
    import re

    root = Path(__file__).parents[2] / "pipeline"
    source = "".join(path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.py")))
    codes = set(re.findall(r"Refusal\([^()]*?(?:\([^()]*\))?[^()]*?, \"([a-z_]+)\"", source))
    assert {"encrypted", "scanned", "zip_bomb", "nested_too_deep"} <= codes
    for language in LANGUAGES:
        say = Messages.load(language)
        assert not [code for code in codes if not say.get(f"refusal.{code}")]


def test_refusals_inside_a_source_stand_among_its_records(engine: object) -> None:
    data = zipped({"a.txt": GOOD, "b.pdf": encrypted_pdf(), "c.txt": GOOD})
    processor = Processor(engine, READERS)  # type: ignore[arg-type]
    found = processor.outcomes([Source("box.zip", data=data), Source("d.txt", data=GOOD.encode())])
    assert [type(o).__name__ for o in found] == ["Release", "Refusal", "Release", "Release"]
