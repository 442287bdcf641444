"""The page: whole, escaped, closed to the network, and every link in it leads somewhere."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import tempfile
from collections import Counter
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from pipeline.records import Release
from pipeline.sinks.report import ReportSink, open_report
from pipeline.sinks.words import number_words
from rules.messages import Messages

VOID = {"meta", "input", "br"}


class Page(HTMLParser):
    """The elements of a page, with their attributes and their text; complains of what does not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for at in self._open:
            self.elements[at][2].append(data)

    def all(self, tag: str, name: str = "") -> list[tuple[dict[str, str | None], str]]:
        return [
            (attrs, "".join(words))
            for found, attrs, words in self.elements
            if found == tag and (not name or name in (attrs.get("class") or "").split())
        ]

    def text(self, tag: str, name: str = "") -> list[str]:
        return [" ".join(words.split()) for _, words in self.all(tag, name)]


@pytest.fixture(scope="module")
def parsed(page: Path) -> Page:
    return Page(page.read_text(encoding="utf-8"))


def test_the_head_tells_what_the_run_came_to(parsed: Page, say: Messages) -> None:
    head = parsed.text("header", "head")[0]
    assert say("report.title", n=2) in head
    assert f"2 {say('report.facts', n=2)}" in head
    assert f"1 {say('report.refused', n=1)}" in head
    assert f"1 {say('report.warned', n=1)}" in head
    assert "<b>gone</b>.pdf" in head
    assert say("refusal.empty") in head
    assert say("warning.undated", n=2) in head


def test_a_card_tells_the_fact_in_words(parsed: Page, say: Messages) -> None:
    first, second = parsed.text("article", "fact")
    for words in (
        "Evroc",
        "06085",
        "50",
        f"{say('show.quote', text='4 Md€')} → {say('bound_spoken.at_most')} ≤ {number_words(4e9, say)} €",
        say("action.invest"),
        say("status.planned"),
        say("why.actor_inferred"),
        say("card.confidence", word=say("level.medium"), x=say("number.percent", x=62)),
        say("doubt.actor", x=say("number.percent", x=30)),
    ):
        assert " ".join(words.split()) in first
    assert say("show.nobody") in second
    assert say("card.inferred") in second
    assert say("day.month", month=say("month.3"), year=2025) in second


def test_facts_and_mentions_know_each_other(parsed: Page, sample: Release) -> None:
    facts = [attrs for attrs, _ in parsed.all("article", "fact")]
    mentions = sample.mentions()
    used = {mentions[int(n)].text for n in (facts[0]["data-marks"] or "").split()}
    assert used == {"Evroc", "Mougins", "4 Md€", "2025", "50 emplois"}
    passages = {attrs["id"]: words for attrs, words in parsed.all("span", "passage") if attrs["id"]}
    assert passages[f"r1p{facts[0]['data-first']}"] == sample.facts[0].evidence.text
    marks = [(attrs, words) for attrs, words in parsed.all("mark") if "data-m" in attrs]
    for attrs, words in marks[: len(mentions)]:
        assert words == mentions[int(attrs["data-m"] or 0)].text
    assert all(attrs["data-sign"] for attrs, _ in parsed.all("mark"))  # colour is never the only sign


def test_every_link_has_its_target_and_every_id_is_one(parsed: Page) -> None:
    ids = Counter(attrs["id"] for _, attrs, _ in parsed.elements if "id" in attrs)
    assert set(ids.values()) == {1}
    links = [attrs["href"] or "" for attrs, _ in parsed.all("a")]
    assert links
    assert {link[1:] for link in links} <= set(ids)
    labels = [attrs["aria-labelledby"] for _, attrs, _ in parsed.elements if "aria-labelledby" in attrs]
    assert set(labels) <= set(ids)


def test_nothing_of_a_release_becomes_markup(page: Path, parsed: Page) -> None:
    assert len(parsed.all("script")) == len(parsed.all("style")) == 1
    assert not parsed.all("i") + parsed.all("u") + parsed.all("img")
    assert {words for _, words in parsed.all("b") if not words.strip(" ≤-0123456789,€\u202f")}  # figures are bold
    html = page.read_text(encoding="utf-8")
    assert "<b>gone" not in html
    assert "<b>inbox" not in html
    assert "\u202e" not in html
    assert "U+202E" in html


def test_nothing_can_be_fetched_and_only_our_script_runs(page: Path, parsed: Page) -> None:
    policy = next(a["content"] or "" for a, _ in parsed.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        body = re.search(f"<{tag}>(.*?)</{tag}>", page.read_text(encoding="utf-8"), re.DOTALL)
        assert body
        digest = base64.b64encode(hashlib.sha256(body.group(1).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    for _, attrs, _ in parsed.elements:
        assert not {"src", "style", "action"} & set(attrs)
        assert not [name for name in attrs if name.startswith("on")]


def test_the_language_is_told_to_screen_readers(parsed: Page, say: Messages) -> None:
    assert parsed.all("html")[0][0]["lang"] == say.language
    assert {attrs["lang"] for attrs, _ in parsed.all("div", "text")} == {"fr"}


def test_a_run_without_anything_is_a_page_too(say: Messages) -> None:
    out = io.BytesIO()
    with open_report(None, out, say):
        pass
    assert say("report.title", n=0) in Page(out.getvalue().decode()).text("h1")


def test_what_came_before_an_interruption_is_written(sample: Release, say: Messages, tmp_path: Path) -> None:
    path = tmp_path / "page.html"

    def interrupted() -> None:
        with open_report(path, io.BytesIO(), say) as sink:
            sink.write(sample)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(Page(path.read_text(encoding="utf-8")).all("article")) == 2


def test_releases_wait_on_disk_and_not_in_memory(
    sample: Release, say: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = tempfile.TemporaryFile()  # noqa: SIM115  (the sink closes it)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: waiting)
    sink = ReportSink(out := io.BytesIO(), say)
    sink.write(sample)
    assert waiting.tell() > 1000
    assert not out.getvalue()
    sink.close()
    assert waiting.closed
    assert out.getvalue()


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrast_is_enough_in_both_themes(theme: int) -> None:
    """WCAG AA: 4.5 for words, 3 for lines that mean something."""
    css = (files("pipeline.sinks.report") / "templates" / "report.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", re.findall(r":root \{(.*?)\}", css, re.DOTALL)[theme]))
    kinds = [name for name in colours if f"{name}-line" in colours]
    assert len(kinds) == 9
    for ground in ("bg", "panel", "lit", *kinds):
        assert contrast(colours["ink"], colours[ground]) >= 4.5, ground
    for words in ("soft", "accent", "warn"):
        for ground in ("bg", "panel"):
            assert contrast(colours[words], colours[ground]) >= 4.5, (words, ground)
    assert contrast(colours["soft"], colours["lit"]) >= 4.5
    for kind in kinds:
        assert contrast(colours[f"{kind}-line"], colours["bg"]) >= 3, kind
