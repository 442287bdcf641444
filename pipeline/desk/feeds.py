"""RSS and Atom feeds: read only when they changed, their entries as sources, with patience for servers in trouble.

What a feed said of itself (ETag, Last-Modified) is kept only after everything it told of has its outcome in the store:
an interrupted round is taken up by the next.
"""

from __future__ import annotations

import datetime
import email.utils
import hashlib
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin

from pipeline.desk.fetch import Answer, Client, FetchError, bare
from pipeline.readers import Refusal
from pipeline.run import Source
from pipeline.store import Store

FULL: Final = 600  # characters of an entry's own text from which it needs no page
PAGES: Final = 50  # pages fetched for one feed in one round; the rest waits for the next
LONGEST: Final = 6 * 3600.0  # seconds that a feed in trouble waits
_GONE: Final = ("404", "410")  # a page that will not come back
_OURS: Final = ("private", "scheme", "address")  # no server was asked
_TAG: Final = re.compile(r"<[^<>]*>")


@dataclass
class Round:
    """One look at one feed. `trouble`: why it could not be read; `waits`: until when it is left alone."""

    url: str
    trouble: FetchError | None = None
    waits: str | None = None
    unchanged: int = 0  # entries met before, as they were
    left: int = 0  # entries whose pages wait for the next round
    complete: bool = True
    _etag: str | None = None
    _modified: str | None = None
    _stamps: list[tuple[str, str, str]] = field(default_factory=list)  # entry, stamp, uri


def look(store: Store, client: Client, url: str, engine: str, every: float, done: Round) -> Iterator[Source]:
    """The entries of a feed that are new or changed, as sources; `done` tells how it went, and goes to `keep`."""
    state = store.connection.execute("SELECT * FROM feed WHERE url = ?", (url,)).fetchone()
    if state is not None and state["wait_until"] and state["wait_until"] > store.stamp():
        done.waits = state["wait_until"]
        return
    asked = {}
    if state is not None and state["engine"] == engine:  # another engine reads everything anew
        asked = {"If-None-Match": state["etag"], "If-Modified-Since": state["modified"]}
    try:
        answer = client.get(url, {name: value for name, value in asked.items() if value})
        entries = [] if answer.status == 304 else parsed(answer)
    except FetchError as error:
        done.trouble = error
        if error.code not in _OURS:
            _back_off(store, url, state["failures"] + 1 if state else 1, every, error)
        return
    done._etag, done._modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    if answer.status == 304 and state is not None:
        done._etag, done._modified = done._etag or state["etag"], done._modified or state["modified"]
    yield from _sources(store, client, url, engine, entries, done)


def keep(store: Store, done: Round, engine: str) -> None:
    """Remember a feed that was read, once its sources have their outcomes."""
    if done.trouble is not None or done.waits is not None:
        return
    with store.transaction() as db:
        db.executemany(
            "INSERT OR REPLACE INTO entry (feed, entry, stamp, uri, engine) VALUES (?, ?, ?, ?, ?)",
            [(done.url, *stamp, engine) for stamp in done._stamps],
        )
        etag, modified = (done._etag, done._modified) if done.complete else (None, None)
        db.execute(
            "INSERT OR REPLACE INTO feed (url, etag, modified, engine, failures, checked_at) VALUES (?, ?, ?, ?, 0, ?)",
            (done.url, etag, modified, engine, store.stamp()),
        )


@dataclass(frozen=True)
class Entry:
    """One entry of a feed. `page`: where it says to read it, None when nowhere; `text`: its own bytes, when whole."""

    id: str
    stamp: str
    page: str | None
    text: bytes | None
    published: datetime.date | None


def parsed(answer: Answer) -> list[Entry]:
    """The entries of a feed's bytes; FetchError "no_feed" when they are none."""
    import feedparser  # type: ignore[import-untyped]

    try:  # a stream and not the bytes themselves, which the library might take for a path or an address
        told = feedparser.parse(
            io.BytesIO(answer.data),
            response_headers={"content-type": answer.headers.get("content-type", ""), "content-location": answer.url},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # it has its own troubles with some feeds
        raise FetchError("no_feed", f"{type(error).__name__}: {error}") from error
    if not told.entries and not told.get("version"):
        raise FetchError("no_feed", str(told.get("bozo_exception", "")))
    return [_entry(answer.url, entry) for entry in told.entries]


def _entry(base: str, entry: Any) -> Entry:
    title, link = _told(entry, "title"), _told(entry, "link")
    bodies = [(_told(c, "value"), _told(c, "type")) for c in entry.get("content", [])]
    bodies.append((_told(entry, "summary"), _told(entry.get("summary_detail", {}), "type")))
    body, kind = max(bodies, key=lambda b: len(b[0]))
    try:
        page = bare(urljoin(base, link)) if link else None
    except ValueError:
        page = None
    stamp = hashlib.sha256("\0".join([title, body, link, _told(entry, "updated")]).encode())
    plain = kind == "text/plain"
    words = body if plain else _TAG.sub("", body)
    text = None
    if len(words.strip()) >= FULL or page is None:
        text = (f"{title}\n\n{body}" if plain else _page(title, body)).encode()
    return Entry(_told(entry, "id") or link or title, stamp.hexdigest(), page, text, _day(entry))


def _page(title: str, body: str) -> str:
    told = html.escape(html.unescape(title))
    return (
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{told}</title></head>\n'
        f"<body><article><h1>{told}</h1>\n{body}\n</article></body></html>\n"
    )


def _day(entry: Any) -> datetime.date | None:
    """The day on which an entry says it came out, by the clock of whoever wrote it."""
    written = _told(entry, "published") or _told(entry, "updated")
    for read in (email.utils.parsedate_to_datetime, datetime.datetime.fromisoformat):
        try:
            return read(written).date()
        except (ValueError, TypeError, OverflowError):
            continue
    moment = entry.get("published_parsed")
    return datetime.date(*moment[:3]) if moment else None


def _told(entry: Any, name: str) -> str:
    """A field of an entry, as text that can be written; the library, asked for one that is not there, may warn."""
    return str(entry[name]).encode("utf-8", "replace").decode() if name in entry else ""


def _sources(
    store: Store, client: Client, url: str, engine: str, entries: list[Entry], done: Round
) -> Iterator[Source]:
    fetched = 0
    for entry in entries:
        uri = entry.page or f"{url}#{entry.id}"
        row = store.connection.execute("SELECT * FROM entry WHERE feed = ? AND entry = ?", (url, entry.id)).fetchone()
        if row is not None and (row["stamp"], row["engine"]) == (entry.stamp, engine):
            done.unchanged += 1
            continue
        stamp = (entry.id, entry.stamp, uri)
        if entry.text is not None:
            done._stamps.append(stamp)
            yield Source(uri, data=entry.text, published=entry.published)
            continue
        if fetched >= PAGES:
            done.left += 1
            done.complete = False
            continue
        fetched += 1
        source, again = fetched_source(client, uri, entry.published)
        if again:
            done.complete = False
        else:
            done._stamps.append(stamp)
        yield source


def fetched_source(client: Client, url: str, published: datetime.date | None = None) -> tuple[Source, bool]:
    """A page as a source, a refusal when it cannot be had; and whether it is worth another try."""
    try:
        return Source(url, data=client.get(url).data, published=published), False
    except FetchError as error:
        detail = f"{error.code} {error.detail}".strip()
        refusal = Refusal(url, "not_fetched", detail)
        return Source(url, refusal=refusal), not (error.code == "status" and error.detail in _GONE)


def _back_off(store: Store, url: str, failures: int, every: float, error: FetchError) -> None:
    """Twice as long after each failure, and never shorter than the server asks."""
    seconds = max(min(every * 2 ** min(failures, 10), LONGEST), error.wait or 0.0)
    until = (store.now() + datetime.timedelta(seconds=seconds)).astimezone(datetime.UTC)
    with store.transaction() as db:
        db.execute(
            "INSERT INTO feed (url, failures, wait_until, checked_at, trouble) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (url) DO UPDATE SET failures = excluded.failures, wait_until = excluded.wait_until,"
            " checked_at = excluded.checked_at, trouble = excluded.trouble",
            (url, failures, until.strftime("%Y-%m-%dT%H:%M:%SZ"), store.stamp(), str(error)),
        )
