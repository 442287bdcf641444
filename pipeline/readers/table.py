"""JSON Lines, JSON and CSV with a column of texts, and rows that others have parsed: each row is a document."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pipeline.document import Document
from pipeline.readers.days import day_of
from pipeline.readers.encoding import BinaryError, decode
from pipeline.readers.html import HtmlReader
from pipeline.readers.layout import Layout
from pipeline.readers.nest import Names, Nest, Read
from pipeline.readers.pieces import About, Piece, make
from pipeline.readers.refusal import Refusal, failure
from pipeline.readers.words import SourceWords

DELIMITERS: Final = ";,\t|"
MAX_COLUMNS: Final = 200  # what has more is no table of releases
_HEADER: Final = 4096  # bytes in which the names of the columns must stand
_TAG = re.compile(r"</(?:p|div|li|h[1-6]|ul|table)>|<br\s*/?>", re.IGNORECASE)
_MAX_NAME: Final = 200


class _Rows:
    """What JSON and CSV have in common: fields of a row → a document."""

    media_type = ""

    def __init__(self, layout: Layout, words: SourceWords, page: HtmlReader) -> None:
        self._layout = layout
        self._words = words
        self._page = page

    def _documents(self, rows: Iterator[tuple[int, Mapping[str, Any] | None]], uri: str, nest: Nest) -> Iterator[Read]:
        """The rows as "file#id", by their own ids or else their numbers; None is a row that is broken."""
        names = Names()
        some = False
        for number, fields in rows:
            some = True
            inner = f"{uri}#{names.unique(own_name(self._words, fields) or str(number))}"
            try:
                if fields is None:
                    raise Refusal(inner, "broken_row")
                yield self._document(fields, inner, nest)
            except Refusal as refusal:
                yield refusal
                if refusal.code in ("too_many_members", "too_big_unpacked"):
                    return
            except Exception as error:
                yield failure(inner, error)
        if not some:
            raise Refusal(uri, "empty")

    def _document(
        self, fields: Mapping[str, Any], uri: str, nest: Nest | None, media_type: str | None = None
    ) -> Document:
        column = self._words.field("field_text", [k for k, v in fields.items() if isinstance(v, str) and v.strip()])
        if column is None:
            raise Refusal(uri, "no_text_field")
        text = str(fields[column])
        data = text.encode("utf-8", "replace")
        if nest is not None:
            nest.take(uri, len(data))
        title = self._said(fields, "field_title")
        about = About(
            uri,
            media_type or self.media_type,
            title,
            day_of(self._said(fields, "field_published")),
            day_of(self._said(fields, "field_updated")),
        )
        if _TAG.search(text):
            return self._page.fragment(text, about, data)
        return make([Piece(self._layout.join(text.replace("\r\n", "\n")))], about, data, self._layout)

    def _said(self, fields: Mapping[str, Any], cls: str) -> str | None:
        column = self._words.field(cls, [k for k, v in fields.items() if isinstance(v, str) and v.strip()])
        return str(fields[column]).strip() if column is not None else None


class RowReader(_Rows):
    """Reads rows that somebody else has parsed."""

    def row(self, fields: Mapping[str, Any], uri: str, media_type: str) -> Document:
        """The document of one row; Refusal "no_text_field" when none of its fields holds a text."""
        return self._document(fields, uri, None, media_type)


class JsonReader(_Rows):
    """Reads JSON Lines, a list of objects, or a single object."""

    media_type = "application/jsonl"

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "json"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        yield from self._documents(self._rows(_text(data, uri), uri), uri, nest)

    def _rows(self, text: str, uri: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError):
            for number, line in enumerate(text.split("\n"), 1):
                if line.strip():
                    yield number, json_object(line)
            return
        items = whole if isinstance(whole, list) else [whole]
        for number, item in enumerate(items, 1):
            yield number, item if isinstance(item, dict) else None


class CsvReader(_Rows):
    """Reads delimited text whose first line names a column of texts."""

    media_type = "text/csv"

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "text" and self._delimiter(data) is not None

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        yield from self._documents(self._rows(data, uri), uri, nest)

    def _rows(self, data: bytes, uri: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
        text = _text(data, uri)
        limit = csv.field_size_limit(max(len(text), 1))  # a field may be as long as the file, which is bounded
        try:
            rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=self._delimiter(data) or ",")
            number = 0
            while True:
                number += 1
                try:
                    fields = next(rows)
                except StopIteration:
                    return
                except csv.Error:
                    yield number, None
                    continue
                yield number, {k: v for k, v in fields.items() if isinstance(k, str)}
        finally:
            csv.field_size_limit(limit)

    def _delimiter(self, data: bytes) -> str | None:
        """What parts the columns; None when the first line is no header of such a table."""
        line = data[:_HEADER].replace(b"\0", b"").split(b"\n", 1)
        if len(line) < 2:
            return None
        try:
            header = decode(line[0]).strip()
        except BinaryError:
            return None
        for delimiter in DELIMITERS:
            names = [name.strip().strip('"') for name in header.split(delimiter)]
            if not 2 <= len(names) <= MAX_COLUMNS or any(len(n) > 60 or len(n.split()) > 4 for n in names):
                continue
            others = [self._words.field(c, names) for c in ("field_title", "field_published", "field_id")]
            if len(set(names)) == len(names) and self._words.field("field_text", names) and any(others):
                return delimiter
        return None


def _text(data: bytes, uri: str) -> str:
    try:
        return decode(data)
    except BinaryError:
        raise Refusal(uri, "binary") from None


def own_name(words: SourceWords, fields: Mapping[str, Any] | None) -> str:
    """What a row calls itself, or nothing."""
    column = words.field("field_id", fields or ())
    own = str(fields[column]) if fields and column and isinstance(fields[column], str | int) else ""
    return own[:_MAX_NAME].strip()


def json_object(line: str) -> Mapping[str, Any] | None:
    """A line of JSON Lines; None when it is no object."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
