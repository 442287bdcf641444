"""Bytes → Document. One module for each kind of source, chosen by content and not by name.

To take a new kind: write a class with `accepts` and `read`, and put it in front of the plain text reader in
`Readers.__init__`. Heavy libraries are imported inside `read`, and a missing one is told as a Refusal "needs_extra".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final, Protocol

from pipeline.document import Document
from pipeline.readers.kinds import kind
from pipeline.readers.layout import Layout
from pipeline.readers.refusal import Refusal
from pipeline.readers.text import PlainTextReader, document_of

__all__ = ["STDIN", "Layout", "Reader", "Readers", "Refusal", "document_of", "file_bytes", "read", "release_id"]

STDIN: Final = "stdin:"
_HEAD = 4096  # bytes by which the kind of a source is told
_ANSWERS = ".release"  # annotated releases: they hold what is to be found


class Reader(Protocol):
    """One kind of source."""

    def accepts(self, head: bytes, name: str) -> bool:
        """Whether this reader takes a source that begins with these bytes."""
        ...

    def read(self, data: bytes, uri: str) -> Iterator[Document]:
        """Its documents (an archive or a mail has several), or a Refusal."""
        ...


class UnsupportedReader:
    """Kinds that are known, and not read yet."""

    def accepts(self, head: bytes, name: str) -> bool:
        return kind(head) is not None

    def read(self, data: bytes, uri: str) -> Iterator[Document]:
        raise Refusal(uri, "kind_unsupported", kind(data[:_HEAD]) or "")


class Readers:
    """The registry: every reader, asked in order."""

    def __init__(self, layout: Layout) -> None:
        self._readers: tuple[Reader, ...] = (UnsupportedReader(), PlainTextReader(layout))

    def documents(self, data: bytes, uri: str) -> Iterator[Document]:
        """The documents of some bytes; Refusal when there is none to be had."""
        if not data:
            raise Refusal(uri, "empty")
        head, name = data[:_HEAD], PurePath(uri).name
        reader = next(r for r in self._readers if r.accepts(head, name))
        yield from reader.read(data, uri)

    def file(self, path: Path, uri: str) -> Iterator[Document]:
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
        return next(readers.documents(source, uri or "bytes:"))
    return next(readers.file(Path(source), uri or PurePath(source).as_posix()))


def release_id(uri: str | None, sha256: str) -> str:
    """The id of a release: the same on every run for the same source. A text without a name has its content's."""
    name = uri if uri is not None else f"sha256:{sha256}"
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
