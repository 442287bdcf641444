"""The page as people use it, in a real Chromium; skipped where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def opened(browser: Any, page: Path) -> Iterator[Any]:
    """The page, with every request, error and dialog that came of it."""
    tab = browser.new_page()
    tab.heard = []
    tab.on("request", lambda r: tab.heard.append(r.url))
    tab.on("pageerror", lambda e: tab.heard.append(str(e)))
    tab.on("console", lambda m: tab.heard.append(m.text))
    tab.on("dialog", lambda d: tab.heard.append(d.message))
    tab.goto(page.as_uri())
    yield tab
    assert tab.heard == [page.as_uri()]
    tab.close()


def lit(tab: Any) -> list[str]:
    return tab.evaluate("[...document.querySelectorAll('.lit')].map(e => e.id)")  # type: ignore[no-any-return]


def test_a_fact_lights_its_words_and_a_mention_its_facts(opened: Any) -> None:
    opened.keyboard.press("Tab")  # the link that leads past the head
    opened.focus("#r1f1 a >> nth=0")
    used = (opened.get_attribute("#r1f1", "data-marks") or "").split()
    passage = f"r1p{opened.get_attribute('#r1f1', 'data-first')}"
    assert set(lit(opened)) == {"r1f1", passage, *(f"r1m{n}" for n in used)}
    opened.hover("#r1f2")
    assert "r1f2" in lit(opened)
    assert "r1f1" not in lit(opened)
    both = opened.locator("#r1 mark.k-places a")
    both.focus()
    opened.mouse.move(0, 0)
    assert {"r1f1", "r1f2"} <= set(lit(opened))
    both.press("Enter")
    assert opened.evaluate("document.activeElement.id") == "r1f1"


def test_the_filter_keeps_what_is_asked_for(opened: Any) -> None:
    opened.fill("#words", "mougins 4 md")
    opened.locator("#r2").wait_for(state="hidden")
    assert opened.locator(".fact:visible").count() == 1
    assert opened.inner_text("#found")
    opened.fill("#words", "")
    opened.select_option("#action", "open")
    assert opened.locator(".fact:visible").get_attribute("id") == "r1f2"
    opened.select_option("#least", "0.75")
    assert opened.locator(".fact:visible").count() == 0


def test_without_scripts_links_still_mark(browser: Any, page: Path) -> None:
    bare = browser.new_context(java_script_enabled=False).new_page()
    bare.goto(page.as_uri())
    assert not bare.is_visible(".filter")
    bare.click("#r1f1 blockquote a")
    target = bare.locator(".passage:target")
    plain = "rgba(0, 0, 0, 0)"
    assert target.evaluate("e => getComputedStyle(e).backgroundColor") != plain
    assert bare.locator("#r1p0").evaluate("e => getComputedStyle(e).backgroundColor") == plain
    bare.close()
