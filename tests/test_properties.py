"""What holds for any text whatever, and for releases of the corpus that something was done to."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_targets import check
from pipeline import language
from pipeline.corpus import plain_text, read_folder
from pipeline.document import matching_view
from pipeline.engine import RECORDS, Engine
from pipeline.readers import Layout, Readers, Refusal, document_of
from pipeline.recognise import Context, Found
from pipeline.recognise.overlap import settle
from pipeline.records import Release, Span
from pipeline.sinks import FORMATS, CompanyKeys, FlatRows, open_sink
from pipeline.sinks.report import ReportSink
from rules import gazetteers, load
from rules.messages import Messages

ROOT = Path(__file__).parent.parent
LAYOUT = Layout.load()
READERS = Readers(LAYOUT)
ROWS = FlatRows(CompanyKeys(load()), gazetteers.Areas.load())
SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "docs" / "schema.json").read_text(encoding="utf-8")))
DAY = datetime.date(2025, 3, 12)
PIECES = ["M€", "1 500", "12,5 ", "de 5 à 7", "\u0301", "e\u0301", "\u202f", "(", ")", "« ", " »", "\n", "\n\n", "\t", "• ", " | ", "\0", "\u200d", "\u202e",
          "SA ", "fin 2026", "le 31 février", "Lyon (69) ", "\x85", "\ufeff", "𝒜", "İ", "ß", "ﬁ", "²", "٣", "½", "1er ", "00000000000000000000", "=", "<b>", "&amp;"]  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "iso8859_15")


@cache
def releases() -> list[str]:
    return [plain_text(r) for _, r in sorted(read_folder(ROOT / "corpus" / "releases", ("train",)).items())]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A stretch of a release, cut, doubled, strewn with signs, or written in another way."""
    text = draw(st.sampled_from(releases()))
    start = draw(st.integers(0, max(0, len(text) - 200)))
    text = text[start : start + draw(st.integers(50, 700))]
    for _ in range(draw(st.integers(0, 6))):
        at, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        change = draw(st.sampled_from(["cut", "double", "strew", "splice", "upper", "join", "decompose"]))
        part = text[at : min(end, at + 200)]
        text = {
            "cut": lambda part: "",
            "double": lambda part: part * 2,
            "strew": lambda part: draw(st.sampled_from(PIECES)) + part,
            "splice": lambda part: draw(st.sampled_from(releases()))[:100] + part,
            "upper": str.upper,
            "join": lambda part: part.replace("\n", " ").replace(". ", ", "),
            "decompose": lambda part: unicodedata.normalize("NFD", part),
        }[change](part).join((text[:at], text[at + len(part) :]))
    return text


TEXTS = st.one_of(
    mutated(),
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)


def many(count: int) -> Callable[[Any], Any]:
    return settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))


@many(80)
@given(TEXTS, st.sampled_from(ENCODINGS), st.data())
def test_reading(text: str, encoding: str, data: st.DataObject) -> None:
    """Bytes are read or refused, the same each time, whatever stands in them."""
    raw = bytearray(text.encode(encoding, "replace"))
    for _ in range(data.draw(st.integers(0, 3))):
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))

    def read() -> list[object]:
        try:
            return list(READERS.documents(bytes(raw), "in"))
        except Refusal as refusal:
            return [refusal]

    one = read()
    assert one == read()
    for found in one:
        if isinstance(found, Refusal):
            assert found.code != "failed"
        else:
            check(found)  # type: ignore[arg-type]


@many(60)
@given(TEXTS)
def test_tokens_are_the_text(engine: Engine, text: str) -> None:
    (doc,) = language.read_texts(engine.model, [text])
    assert doc.text == matching_view(text)
    long = "(" * 500 + matching_view(text)
    assert language.tokenised(engine.model, long).text == long


@pytest.fixture(scope="module")
def recognisers(engine: Engine) -> dict[str, Callable[[Context], list[Found]]]:
    """Each by itself, on a context in which it finds what those before it have found."""
    all_of_them = engine.recognisers

    def figures(context: Context) -> list[Found]:
        earlier = all_of_them.before_names(context)[0].earlier
        return [f for kind, found in earlier.items() if kind != "dates" for f in found]

    return {
        "dates": lambda context: list(all_of_them.dates.read(context).found),
        "figures": figures,
        "names": lambda context: list(all_of_them.names.find(all_of_them.before_names(context)[0])),
    }


@many(60)
@pytest.mark.parametrize("name", ["dates", "figures", "names"])
@given(text=TEXTS)
def test_each_recogniser(
    engine: Engine, recognisers: dict[str, Callable[[Context], list[Found]]], name: str, text: str
) -> None:
    document = LAYOUT.document(document_of(text, DAY))
    context, _ = engine.context(document, engine.entities_in(document))
    found = recognisers[name](context)
    assert found == recognisers[name](context)
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        said = text[one.start : one.end]
        record = RECORDS[one.kind](start=one.start, end=one.end, text=said, rule=one.rule, **one.values)
        assert said.strip()
        assert record.text == said
    settled = settle(found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(settled))


def spans(release: Release) -> list[Span]:
    return [*release.mentions(), *(span for fact in release.facts for span in fact.spans())]


@many(60)
@given(text=TEXTS, other=TEXTS)
def test_facts(engine: Engine, text: str, other: str) -> None:
    """True offsets, nothing that is not in the lists, and the same record alone and beside another text."""
    release = engine.extract(text, DAY)
    assert release.text == text
    assert all(text[s.start : s.end] == s.text for s in spans(release) if s.start is not None)
    names = {m.name for m in (*release.companies, *release.organisations)}
    mentions = release.mentions()
    for fact in release.facts:
        assert fact.company is None or fact.company in names
        for one in (fact.amount, fact.revenue, fact.power, fact.energy, fact.jobs, fact.area, *fact.places):
            assert one is None or one in mentions
        assert 0 <= fact.confidence <= 1
    assert len({fact.id for fact in release.facts}) == len(release.facts)
    beside = list(engine.extract_many([(other, None), (text, DAY)]))
    assert beside[1] == release


@many(60)
@given(text=TEXTS)
def test_exports(engine: Engine, tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """What is written is valid by the published schema, and comes back as it was."""
    release = engine.extract(text, DAY)
    line = release.to_json()
    assert "\n" not in line
    SCHEMA.validate(json.loads(line))
    assert Release.model_validate_json(line) == release
    rows = ROWS.rows(release)
    folder = tmp_path_factory.mktemp("exports")
    for form in FORMATS[:3]:
        out = io.BytesIO()
        with open_sink(form, None, out, ROWS) as sink:
            sink.write(release)
        if form == "jsonl":
            assert out.getvalue().decode("utf-8") == line + "\n"
        elif form == "csv":
            back = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8"), newline="")))
            assert [row["quote"] for row in back] == [row["quote"] for row in rows]
    with open_sink("sqlite", folder / "out.db", io.BytesIO(), ROWS) as sink:
        sink.write(release)
    page = folder / "out.html"
    with page.open("wb") as file:
        report = ReportSink(file, Messages.load())
        report.write(release)
        report.close()
    assert page.read_bytes().rstrip().endswith(b"</html>")
