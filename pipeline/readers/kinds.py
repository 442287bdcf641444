"""What bytes are, by what they hold and not by what the file is called."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Final

_MAGIC: tuple[tuple[str, bytes], ...] = (
    ("zip", b"PK\x03\x04"),
    ("zip", b"PK\x05\x06"),  # without members
    ("ole", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ("rtf", b"{\\rtf"),
    ("gzip", b"\x1f\x8b"),
    ("archive", b"7z\xbc\xaf\x27\x1c"),
    ("archive", b"Rar!\x1a\x07"),
    ("archive", b"BZh"),
    ("archive", b"\xfd7zXZ\0"),
    ("image", b"\x89PNG"),
    ("image", b"\xff\xd8\xff"),
    ("image", b"GIF8"),
    ("image", b"II*\0"),
    ("image", b"MM\0*"),
    ("sqlite", b"SQLite format 3\0"),
    ("parquet", b"PAR1"),
)
_OLE_MESSAGE = "__substg1.0_".encode("utf-16-le")  # a property of an Outlook message
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # a Word file with a password
_HTML = re.compile(
    rb"<!doctype\s+html|<(?:html|head|body|article|main|section|div|p|table|meta|h[1-6]|ul)[\s>]", re.IGNORECASE
)
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,40})[\s>/]")
_ROOTS: dict[str, str] = {
    "rss": "feed",
    "feed": "feed",
    "rdf": "feed",
    "newsml": "newsml",
    "newsmessage": "newsml",
    "newsitem": "newsml",
    "packageitem": "newsml",
    "nitf": "newsml",
    "html": "html",
}
_PROLOG = re.compile(rb"\s+|<\?[^>]{0,2000}\?>|<!--.{0,4000}?-->|<!doctype[^\[>]{0,1000}(?:\[[^\]]{0,4000}\]\s*)?>", re.I | re.S)  # fmt: skip
_HEADER = re.compile(rb"^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]*\S?", re.MULTILINE)
_MAIL_SURE: Final = frozenset(
    b"received return-path mime-version message-id delivered-to x-mailer content-type dkim-signature".split()
)
_MAIL_LIKELY: Final = frozenset(b"from to subject date".split())
_OFFICE: tuple[tuple[str, str], ...] = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "sheet"),
    ("ppt/presentation.xml", "slides"),
)
_ODF: dict[bytes, str] = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.text-template": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "sheet",
    b"application/vnd.oasis.opendocument.presentation": "slides",
    b"application/epub+zip": "epub",
}
_JSON_KEY = re.compile(rb'\[?\s{0,200}\{\s{0,200}"[^"\n]{1,80}"\s{0,8}:')


def kind(data: bytes) -> str:
    """The kind of some bytes: "text" when nothing says that they are another."""
    for name, magic in _MAGIC:
        if data.startswith(magic):
            return _zip_kind(data) if name == "zip" else _ole_kind(data) if name == "ole" else name
    if b"%PDF-" in data[:1024]:
        return "pdf"
    text = _ascii(data[:65536]).lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<"):
        return _markup_kind(text)
    if _is_mail(text):
        return "mail"
    return "json" if _is_json(text) else "text"


def _ascii(head: bytes) -> bytes:
    """Bytes in which tags and headers can be looked for: those of UTF-16 without their nulls."""
    return head.replace(b"\0", b"").lstrip(b"\xff\xfe") if b"\0" in head[:200] else head


def _markup_kind(text: bytes) -> str:
    at = 0
    while match := _PROLOG.match(text, at):
        at = match.end()
    root = _ROOT.match(text, at)
    name = root.group(1).decode("ascii").lower() if root else ""
    if name in _ROOTS:
        return _ROOTS[name]
    if text.startswith(b"<?xml"):
        return "xml"
    return "html" if _HTML.match(text, at) or _HTML.match(text) else "text"


def _zip_kind(data: bytes) -> str:
    """A ZIP archive, or one of the documents that are kept as one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return _ODF.get(archive.read("mimetype").strip(), "zip")
            return next((name for part, name in _OFFICE if part in names), "zip")
    except Exception:  # broken archives raise whatever their bytes lead to
        return "zip"


def _ole_kind(data: bytes) -> str:
    if _OLE_ENCRYPTED in data:
        return "encrypted"
    return "msg" if _OLE_MESSAGE in data else "ole"


def _is_mail(text: bytes) -> bool:
    """Headers up to an empty line, among them one that only mail has, or several that letters have too."""
    head = re.split(rb"\r?\n\r?\n", text[:32768], maxsplit=1)[0]
    if text.startswith(b"From "):  # a mailbox
        head = head.split(b"\n", 1)[-1]
    lines = [line for line in head.splitlines() if line[:1] not in (b" ", b"\t")]
    names = [m.group(1).lower() for line in lines if (m := _HEADER.match(line))]
    if not names or len(names) < len(lines):
        return False
    found = set(names)
    return (b"from" in found and bool(found & _MAIL_SURE)) or (len(found & _MAIL_SURE) >= 2) or found >= _MAIL_LIKELY


def _is_json(text: bytes) -> bool:
    """It begins with an object that has at least one key, or with a list of such."""
    if not re.match(rb'\[?\s{0,200}\{\s{0,200}"', text):
        return False
    try:
        json.loads(text.split(b"\n", 1)[0])
    except ValueError:
        return bool(_JSON_KEY.match(text))
    return True
