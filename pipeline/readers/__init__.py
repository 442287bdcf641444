"""Bytes → Documents. One module for each kind of source, chosen by content and not by name.

To take a new kind: tell it in `kinds`, write a class with `accepts` and `read`, and put it into `Readers.__init__`.
Libraries are imported inside `read`, so that a start costs nothing for kinds that are not met; a missing one is told
as a Refusal "needs_extra".

A source in a container has its container's uri with its own name behind it: "box.zip/inner.html" in an archive,
"mail.eml#annex.pdf" in a mail, "feed.xml#entry-id", "rows.csv#3" (the row's own id, or its number).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any, Final, Protocol

from pipeline.document import Document
from pipeline.readers.archive import ZipReader
from pipeline.readers.docx import DocxReader
from pipeline.readers.feed import FeedReader
from pipeline.readers.html import HtmlReader
from pipeline.readers.kinds import kind
from pipeline.readers.layout import Layout
from pipeline.readers.mail import MailReader
from pipeline.readers.msg import MsgReader
from pipeline.readers.nest import Nest, Read
from pipeline.readers.newsml import NewsmlReader
from pipeline.readers.odt import OdtReader
from pipeline.readers.pdf import PdfReader
from pipeline.readers.refusal import Refusal
from pipeline.readers.table import CsvReader, JsonReader, RowReader
from pipeline.readers.text import PlainTextReader, document_of
from pipeline.readers.words import SourceWords
from rules import Rules, load

__all__ = ["STDIN", "Layout", "Read", "Reader", "Readers", "Refusal", "document_of", "file_bytes", "read", "release_id"]

STDIN: Final = "stdin:"
MAX_BYTES: Final = 256 * 2**20  # of one file: it is held in memory, and no release is a thousandth of that
_ANSWERS = ".release"  # annotated releases: they hold what is to be found


class Reader(Protocol):
    """One kind of source."""

    def accepts(self, kind: str, data: bytes) -> bool:
        """Whether this reader takes these bytes; `kind` is what `kinds` says of them."""
        ...

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """Its documents; what a container holds is read through `nest`.

        A Refusal is raised where the source as a whole cannot be read, and yielded where a part of it cannot.
        """
        ...


class UnsupportedReader:
    """Kinds that are known, and not read."""

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind != "text"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        found = kind(data)
        if found == "encrypted":
            raise Refusal(uri, "encrypted")
        raise Refusal(uri, "kind_unsupported", found)


class Readers:
    """The registry: every reader, asked in order."""

    def __init__(self, layout: Layout, rules: Rules | None = None) -> None:
        words = SourceWords(rules or load())
        page = HtmlReader(layout, words)
        self._rows = RowReader(layout, words, page)
        self._readers: tuple[Reader, ...] = (
            page,
            PdfReader(layout),
            DocxReader(layout),
            OdtReader(layout),
            mail := MailReader(layout, words, page),
            MsgReader(mail),
            FeedReader(page),
            NewsmlReader(layout, page),
            JsonReader(layout, words, page),
            ZipReader(),
            UnsupportedReader(),
            CsvReader(layout, words, page),
            PlainTextReader(layout),
        )

    def documents(self, data: bytes, uri: str) -> Iterator[Read]:
        """The documents of some bytes, and refusals of what is in them; Refusal when there is nothing to be had."""
        return self._read(data, uri, Nest(self._read))

    def row(self, fields: Mapping[str, Any], uri: str, media_type: str) -> Document:
        """The document of a table's row, by the names of its columns; Refusal when it has no text."""
        return self._rows.row(fields, uri, media_type)

    def _read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        if PurePath(uri).suffix == _ANSWERS:
            raise Refusal(uri, "holds_answers")
        if not data:
            raise Refusal(uri, "empty")
        found = kind(data)
        reader = next(r for r in self._readers if r.accepts(found, data))
        yield from reader.read(data, uri, nest)

    def file(self, path: Path, uri: str) -> Iterator[Read]:
        """The documents of a file; Refusal when it cannot be read."""
        if path.suffix == _ANSWERS:
            raise Refusal(uri, "holds_answers")
        yield from self.documents(file_bytes(path, uri), uri)


def file_bytes(path: Path, uri: str) -> bytes:
    """The bytes of a file; Refusal with the system's reason when there are none."""
    try:
        if path.is_dir():
            raise Refusal(uri, "folder")
        if not path.is_file() and path.exists():
            raise Refusal(uri, "not_a_file")  # reading a pipe or a device might never end
        if path.stat().st_size > MAX_BYTES:
            raise Refusal(uri, "too_big", str(MAX_BYTES // 2**20))
        return path.read_bytes()
    except FileNotFoundError:
        raise Refusal(uri, "missing") from None
    except (OSError, ValueError) as error:
        raise Refusal(uri, "unreadable", getattr(error, "strerror", None) or str(error)) from None


def read(source: str | Path | bytes, *, uri: str | None = None, layout: Layout | None = None) -> Document:
    """The first document of a file, by its path, or of some bytes; Refusal with the reason when there is none.

    `layout` saves loading the rules again for each source.
    """
    readers = Readers(layout or Layout.load())
    if isinstance(source, bytes):
        found = readers.documents(source, uri or "bytes:")
    else:
        found = readers.file(Path(source), uri or PurePath(source).as_posix())
    refused: Refusal | None = None
    for one in found:
        if isinstance(one, Document):
            return one
        refused = refused or one
    raise refused or Refusal(uri or str(source)[:300], "empty")


def release_id(uri: str | None, sha256: str) -> str:
    """The id of a release: the same on every run for the same source. A text without a name has its content's."""
    name = uri if uri is not None else f"sha256:{sha256}"
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
