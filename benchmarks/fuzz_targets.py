"""What is fuzzed, and what must hold for any bytes: the readers and the rule loader.

`READERS` and `RULES` raise when something does not hold. The tests replay the kept inputs through the very same.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any, Final, TypeAlias

from pipeline.document import Document, matching_view, tokenise
from pipeline.grammar import Grammar
from pipeline.readers import Layout, Readers, Refusal
from rules import RuleError, Rules, load
from rules.messages import LANGUAGES, Messages

Target: TypeAlias = Callable[[bytes], None]
TEXT: Final = matching_view("Exemple SA investit 12,5 M€ à Lyon, de 5 à 7 emplois, le 3 mars 2025. (a b [c] y x x)")
_RELATIONS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r"'
    b' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    b' Target="word/document.xml"/></Relationships>'
)
_ODT = b"application/vnd.oasis.opendocument.text"


def _zipped(members: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name, data in members.items():
            box.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


# What the first byte of an input chooses: packed and coded formats hide from a fuzzer what they hold.
ENVELOPES: Final[tuple[Callable[[bytes], bytes], ...]] = (
    lambda data: data,
    lambda data: _zipped({"_rels/.rels": _RELATIONS, "word/document.xml": data}),
    lambda data: _zipped({"mimetype": _ODT, "content.xml": data}),
    lambda data: _zipped({"a": data, "b.txt": b"Exemple SA ouvre un site."}),
    lambda data: b"From: a@a.fr\nSubject: a\nMIME-Version: 1.0\nContent-Type: text/html\n\n" + data,
    lambda data: b"<?xml version='1.0'?><rss version='2.0'><channel><item>" + data + b"</item></channel></rss>",
    lambda data: b"id;date;texte\n1;2025-03-12;" + data,
    lambda data: data.decode("latin-1").encode("utf-16"),
)


@cache
def _readers() -> Readers:
    return Readers(Layout.load())


@cache
def _known_reasons() -> list[frozenset[str]]:
    return [Messages.load(language).keys for language in LANGUAGES]


def read(data: bytes) -> Iterator[Document | Refusal]:
    """What the readers make of an input: its first byte is the envelope, the rest goes into it."""
    if not data:
        return
    try:
        yield from _readers().documents(ENVELOPES[data[0] % len(ENVELOPES)](data[1:]), "in")
    except Refusal as refusal:
        yield refusal


def readers(data: bytes) -> None:
    """Documents and refusals, each whole; nothing else comes out of any bytes."""
    for one in read(data):
        if isinstance(one, Refusal):
            assert one.code != "failed", str(one)
            assert all(f"refusal.{one.code}" in keys for keys in _known_reasons()), str(one)
        else:
            check(one)


def check(document: Document) -> None:
    """What every document keeps: text that can be written, blocks in order that leave out nothing but blanks."""
    text = document.text
    text.encode()  # no half of a surrogate pair
    (document.uri or "").encode()
    (document.title or "").encode()
    assert len(document.view) == len(text)
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end <= len(text), block
        assert not text[end : block.start].strip(), (block, text[end : block.start])
        end = block.end
    assert not text[end:].strip() or not document.blocks
    offsets = [offset for offset, _ in document.pages]
    assert offsets == sorted(offsets)
    assert all(0 <= offset <= len(text) for offset in offsets)


class _File(Traversable):
    """A folder of one file, in memory."""

    def __init__(self, name: str, data: bytes | None) -> None:
        self._name, self._data = name, data

    @property
    def name(self) -> str:
        return self._name

    def iterdir(self) -> Iterator[Traversable]:
        yield self

    def is_dir(self) -> bool:
        return False

    def is_file(self) -> bool:
        return True

    def joinpath(self, *_: Any) -> Traversable:
        return self

    __truediv__ = joinpath

    def open(self, mode: str = "r", *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    def read_bytes(self) -> bytes:
        return self._data or b""

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        return (self._data or b"").decode(encoding or "utf-8", errors or "strict")


@cache
def _own_rules() -> Rules:
    return load()


def rules(data: bytes) -> None:
    """A rule file is used or refused in one line; one that is used can be looked for in a text."""
    refused = ""
    try:
        loaded = load(_File("fuzzed.toml", data))
        numbers = {"numbers": _own_rules().files["numbers"]}
        grammar = Grammar(Rules({**numbers, **loaded.files}))
    except RuleError as error:
        refused = str(error)
    if refused:
        assert refused.isprintable(), refused
        return
    tokens = tokenise(TEXT)
    for cls, matches in grammar.scan(tokens).items():
        assert all(m.cls == cls and 0 <= m.first < m.last <= len(tokens) for m in matches)


TARGETS: Final[Mapping[str, Target]] = {"readers": readers, "rules": rules}
