"""PDF with a text layer: columns, tables, words cut at line ends, running heads, the page of each mention."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pipeline.document import BlockKind
from pipeline.readers.archive import MAX_RATIO
from pipeline.readers.hyphens import words
from pipeline.readers.layout import Layout
from pipeline.readers.nest import Nest, Read
from pipeline.readers.pdf_text import BREAK, Page, Paragraph, drop_running_heads, paragraphs_of
from pipeline.readers.pdf_words import garbled, lines_of, words_of
from pipeline.readers.pieces import About, Piece, make
from pipeline.readers.refusal import Refusal
from pipeline.readers.units import SHORT

MAX_STREAM: Final = (
    32 * 2**20
)  # bytes of a page's drawing once unpacked: a map's has a tenth; pdfium would take a thousand times that
_CHUNK: Final = 2**20
_MIN_PACKED: Final = MAX_STREAM // 1040  # no fewer bytes can unpack to so many
_STREAM = re.compile(rb"stream\r?\n")
LARGE: Final = 1.12  # of the size of most letters: what is set larger heads a part
MAX_PAGES: Final = 200  # an annual report's; those behind are left out, which the record's warnings say


class PdfReader:
    """Reads the text layer; a document without one, or with a password, is refused."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def accepts(self, kind: str, data: bytes) -> bool:
        return kind == "pdf"

    def read(self, data: bytes, uri: str, nest: Nest) -> Iterator[Read]:
        """One document."""
        import pypdfium2

        if _is_bomb(data):
            raise Refusal(uri, "zip_bomb", str(MAX_RATIO))
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            # The error may be that of an earlier file: only one that names its encryption has a password.
            locked = "password" in str(error).lower() and b"/Encrypt" in data
            raise Refusal(uri, "encrypted" if locked else "broken_pdf") from None
        try:
            pages, blank, left_out = _pages(document, uri)
        finally:
            document.close()
        if not any(page.lines for page in pages):
            raise Refusal(uri, "scanned")
        drop_running_heads(pages)
        warnings = ("page_without_text",) * blank + ("page_left_out",) * left_out
        about = About(uri, "application/pdf", warnings=warnings)
        yield make(self._pieces(paragraphs_of(pages)), about, data, self._layout)

    def _pieces(self, paragraphs: Sequence[Paragraph]) -> Iterator[Piece]:
        """Paragraphs as pieces: cut words made whole, by what stands elsewhere in the document, and lines joined."""
        whole = "\n\n".join("\n".join(p.lines) for p in paragraphs)
        known, kinds = words(whole), _set_large(paragraphs)
        for paragraph in paragraphs:
            text = self._layout.join("\n".join(paragraph.lines), known, least=0)
            starts = _page_breaks(text, paragraph)
            said = text.replace(f"\n{BREAK}", "\f").replace("\n", " ").replace("\f", "\n").replace(BREAK, "")
            kind = BlockKind.ROW if paragraph.row else kinds.get(id(paragraph))
            yield Piece(said, kind, page=paragraph.pages[0], tight=paragraph.tight, page_breaks=starts)


def _set_large(paragraphs: Sequence[Paragraph]) -> dict[int, BlockKind]:
    """What is a heading by the size of its letters, by id(); the first of the largest on the first page is the title."""
    sizes: Counter[float] = Counter()
    for paragraph in paragraphs:
        sizes[round(paragraph.size, 1)] += sum(map(len, paragraph.lines))
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    large = [p for p in paragraphs if p.size > LARGE * body and _heads(p)]
    first = [p for p in large if p.pages[0] == paragraphs[0].pages[0]]
    kinds = {id(p): BlockKind.HEADING for p in large if sum(map(len, p.lines)) <= SHORT}
    if first:
        kinds[id(max(first, key=lambda p: p.size))] = BlockKind.TITLE
    return kinds


def _heads(paragraph: Paragraph) -> bool:
    """Some words that say something, and no item, row or figure in large type."""
    text = " ".join(paragraph.lines)
    letters = sum(c.isalpha() for c in text)
    plain = not (paragraph.row or paragraph.item is not None or any(line.startswith(BREAK) for line in paragraph.lines))
    return plain and letters >= 4 and 2 * letters > len(text) and " " in text and len(text) <= 2 * SHORT


def _is_bomb(data: bytes) -> bool:
    """Whether a stream other than a picture, which is not unpacked for its text, unpacks to more than it should."""
    for start in _STREAM.finditer(data):
        head = data[max(0, start.start() - 400) : start.start()].rpartition(b" obj")[2]
        end = data.find(b"endstream", start.end())
        size = (end if end >= 0 else len(data)) - start.end()
        if size < _MIN_PACKED or b"FlateDecode" not in head or b"/Image" in head:
            continue
        limit = max(MAX_STREAM, min(MAX_RATIO // 4 * size, 8 * MAX_STREAM))
        unpacker, unpacked = zlib.decompressobj(), 0
        packed = data[start.end() : start.end() + size]
        try:
            while packed and unpacked <= limit and not unpacker.eof:
                unpacked += len(unpacker.decompress(packed, _CHUNK))
                packed = unpacker.unconsumed_tail
        except zlib.error:
            continue
        if unpacked > limit:
            return True
    return False


def _page_breaks(text: str, paragraph: Paragraph) -> tuple[tuple[int, int], ...]:
    """(offset in the text, page) for each page on which the paragraph goes on."""
    if paragraph.pages[0] == paragraph.pages[-1]:
        return ()
    out = []
    size = len(text) / max(1, sum(len(line) + 1 for line in paragraph.lines))  # joined words are a little shorter
    at = 0
    for n, line in enumerate(paragraph.lines):
        if n and paragraph.pages[n] != paragraph.pages[n - 1]:
            near = text.find(line[:12], max(0, int(at * size) - 60))
            out.append((near if near >= 0 else int(at * size), paragraph.pages[n]))
        at += len(line) + 1
    return tuple(out)


def _pages(document: Any, uri: str) -> tuple[list[Page], int, int]:
    """The pages with their lines; how many have pictures only, and how many are beyond the bound."""
    import pypdfium2

    count = len(document)
    if not count:
        raise Refusal(uri, "broken_pdf")
    pages: list[Page] = []
    broken = 0
    everything = []
    for number in range(min(count, MAX_PAGES)):
        try:
            page = document[number]
            words = words_of(page)
            height = page.get_height()
            page.close()
        except pypdfium2.PdfiumError:
            broken += 1
            continue
        everything += words
        pages.append(Page(number + 1, height or 1, lines_of(words)))
    if broken and not pages:
        raise Refusal(uri, "broken_pdf")
    if everything and garbled(everything):
        raise Refusal(uri, "garbled")
    blank = sum(1 for page in pages if not page.lines) + broken
    return pages, blank if any(p.lines for p in pages) else 0, max(0, count - MAX_PAGES)
