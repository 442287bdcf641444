"""E-mail: the body, what it hands on or quotes, and each attachment as a source of its own."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from typing import TYPE_CHECKING, Final

from pipeline.document import BlockKind
from pipeline.readers.days import day_of
from pipeline.readers.encoding import BinaryError, decode
from pipeline.readers.html import HtmlReader
from pipeline.readers.layout import Layout
from pipeline.readers.messages import FORWARDED, OWN, Message, messages_of, uncited
from pipeline.readers.nest import Names, Nest, Read
from pipeline.readers.pieces import About, Piece, make
from pipeline.readers.refusal import Refusal
from pipeline.readers.words import SourceWords

if TYPE_CHECKING:
    import datetime

MEDIA_TYPE: Final = "message/rfc822"
_STUB: Final = 0.6  # of the words of the HTML: a plain text with fewer is not the same message
_TOP: Final = 10  # lines among which a subject is looked for
_MAX_NAME: Final = 200
_SEPARATOR = re.compile(rb"(?:\A|\n\r?\n)From [^\r\n]{1,200}\r?\n(?=[A-Za-z-]{1,60}:)")
_WORD = re.compile(r"\w+")
# What mail programs add for themselves: it holds no text of a release.
_PASSED = re.compile(
    r"(?:application/(?:pkcs7|pgp|x-pkcs7)|text/(?:calendar|x-vcard|vcard)|message/delivery|multipart/).*"
)
_PICTURES = ("image", "audio", "video")


@dataclass(slots=True)
class Mail:
    """A message taken apart, whatever form it came in."""

    subject: str = ""
    published: datetime.date | None = None
    plain: str = ""
    html: str = ""
    attached: list[tuple[str, bytes]] = field(default_factory=list)  # (name, content)
    pictures: int = 0  # passed over, as those of a page are


class MailReader:
    """Reads messages as they are sent and kept (.eml, mbox)."""

    def __init__(self, layout: Layout, words: SourceWords, page: HtmlReader) -> None:
        self._layout = layout
        self._words = words
        self._page = page

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "mail"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """The body as the mail itself, "mail.eml#forwarded-1", "mail.eml#quoted-1", "mail.eml#name" of an attachment."""
        if data.startswith(b"From "):
            yield from _mailbox(data, uri, nest)
            return
        try:
            message = email.message_from_bytes(data, policy=email.policy.default)
            mail = _taken_apart(message)
        except RecursionError:
            raise Refusal(uri, "nested_too_deep", "") from None
        except Exception:  # the standard library's parser of headers raises at will on malformed ones
            raise Refusal(uri, "broken_mail") from None
        yield from self.documents(mail, data, uri, nest)

    def documents(self, mail: Mail, data: bytes, uri: str, nest: Nest, media_type: str = MEDIA_TYPE) -> Iterator[Read]:
        """The documents of a message that was taken apart."""
        refused: Refusal | None = None
        some = False
        try:
            for about, pieces in self._messages(mail, uri, media_type):
                try:
                    yield make(pieces, about, data, self._layout)
                    some = True
                except Refusal as refusal:
                    refused = refused or refusal
        except Refusal as refusal:  # the HTML of the body
            refused = refusal
        if refused is not None and (refused.code not in ("empty", "no_words") or not (some or mail.attached)):
            yield refused
        names = Names()
        for name, content in mail.attached:
            yield from nest.read(content, f"{uri}#{names.unique(name[:_MAX_NAME])}")

    def _messages(self, mail: Mail, uri: str, media_type: str) -> Iterator[tuple[About, list[Piece]]]:
        pieces, lines, owner = self._body(mail, uri)
        subject = self._words.without_prefix(mail.subject)
        handed_on = subject != mail.subject.strip()
        counts = {FORWARDED: 0}
        found = messages_of(lines, self._words, handed_on)
        for message in found:
            if message.role != OWN and not any(lines[n].strip(" >") for n in message.lines):
                continue
            inner, title, day = uri, subject or None, mail.published
            if message.role != OWN:
                counts[message.role] = counts.get(message.role, 0) + 1
                inner = f"{uri}#{message.role}-{counts[message.role]}"
                title, day = message.subject, message.published
            elif message is not found[0]:  # an answer between the lines of a quotation
                counts[OWN] = counts.get(OWN, 0) + 1
                inner = f"{uri}#own-{counts[OWN] + 1}"
            warnings = ("picture_unread",) * mail.pictures if message is found[0] else ()
            said = _pieces(message, pieces, lines, owner, self._layout)
            in_text = title is not None and any(_bare(title) in _bare(p.text) for p in said[:_TOP])
            if title and not in_text and not (message is found[0] and (handed_on or not said)):
                said.insert(0, Piece(title, BlockKind.TITLE))
            yield About(inner, media_type, title, day, warnings=warnings), said

    def _body(self, mail: Mail, uri: str) -> tuple[list[Piece], list[str], list[int]]:
        """The body as pieces (none for plain text), its lines, and which piece each line is of."""
        from pipeline.readers.html_meta import Head
        from pipeline.readers.xml import parse_html

        plain = len(_WORD.findall(mail.plain))
        if not mail.html or (plain and plain >= _STUB * len(_WORD.findall(re.sub(r"<[^>]{0,2000}>", " ", mail.html)))):
            return [], mail.plain.split("\n"), []
        pieces = self._page.pieces(parse_html(mail.html, uri), Head())
        if mail.plain and sum(len(_WORD.findall(p.text)) for p in pieces) < plain:
            return [], mail.plain.split("\n"), []
        lines: list[str] = []
        owner: list[int] = []
        for n, piece in enumerate(pieces):
            for line in piece.text.split("\n"):
                lines.append(line)
                owner.append(n)
        return pieces, lines, owner


def _pieces(
    message: Message, pieces: Sequence[Piece], lines: Sequence[str], owner: Sequence[int], layout: Layout
) -> list[Piece]:
    """The pieces of one of the messages in a mail."""
    if not owner:
        said = [uncited(lines[n]) if message.cited else lines[n] for n in message.lines]
        text = layout.join("\n".join(said)).strip("\n")
        return [Piece(text)] if text.strip() else []
    out: list[Piece] = []
    last = -1
    for n in message.lines:
        if owner[n] == last:
            out[-1] = replace(out[-1], text=f"{out[-1].text}\n{lines[n]}")
        else:
            out.append(replace(pieces[owner[n]], text=lines[n]))
            last = owner[n]
    return out


def _bare(text: str) -> str:
    """Without blanks, of which mail programs lose and add some in long subjects."""
    return "".join(text.split())


def _mailbox(data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
    """The messages of an mbox file as "box.mbox#1", "box.mbox#2" …"""
    starts = [m.end() for m in _SEPARATOR.finditer(data)] or [data.find(b"\n") + 1]
    ends = [*[m.start() for m in _SEPARATOR.finditer(data)][1:], len(data)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=False), 1):
        yield from nest.read(data[start:end], f"{uri}#{number}")


def _taken_apart(message: EmailMessage) -> Mail:
    mail = Mail(subject=_header(message, "subject"), published=day_of(_header(message, "date")))
    chosen = [message.get_body((kind,)) for kind in ("plain", "html")]
    for part in _parts(message):
        kind, name = part.get_content_type(), _name(part)
        if kind == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], EmailMessage):
                mail.attached.append((name or _header(inner[0], "subject") or "message", bytes(inner[0])))
        elif part is chosen[0] or (kind == "text/plain" and not name and not part.is_attachment()):
            mail.plain = "\n\n".join(filter(None, (mail.plain, _text(part))))
        elif part is chosen[1]:
            mail.html = _text(part)
        elif part.get_content_maintype() in _PICTURES:
            mail.pictures += part.is_attachment()
        elif not _PASSED.fullmatch(kind):
            mail.attached.append((name or kind.replace("/", "."), _bytes(part)))
    return mail


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something; messages that are attached stay whole."""
    waiting = [message]
    while waiting:
        part = waiting.pop(0)
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            waiting = [p for p in part.get_payload() if isinstance(p, EmailMessage)] + waiting
        else:
            yield part


def _header(message: EmailMessage, name: str) -> str:
    """A header on one line, "" when there is none or it is malformed."""
    try:
        return " ".join(str(message.get(name) or "").split())[:1000]
    except Exception:  # the standard library's parser of headers raises at will on malformed ones
        return ""


def _name(part: EmailMessage) -> str:
    try:
        return " ".join((part.get_filename() or "").replace("/", "_").replace("\\", "_").split())
    except Exception:
        return ""


def _bytes(part: EmailMessage) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _text(part: EmailMessage) -> str:
    """A part's text, in the charset that it names unless its bytes say otherwise; soft line ends taken away."""
    data = _bytes(part)
    charset = (part.get_content_charset() or "").lower()
    text = ""
    if charset and charset not in ("utf-8", "us-ascii", "iso-8859-1", "windows-1252"):
        try:
            text = data.decode(charset)
        except (LookupError, ValueError):  # a charset that is none, one with a null in it, or not that of the bytes
            text = ""
    if not text:
        try:
            text = decode(data) if data else ""
        except BinaryError:
            text = ""
    text = text.replace("\r\n", "\n")
    if (part.get_param("format") or "") == "flowed":
        soft = "" if (part.get_param("delsp") or "") == "yes" else " "
        text = re.sub(r"(?<!^--)(?<!\n--) \n(?!>)(?=\S)", soft or "", text)
    return text
