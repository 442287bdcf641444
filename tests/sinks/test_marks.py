"""The text cut for marking: nothing lost, every span covered, nothing of the text taken for HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sinks.report.marks import Bounds, passages, pieces
from pipeline.sinks.report.markup import Mark, marked, shown
from pipeline.sinks.words import STEERING

# Every code point, lone surrogates and controls too, with the signs that HTML knows more often than chance has them.
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("<>&\"'\0\u202e\ud800é \n")), min_size=1, max_size=60)


@st.composite
def spans_in(draw: st.DrawFn, length: int) -> list[Bounds]:
    starts = draw(st.lists(st.integers(0, length - 1), max_size=8))
    return [(start, draw(st.integers(start + 1, length))) for start in starts]


@given(st.data())
def test_pieces_are_the_text_and_each_span_its_pieces(data: st.DataObject) -> None:
    text = data.draw(TEXTS)
    spans = data.draw(spans_in(len(text)))
    cut = list(pieces(len(text), spans))
    assert "".join(text[p.start : p.end] for p in cut) == text
    for number, (start, end) in enumerate(spans):
        mine = [p for p in cut if number in p.over]
        assert (mine[0].start, mine[-1].end) == (start, end)
        assert all(a.end == b.start for a, b in pairwise(mine))
    edges = {0, *(edge for span in spans for edge in span)}
    assert {p.start for p in cut} == edges - {len(text)}  # cut where something begins or ends, and nowhere else


@given(st.data())
def test_passages_nest(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 40))
    mentions, facts = data.draw(spans_in(length)), data.draw(spans_in(length))
    cut = passages(length, mentions, facts)
    assert [(p.start, p.end, p.over) for p in pieces(length, facts)] == [(p.start, p.end, p.facts) for p in cut]
    for passage in cut:
        assert passage.pieces[0].start == passage.start
        assert passage.pieces[-1].end == passage.end
    for number, (start, end) in enumerate(mentions):
        assert sum(p.end - p.start for one in cut for p in one.pieces if number in p.over) == end - start


@pytest.mark.parametrize("span", [(0, 0), (3, 2), (-1, 2), (0, 6)])
def test_a_span_out_of_the_text_is_refused(span: Bounds) -> None:
    with pytest.raises(ValueError, match="span"):
        list(pieces(5, [span]))


def test_no_text_has_no_pieces() -> None:
    assert list(pieces(0, [])) == []
    assert passages(0, [], []) == []


class Reader(HTMLParser):
    """What a browser would show, and which elements and ids it would make."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.depth += 1
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@given(st.data())
def test_marked_text_is_the_text(data: st.DataObject) -> None:
    text = data.draw(TEXTS)
    mentions, facts = data.draw(spans_in(len(text))), data.draw(spans_in(len(text)))
    link = data.draw(st.sampled_from(["#f1", None]))
    html = marked(
        text, passages(len(text), mentions, facts), [Mark("dates", '"<', '"><b>', link) for _ in mentions], "r1"
    )
    html.encode()  # a file can hold it
    reader = Reader()
    reader.feed(str(html))
    reader.close()
    told = STEERING.sub(lambda m: f"U+{ord(m.group()):04X}", text)
    assert "".join(reader.words) == told
    assert reader.tags <= {"span", "mark", "a"}
    assert reader.depth == 0
    assert sorted(i for i in reader.ids if i.startswith("r1m")) == sorted(f"r1m{n}" for n in range(len(mentions)))
    assert len(reader.ids) == len(set(reader.ids))


def test_what_turns_the_words_is_shown_by_its_number() -> None:
    assert str(shown("a\u202eb<")) == 'a<span class="steer">U+202E</span>b&lt;'


def test_the_work_is_linear_in_what_comes_out() -> None:
    """5,000 mentions in one line, and 5,000 facts on one sentence: pieces, and what lies over them, stay few."""
    mentions = [(10 * n, 10 * n + 5) for n in range(5000)]
    cut = passages(50_000, mentions, [(0, 50_000)] * 5000)
    assert len(cut) == 1
    assert len(cut[0].facts) == 5000
    assert sum(len(p.over) for p in cut[0].pieces) == 5000
