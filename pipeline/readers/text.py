"""Plain text: bytes of any encoding, or a str as it is."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator

from pipeline.document import Document
from pipeline.readers.encoding import BinaryError, decode
from pipeline.readers.layout import Layout
from pipeline.readers.nest import Nest, Read
from pipeline.readers.refusal import Refusal


class PlainTextReader:
    """The last of the readers: takes what no other does."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def accepts(self, kind: str, data: bytes) -> bool:
        return True

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """One document; Refusal when the bytes are no text, or a text without a word."""
        try:
            text = decode(data)
        except BinaryError:
            raise Refusal(uri, "binary") from None
        if not text.strip():
            raise Refusal(uri, "empty")
        if not any(c.isalpha() for c in text):
            raise Refusal(uri, "no_words")
        digest = hashlib.sha256(data).hexdigest()
        yield self._layout.document(Document(self._layout.join(text), uri=uri, sha256=digest))


def document_of(text: str, published: datetime.date | None = None) -> Document:
    """A str as a document without blocks, kept to the letter; ValueError when it holds half of a surrogate pair."""
    try:
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"the text holds a lone surrogate, U+{ord(text[error.start]):04X} at {error.start}: it is no Unicode text"
        ) from None
    return Document(text, sha256=digest, published=published)
