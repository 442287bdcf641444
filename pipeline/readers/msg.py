"""Outlook messages (.msg), by python-oxmsg, which the extra "msg" brings."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Final

from pipeline.readers.days import day_of
from pipeline.readers.encoding import BinaryError, decode
from pipeline.readers.mail import Mail, MailReader
from pipeline.readers.nest import Nest, Read
from pipeline.readers.refusal import Refusal

MEDIA_TYPE: Final = "application/vnd.ms-outlook"


class MsgReader:
    """Reads a message as MailReader does."""

    def __init__(self, mail: MailReader) -> None:
        self._mail = mail

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "msg"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        try:
            from oxmsg import Message
        except ImportError:
            raise Refusal(uri, "needs_extra", "msg") from None
        try:
            message = Message.load(io.BytesIO(data))
            sent = message.sent_date
            mail = Mail(
                subject=message.subject or "",
                published=day_of(sent.isoformat()) if sent else None,
                plain=(message.body or "").replace("\r\n", "\n"),
                html=_text(message.html_body),
            )
            for attachment in message.attachments:
                if (attachment.mime_type or "").startswith(("image/", "audio/", "video/")):
                    mail.pictures += 1
                elif attachment.file_bytes:
                    mail.attached.append((attachment.file_name or "1", attachment.file_bytes))
        except Exception:  # compound files that are cut off raise whatever their bytes lead to
            raise Refusal(uri, "broken_msg") from None
        yield from self._mail.documents(mail, data, uri, nest, MEDIA_TYPE)


def _text(html: str | bytes | None) -> str:
    if isinstance(html, bytes):
        try:
            return decode(html)
        except BinaryError:
            return ""
    return html or ""
