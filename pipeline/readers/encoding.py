"""Bytes → str: the encoding found, double encodings undone, line ends and accents made one. Nothing else is changed."""

from __future__ import annotations

import codecs
import re
import unicodedata

import ftfy

# Byte order marks, the longest first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ONE_BYTE = ("cp1252", "mac_roman", "cp850")
_TYPOGRAPHY = frozenset("«»’‘“”–—…•€°²³©®™½¼\u00a0")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_C1 = re.compile(rb"[\x80-\x9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x7f]")
_LINE_END = re.compile(r"\r\n?|\x85|\u2028|\u2029")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # they only say where a line may break
_REPAIR = ftfy.TextFixerConfig(  # double encodings, and nothing else that ftfy can do
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
)


class BinaryError(ValueError):
    """These bytes are no text."""


def decode(data: bytes) -> str:
    """The text of some bytes, with LF line ends and composed accents; BinaryError when they are no text."""
    text = _decoded(data)
    if len(_CONTROL.findall(text)) > len(text) // 100:
        raise BinaryError
    return tidy(text)


def tidy(text: str) -> str:
    """A text as it was meant, with LF line ends, double encodings undone, and nothing in it that cannot be seen."""
    text = _LINE_END.sub("\n", text)
    if not text.isascii():
        text = ftfy.fix_text(_INVISIBLE.sub("", text), _REPAIR)
    return unicodedata.normalize("NFC", text)


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        return _wide(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        head = data[: error.start]
        if error.reason == "unexpected end of data" and not head.isascii():  # a file cut off inside a character
            return head.decode("utf-8")
    lines = data.splitlines(keepends=True)
    if any(_is_utf8(line) for line in lines):  # pasted together from files of several encodings
        encoding = _one_byte(b"".join(line for line in lines if not _is_utf8(line)))
        return "".join(line.decode("utf-8") if _is_utf8(line) else _as(line, encoding) for line in lines)
    return _as(data, _one_byte(data))


def _is_utf8(line: bytes) -> bool:
    """Whether a line holds characters beyond ASCII, all of them well formed UTF-8."""
    try:
        return not line.decode("utf-8").isascii()
    except UnicodeDecodeError:
        return False


def _wide(data: bytes) -> str:
    """UTF-16 without its mark: in European text every other byte is null."""
    sample = data[:4096]
    for encoding, nulls in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if len(nulls) and nulls.count(0) > 0.7 * len(nulls) and sample.count(0) < 0.6 * len(sample):
            return data.decode(encoding, "replace")
    raise BinaryError


def _one_byte(data: bytes) -> str:
    """Which encoding of one byte a character. Only those of Western Europe are weighed, the likeliest first.

    On lines of ten words, where general detectors have too little to go by, this is right more often than they are.
    """
    if b"\xa4" in data and not _C1.search(data):
        return "iso8859_15"  # the euro sign there; the currency sign that it replaced is not written
    return max(_ONE_BYTE, key=lambda encoding: _plausible(_as(data[:100_000], encoding)))


def _plausible(text: str) -> float:
    """How well the characters beyond ASCII fit among their neighbours, as writing in Latin letters."""
    score = 0.0
    for match in _BEYOND_ASCII.finditer(text):
        at, char = match.start(), match.group()
        before, after = text[max(0, at - 1) : at], text[at + 1 : at + 2]
        category = unicodedata.category(char)
        inside = before.isalpha() and after.isalpha()
        if category == "Ll":
            score += -2 if after.isupper() else 1
        elif category == "Lu":
            score += -2 if before.islower() else 1
        elif char in _TYPOGRAPHY:
            score += -1 if (inside and char != "’") or (char == "…" and before.isspace()) else 1
        else:
            score -= 1
    return score


def _as(data: bytes, encoding: str) -> str:
    """Decoded; the few bytes that cp1252 leaves out stand for themselves, as in Latin-1."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return "".join(bytes([b]).decode(encoding, "ignore") or chr(b) for b in data)
