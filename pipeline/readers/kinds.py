"""What bytes are, by their first bytes: kinds of source that no reader takes yet are refused by their name."""

from __future__ import annotations

import json
import re

_MAGIC: tuple[tuple[str, bytes], ...] = (
    ("zip", b"PK\x03\x04"),  # DOCX and ODT too
    ("ole", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),  # .doc, .msg
    ("rtf", b"{\\rtf"),
    ("gzip", b"\x1f\x8b"),
    ("image", b"\x89PNG"),
    ("image", b"\xff\xd8\xff"),
    ("image", b"GIF8"),
    ("sqlite", b"SQLite format 3\0"),
)
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_MAIL = re.compile(
    rb"^(?:received|return-path|mime-version|message-id|delivered-to|x-mailer):\s", re.IGNORECASE | re.MULTILINE
)
_FROM = re.compile(rb"^from:\s", re.IGNORECASE | re.MULTILINE)


def kind(head: bytes) -> str | None:
    """The kind of a source that is no plain text, by its first bytes; None when it may be text."""
    for name, magic in _MAGIC:
        if head.startswith(magic):
            return name
    start = head[:1024]
    if b"%PDF-" in start:
        return "pdf"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if _HTML.search(text[:512]) and text.startswith(b"<"):
        return "html"
    if text.startswith(b"<?xml"):
        return "xml"
    if _FROM.search(start) and _MAIL.search(start):
        return "mail"
    return "json" if _is_json(text) else None


def _is_json(text: bytes) -> bool:
    """It begins with an object of JSON that has at least one key."""
    if not re.match(rb'\[?\s{0,40}\{\s{0,40}"', text):
        return False
    line = text.split(b"\n", 1)[0]
    try:
        json.loads(line)
    except ValueError:
        return bool(re.match(rb'\[?\s{0,40}\{\s{0,40}"[^"\n]{1,80}"\s{0,8}:', text))
    return True
