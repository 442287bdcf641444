"""Outlook messages (.msg), by python-oxmsg, which the extra "msg" brings."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from pipeline.readers.days import day_of
from pipeline.readers.encoding import BinaryError, decode
from pipeline.readers.mail import Mail, MailReader
from pipeline.readers.nest import Names, Nest, Read
from pipeline.readers.refusal import Refusal

MEDIA_TYPE: Final = "application/vnd.ms-outlook"
_EMBEDDED: Final = "__substg1.0_3701000D"  # where an attachment holds a message
_PROPERTIES: Final = "__properties_version1.0"
_HEAD, _OUTER_HEAD = 24, 32  # bytes before the first property, of an attached message and of a file
# Outlook writes the address of a link behind its words, and the number of a picture in its place.
_LINK = re.compile(r" ?<(?:https?|mailto|tel):[^<>\s]{1,2000}>|\[cid:[^\]\s]{1,200}\]")


class MsgReader:
    """Reads a message as MailReader does."""

    def __init__(self, mail: MailReader) -> None:
        self._mail = mail

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "msg"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """As of a mail; a message that is attached is "mail.msg#its subject"."""
        try:
            from olefile import OleFileIO
            from oxmsg.storage import Storage
        except ImportError:
            raise Refusal(uri, "needs_extra", "msg") from None
        try:
            with OleFileIO(io.BytesIO(data)) as file:
                storage = Storage.from_ole(file)
        except Exception:  # compound files that are cut off raise whatever their bytes lead to
            raise Refusal(uri, "broken_msg") from None
        yield from self.message(storage, data, uri, nest)

    def message(self, storage: Any, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """The documents of the message that a storage of oxmsg holds."""
        try:
            mail, messages = _taken_apart(storage)
        except Exception:
            raise Refusal(uri, "broken_msg") from None
        if not (messages and not mail.plain.strip() and not mail.html):
            yield from self._mail.documents(mail, data, uri, nest, MEDIA_TYPE)
        names = Names()
        for name, inner in messages:
            there = f"{uri}#{names.unique(name)}"
            try:
                yield from self.message(inner, data, there, nest.inside(there, 0))
            except Refusal as refusal:
                yield refusal


def _taken_apart(storage: Any) -> tuple[Mail, list[tuple[str, Any]]]:
    """A message, and those attached to it as (subject, storage)."""
    from oxmsg import Message
    from oxmsg.domain import constants

    message = Message(storage)
    day = message.sent_date or message.properties.date_prop_value(constants.PID_MESSAGE_DELIVERY_TIME)
    mail = Mail(
        subject=message.subject or "",
        published=day_of(day.isoformat()) if day else None,
        plain=_LINK.sub("", (message.body or "").replace("\r\n", "\n")),
        html=_text(message.properties.binary_prop_value(constants.PID_HTML)) or _html(message),
    )
    messages: list[tuple[str, Any]] = []
    for attachment, place in zip(message.attachments, storage.iter_attachment_storages(), strict=True):
        inner = next((s for s in place.storages if s.name == _EMBEDDED), None)
        name = attachment.file_name or attachment.properties.str_prop_value(constants.PID_ATTACH_FILENAME)
        if inner is not None:
            inner = _as_outermost(inner)
            messages.append((Message(inner).subject or name or "message", inner))
        elif (attachment.mime_type or "").startswith(("image/", "audio/", "video/")):
            mail.pictures += 1
        elif attachment.file_bytes:
            mail.attached.append((name or "1", attachment.file_bytes))
    return mail, messages


def _as_outermost(storage: Any) -> Any:
    """An attached message as oxmsg reads one: the head of its properties is shorter than that of a file's."""
    streams = tuple(
        replace(s, bytes_=s.bytes_[:_HEAD] + bytes(_OUTER_HEAD - _HEAD) + s.bytes_[_HEAD:])
        if s.name == _PROPERTIES
        else s
        for s in storage.streams
    )
    return replace(storage, streams=streams)


def _html(message: Any) -> str:
    """The HTML of older messages, which is a text."""
    from oxmsg.domain import constants

    return str(message.properties.str_prop_value(constants.PID_BODY_HTML) or "")


def _text(html: bytes | None) -> str:
    try:
        return decode(html) if html else ""
    except BinaryError:
        return ""
