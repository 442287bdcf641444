"""Feeds on loopback: read once, asked whether they changed, left alone when in trouble; folders beside them."""

from __future__ import annotations

import contextlib
import datetime
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.desk import feeds
from pipeline.desk.batch import Tally
from pipeline.desk.fetch import Answer, Client
from pipeline.desk.watch import watch_round
from pipeline.store import Store, ledger, reading
from tests.desk.standin import ENGINE, Quiet, StandIn
from tests.store.conftest import Clock

LONG = "Evroc;4;Lyon\n" * 60
CLIENT = Client(seconds=10, private=True)


class Site:
    """A feed with its pages, and what it was asked."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, str]] = []  # id, text, kind
        self.pages: dict[str, tuple[int, str]] = {}
        self.status = 200
        self.asked: list[tuple[str, str | None]] = []
        self.url = ""

    def atom(self) -> str:
        told = "".join(
            f'<entry><id>{i}</id><title>{i}</title><link href="{self.url}/{i}#top"/>'
            f'<published>2025-03-0{n + 1}T23:30:00+01:00</published><content type="{kind}">{text}</content></entry>'
            for n, (i, text, kind) in enumerate(self.entries)
        )
        return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{told}</feed>'


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, self.headers.get("If-None-Match")))
            status, text, etag = site.status, site.atom(), f'"{hash(site.atom())}"'
            if self.path == "/old":
                self.send_response(301)
                self.send_header("Location", "/feed")
                self.end_headers()
                return
            if self.path != "/feed":
                status, text = site.pages.get(self.path.strip("/"), (404, ""))
            elif status == 200 and self.headers.get("If-None-Match") == etag:
                status, text = 304, ""
            self.send_response(status)
            self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "s.db", create=True, now=Clock())


def once(store: Store, *places: str, engine: str = ENGINE) -> tuple[Tally, list[feeds.Round]]:
    return watch_round(
        store,
        places,
        CLIENT,
        engine,
        Quiet(),
        every=60,
        make=StandIn,  # type: ignore[arg-type]
    )


def test_entries_are_sources_and_a_feed_that_did_not_change_is_not_read(store: Store, site: Site) -> None:
    site.entries = [("a", LONG, "text"), ("b", "voir la page", "text")]
    site.pages["b"] = (200, "Autre;5;Nantes\n")
    tally, (done,) = once(store, f"{site.url}/old")
    assert done.trouble is None
    assert (tally.met, tally.new) == (2, 2)
    rows = list(reading.fact_rows(store))
    assert {r["source_uri"] for r in rows} == {f"{site.url}/a", f"{site.url}/b"}
    assert {str(r["published"]) for r in rows} == {"2025-03-01", "2025-03-02"}  # by the writer's clock
    asked = len(site.asked)
    tally, _ = once(store, f"{site.url}/old")
    assert tally == Tally()
    assert site.asked[asked:][-1][1]  # with the ETag, and no page
    assert len(site.asked) == asked + 2
    site.entries.append(("c", LONG.replace("Evroc", "Umami"), "text"))
    tally, _ = once(store, f"{site.url}/old")
    assert (tally.met, tally.new, tally.unchanged) == (3, 1, 2)
    assert [path for path, _ in site.asked if path == "/b"] == ["/b"]
    tally, _ = once(store, f"{site.url}/old", engine="standin 2")
    assert tally.changed == 3


def test_a_server_in_trouble_is_left_alone_for_longer_and_longer(store: Store, site: Site) -> None:
    clock = store.now
    assert isinstance(clock, Clock)
    site.status = 500
    waits = []
    for _ in range(4):
        asked = len(site.asked)
        _, (done,) = once(store, f"{site.url}/feed")
        assert done.trouble is not None
        assert done.trouble.code == "status"
        assert len(site.asked) == asked + 1
        _, (done,) = once(store, f"{site.url}/feed")
        assert done.waits is not None
        assert len(site.asked) == asked + 1
        until = datetime.datetime.fromisoformat(done.waits)
        waits.append((until - clock.moment).total_seconds())
        clock.moment = until
    assert waits == [120, 240, 480, 960]
    site.status, site.entries = 200, [("a", LONG, "text")]
    tally, (done,) = once(store, f"{site.url}/feed")
    assert (tally.new, done.trouble) == (1, None)


def test_what_we_refuse_ourselves_makes_no_server_wait(store: Store, site: Site) -> None:
    site.entries = [("a", LONG, "text")]
    places = [f"{site.url}/feed"]
    _, (done,) = watch_round(store, places, Client(), ENGINE, Quiet(), every=60, make=StandIn)  # type: ignore[arg-type]
    assert done.trouble is not None
    assert done.trouble.code == "private"
    assert not site.asked
    tally, _ = once(store, *places)
    assert tally.new == 1


def test_a_page_that_cannot_be_had_is_refused_and_tried_again_unless_it_has_gone(store: Store, site: Site) -> None:
    site.entries = [("gone", "", "text"), ("busy", "", "text")]
    site.pages["busy"] = (503, "")
    tally, _ = once(store, f"{site.url}/feed")
    assert dict(tally.refused) == {"not_fetched": 2}
    site.pages["busy"] = (200, "Autre;5;Nantes\n")
    tally, _ = once(store, f"{site.url}/feed")
    assert (tally.changed, tally.unchanged) == (1, 1)
    assert [r.uri for r in ledger.refused(store)] == [f"{site.url}/gone"]


def test_a_round_that_was_interrupted_is_taken_up(store: Store, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.entries = [("a", LONG, "text")]
    with monkeypatch.context() as broken:
        broken.setattr("pipeline.store.ledger.write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            once(store, f"{site.url}/feed")
    tally, _ = once(store, f"{site.url}/feed")
    assert tally.new == 1


def test_pages_beyond_what_a_round_fetches_come_with_the_next(
    store: Store, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "PAGES", 2)
    site.entries = [(i, "", "text") for i in "abc"]
    site.pages = {i: (200, f"Firme {i};5;Nantes\n") for i in "abc"}
    tally, (done,) = once(store, f"{site.url}/feed")
    assert (tally.new, done.left) == (2, 1)
    tally, (done,) = once(store, f"{site.url}/feed")
    assert (tally.new, done.left) == (1, 0)


def test_folders_are_watched_beside_feeds(store: Store, site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "x.txt").write_text("Evroc;4;Lyon\n")
    site.entries = [("a", LONG, "text")]
    tally, _ = once(store, str(folder), f"{site.url}/feed")
    assert tally.new == 2
    (folder / "y.txt").write_text("Evroc;4;Lyon\n")
    tally, _ = once(store, str(folder), f"{site.url}/feed")
    assert (tally.met, tally.new) == (2, 1)


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<item><title>Tom &amp;amp; &lt;b&gt;Lou</title><link>/a</link><description>court</description><pubDate>Mon, 03 Mar 2025 08:00:00 +0100</pubDate>
<content:encoded><![CDATA[<p>LONG</p><script>x</script>]]></content:encoded></item></channel></rss>"""


def test_an_entry_that_holds_its_page_is_a_page_of_html() -> None:
    (entry,) = feeds.parsed(Answer("http://a.fr/rss", 200, {}, RSS.replace("LONG", "mot " * 200).encode()))
    assert entry.text is not None
    assert entry.text.startswith(b"<!DOCTYPE html>")
    assert b"<p>mot mot" in entry.text
    assert entry.page == "http://a.fr/a"
    assert entry.published == datetime.date(2025, 3, 3)
    (short,) = feeds.parsed(Answer("http://a.fr/rss", 200, {}, RSS.encode()))
    assert short.text is None


@pytest.mark.parametrize("data", [b"", b"<html><body>no</body></html>", b"\x00\x01", b"/etc/passwd", b"http://a.fr/"])
def test_what_is_no_feed_is_told(data: bytes) -> None:
    with pytest.raises(feeds.FetchError) as error:
        feeds.parsed(Answer("http://a.fr/", 200, {}, data))
    assert error.value.code == "no_feed"


def test_a_feed_that_unfolds_without_end_is_bounded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
    )
    data = f'<?xml version="1.0"?>{bomb}]><rss version="2.0"><channel><item><title>&j;</title></item></channel></rss>'
    try:
        entries = feeds.parsed(Answer("http://a.fr/", 200, {}, data.encode()))
    except feeds.FetchError:
        return
    assert all(len(e.text or b"") < 1_000_000 for e in entries)


@pytest.mark.parametrize("title", ["&#xD800; & x", "&#99999999999;", "\ud800", "\x00"])
def test_a_feed_that_its_reader_stumbles_on_is_told_and_ends_nothing(title: str) -> None:
    data = f"<rss version='2.0'><channel><item><title>{title}</title><guid>{title}</guid></item></channel></rss>"
    with contextlib.suppress(feeds.FetchError):
        for entry in feeds.parsed(Answer("http://a.fr/", 200, {}, data.encode("utf-8", "surrogatepass"))):
            entry.id.encode()
