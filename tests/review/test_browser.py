"""The page in a real browser: thirty figures by keys alone, and what only a browser shows."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from pipeline.review.app import make_app
from pipeline.review.call import Desk
from pipeline.store import Store, decisions
from tests.review.conftest import put, told
from tests.review.test_showing import hostile

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright")
CHROMIUM = os.environ.get("RELEVE_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"no Chromium at {CHROMIUM}")
FIRMS = ("Alba", "Borée", "Cerise", "Dune", "Érable", "Fjord")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def desk(store: Store) -> Desk:
    """Six releases of five facts each."""
    for n, firm in enumerate(FIRMS):
        lines = [(firm, 10 * n + k + 1, "Lyon") for k in range(5)]
        put(store, told(f"{firm}.txt", *lines, head="Paragraphe.\n\n" * 30, sure=0.3 + n / 20))
    return Desk(store.path, "Anne", "fr")


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(make_app(desk), log_level="error"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        running.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        running.join()


@pytest.fixture
def tab(browser: Any, address: str, desk: Desk) -> Iterator[Any]:
    """A page that has come in; it fails the test for an error of a script or a request to anybody else."""
    context = browser.new_context(viewport={"width": 1300, "height": 850})
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda m: trouble.append(m.text) if "Content Security Policy" in m.text else None)
    context.on("request", lambda r: None if r.url.startswith(address) else trouble.append(r.url))
    page.goto(f"{address}/?token={desk.keys.token}")
    page.set_default_timeout(10_000)
    yield page
    assert not trouble
    context.close()


def states(store: Store) -> dict[str | None, int]:
    return dict(store.connection.execute("SELECT state, count(*) FROM fact GROUP BY 1").fetchall())


def decided(page: Any, n: int) -> None:
    """Wait until so many facts are told as checked, and the page is at rest."""
    page.wait_for_function("n => document.getElementById('count')?.textContent.startsWith(`${n} `)", arg=n)
    page.wait_for_function("() => document.readyState === 'complete' && document.querySelector('.fact.current, .done')")


def test_thirty_figures_by_keys_alone(tab: Any, store: Store) -> None:
    assert tab.evaluate("document.activeElement.matches('.fact.current')")
    for n in range(30):
        if n % 10 == 4:
            tab.keyboard.press("x")
        elif n % 10 == 7:
            tab.keyboard.press("e")
            tab.wait_for_selector(".correction input[name='amount.value']")
            tab.wait_for_function("() => document.activeElement.name === 'amount.value'")
            tab.keyboard.press("Control+a")
            tab.keyboard.type("7 M€")
            tab.keyboard.press("Enter")
        else:
            tab.keyboard.press("a")
        decided(tab, n + 1)
    tab.wait_for_selector(".done")
    assert states(store) == {"accepted": 24, "rejected": 3, "corrected": 3}
    amounts = store.connection.execute("SELECT amount FROM fact WHERE state = 'corrected'").fetchall()
    assert [row[0] for row in amounts] == [7e6] * 3
    assert {entry.who for entry in decisions.audit(store)} == {"Anne"}


def test_skip_move_undo_reload_and_a_second_tab(tab: Any, store: Store, address: str) -> None:
    first = tab.evaluate("document.activeElement.id")
    tab.keyboard.press(" ")
    second = tab.evaluate("document.activeElement.id")
    assert first != second
    tab.keyboard.press("k")
    assert tab.evaluate("document.activeElement.id") == first
    tab.keyboard.press("a")
    decided(tab, 1)
    assert "Accepté" in tab.inner_text("#said")
    assert tab.evaluate("document.activeElement.id") == second
    other = tab.context.new_page()
    other.goto(f"{address}/release/1")
    tab.keyboard.press("x")
    decided(tab, 2)
    other.locator(f"#{second} [data-key=a]").click()  # the other tab has not seen it
    other.wait_for_selector(f"#{second} [role=alert]")
    assert states(store)["rejected"] == 1
    tab.keyboard.press("Backspace")
    decided(tab, 1)
    assert tab.evaluate("document.activeElement.id") == second
    tab.reload()
    decided(tab, 1)
    assert states(store) == {None: 29, "accepted": 1}


def test_a_fact_lights_its_words_and_a_mark_leads_to_it(tab: Any) -> None:
    assert set(tab.eval_on_selector_all("mark.lit", "all => all.map(m => m.firstChild.textContent)")) >= {
        "Alba",
        "Lyon",
    }
    seen = "() => { const m = document.querySelector('mark.lit').getBoundingClientRect(), t = document.getElementById('text').getBoundingClientRect(); return m.top >= t.top && m.bottom <= t.bottom; }"
    tab.wait_for_function(seen)
    tab.locator("mark a").nth(6).click()
    assert tab.evaluate("document.activeElement.matches('.fact.current')")
    tab.wait_for_function(seen)


def test_selected_words_become_a_fact(tab: Any, store: Store, address: str) -> None:
    text = "Un \U0001f600 \u202e signe\r et Lyon \N{FACE WITH TEARS OF JOY} encore : Nantes reçoit 12 MW.\n"
    source = put(store, told("odd.txt", ("Gel", 3, "Lyon"), head=text))
    tab.goto(f"{address}/release/{source}")
    tab.evaluate(
        """() => { const all = document.createTreeWalker(document.getElementById('text'), NodeFilter.SHOW_TEXT);
        for (let at = all.nextNode(); at; at = all.nextNode()) { const i = at.data.indexOf('Nantes reçoit 12 MW');
          if (i >= 0) { const r = document.createRange(); r.setStart(at, i); r.setEnd(at, i + 19);
            getSelection().removeAllRanges(); getSelection().addRange(r); } } }"""
    )
    tab.wait_for_selector("#picked:not([hidden])")
    tab.keyboard.press("i")
    tab.wait_for_selector("#new .correction")
    assert tab.input_value("#new [name='evidence.words']") == "Nantes reçoit 12 MW"
    tab.click("#new details summary")
    tab.fill("#new [name='power.words']", "12 MW")
    tab.click("#new .yes")
    tab.wait_for_selector(".fact.added")
    row = store.connection.execute("SELECT * FROM fact WHERE state = 'added'").fetchone()
    assert (row["quote"], row["power_mw"], row["start"]) == ("Nantes reçoit 12 MW", 12, text.index("Nantes"))


def test_a_slip_is_told_beside_its_field(tab: Any, store: Store) -> None:
    tab.keyboard.press("e")
    tab.wait_for_selector(".correction")
    tab.fill("[name='amount.value']", "beaucoup")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("[name='amount.value'][aria-invalid=true]")
    assert tab.evaluate("document.activeElement.name") == "amount.value"
    assert states(store) == {None: 30}
    tab.keyboard.press("Escape")
    tab.wait_for_function("() => document.activeElement.matches('.fact.current')")


def test_a_hostile_release_runs_nothing(tab: Any, store: Store, address: str) -> None:
    source = put(store, hostile())
    tab.on("dialog", lambda dialog: pytest.fail(dialog.message))
    tab.goto(f"{address}/release/{source}?part=0")
    assert "<script>alert(1)</script>" in tab.inner_text("#text")
    assert tab.locator("#text script, #text img, #text b").count() == 0
    assert tab.locator("mark").count() <= 300


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_for_axe_to_find(tab: Any, store: Store, address: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab.emulate_media(color_scheme=scheme)
    source, fact = store.connection.execute("SELECT source, fact_id FROM fact LIMIT 1").fetchone()
    decisions.decide(store, source, fact, "accept", "Bruno")
    paths = ["/", f"/release/{source}?fact={fact}&edit=1", "/queue?state=all", "/picture", "/audit", "/out"]
    found = []
    for path in paths:
        tab.goto(address + path)
        found += [(path, v["id"], v["nodes"][0]["html"][:200]) for v in axe.run(tab).response["violations"]]
    tab.goto(f"{address}/")
    tab.keyboard.press("?")
    found += [("help", v["id"], v["nodes"][0]["html"][:200]) for v in axe.run(tab).response["violations"]]
    assert not found
