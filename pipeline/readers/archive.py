"""ZIP archives, read in memory: nothing is ever written out, so no name can lead anywhere."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from pipeline.readers.nest import Names, Nest, Read
from pipeline.readers.refusal import Refusal

MAX_MEMBER: Final = 128 * 2**20  # bytes of one member once unpacked: no release is a thousandth of that
MAX_RATIO: Final = 200  # unpacked to packed: text packs to a fifth, a page of one letter to a hundredth
SMALL: Final = 2**20  # bytes up to which the ratio does not matter
_CHUNK: Final = 2**20


class ZipReader:
    """Reads what an archive holds, in the order in which it is listed; hidden files are passed over."""

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "zip"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """The documents of each member as "archive.zip/member"."""
        archive = open_zip(data, uri)
        names = Names()
        read = False
        with archive:
            for member in archive.infolist():
                if not member.filename or member.is_dir() or is_hidden(member.filename):
                    continue
                read = True
                name = member.filename.replace("\\", "/")
                inner = f"{uri}/{names.unique(name)}"
                try:
                    if leaves(name):
                        raise Refusal(inner, "path_leaves")
                    content = member_bytes(archive, member, inner, min(MAX_MEMBER, nest.room))
                except Refusal as refusal:
                    yield refusal
                    if refusal.code == "too_big_unpacked":
                        return
                    continue
                yield from nest.read(content, inner)
        if not read:
            raise Refusal(uri, "empty")


def open_zip(data: bytes, uri: str) -> zipfile.ZipFile:
    """The archive; Refusal when its directory cannot be read."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except Exception:  # broken archives raise whatever their bytes lead to
        raise Refusal(uri, "broken_zip") from None


def member_bytes(archive: zipfile.ZipFile, member: zipfile.ZipInfo, uri: str, limit: int = MAX_MEMBER) -> bytes:
    """A member unpacked, whatever the archive says of its size; Refusal with the reason when it cannot be."""
    if member.flag_bits & 1:
        raise Refusal(uri, "encrypted")
    out = bytearray()
    try:
        with archive.open(member) as file:
            while chunk := file.read(_CHUNK):
                out += chunk
                if len(out) > limit:
                    code, bound = ("too_big", MAX_MEMBER) if limit == MAX_MEMBER else ("too_big_unpacked", limit)
                    raise Refusal(uri, code, str(bound // 2**20))
                if len(out) > SMALL and len(out) > MAX_RATIO * max(1, member.compress_size):
                    raise Refusal(uri, "zip_bomb", str(MAX_RATIO))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        raise Refusal(uri, "broken_zip") from None
    return bytes(out)


def leaves(name: str) -> bool:
    """Whether a member's name leads out of the folder in which an archive is unpacked."""
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or name[1:3] == ":/"


def is_hidden(name: str) -> bool:
    """What an operating system adds for itself."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any((p.startswith(".") and p != "..") or p == "__MACOSX" for p in parts) or parts[-1:] == ("Thumbs.db",)
