"""A store of made-up releases, and a client that has come in by the printed address."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from pipeline.readers import release_id
from pipeline.records import Amount, Company, Fact, Place, Release, Source, Span
from pipeline.review.app import make_app
from pipeline.review.call import Desk
from pipeline.store import Reading, Store, events, ledger

TOWNS = {"Lyon": "69123", "Dunkerque": "59183", "Mougins": "06085", "Nantes": "44109"}
HOST = "127.0.0.1:8765"


def told(
    uri: str, *lines: tuple[str, float, str], head: str = "", sure: float = 0.6, day: str = "2025-03-03"
) -> Release:
    """A record whose text is one line for each (firm, millions of euros, town), each a fact."""
    text, firms, amounts, places, facts = head, [], [], [], []
    for n, (name, millions, town) in enumerate(lines):
        start = len(text)
        spans = []
        for words, after in ((name, " investit "), (f"{millions:g} M€", " à "), (town, "")):
            spans.append({"start": len(text), "end": len(text) + len(words), "text": words})
            text += words + after
        sentence = text[start:]
        text += ".\n"
        firms.append(Company(**spans[0], name=name))
        amounts.append(Amount(**spans[1], value=millions * 1e6, currency="EUR", role="investment"))
        places.append(Place(**spans[2], name=town, kind="commune", code=TOWNS[town], country="FR"))
        facts.append(
            Fact(
                id=hashlib.sha256(f"{uri}{head}{n}{sentence}".encode()).hexdigest()[:16],
                company=name,
                action="invest",
                status="announced",
                amount=amounts[-1],
                places=(places[-1],),
                evidence=Span(start=start, end=start + len(sentence), text=sentence),
                confidence=sure,
                why=("actor_inferred",),
            )
        )
    return Release(
        schema="releve/1",
        id=release_id(uri, ""),
        source=Source(uri=uri, media_type="text/plain", sha256=hashlib.sha256(text.encode()).hexdigest()),
        title=f"Titre de {uri}",
        published=datetime.date.fromisoformat(day) if day else None,
        language="fr",
        text=text,
        companies=tuple(firms),
        amounts=tuple(amounts),
        places=tuple(places),
        facts=tuple(facts),
        engine="test",
    )


def put(store: Store, release: Release, engine: str = "e1") -> int:
    """Write a release as one source; its number."""
    uri = release.source.uri or ""
    ledger.write(store, Reading(uri, release.source.sha256, [release]), engine)
    events.refresh(store)
    return int(store.connection.execute("SELECT id FROM source WHERE uri = ?", (uri,)).fetchone()[0])


@dataclass
class Page:
    """A client inside, with the shorthand of a person at the page."""

    client: TestClient
    desk: Desk
    store: Store

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def post(self, path: str, live: bool = True, **form: str) -> httpx.Response:
        headers = {"hx-request": "true"} if live else {}
        return self.client.post(path, data={"sign": self.desk.keys.form, **form}, headers=headers)

    def fact(self, source: int, n: int = 0) -> str:
        rows = self.store.connection.execute(
            "SELECT fact_id FROM fact WHERE source = ? ORDER BY ordinal, start", (source,)
        ).fetchall()
        return str(rows[n]["fact_id"])

    def state(self, source: int, fact_id: str) -> str | None:
        row = self.store.connection.execute(
            "SELECT state FROM fact WHERE source = ? AND fact_id = ?", (source, fact_id)
        ).fetchone()
        return row["state"] if row else "gone"

    def form_of(self, source: int, fact_id: str) -> dict[str, str]:
        """The fields of a fact's form as a browser would send them."""
        html = self.client.get(f"/fact/{source}/{fact_id}/edit", headers={"hx-request": "true"}).text
        return fields(html)


def fields(html: str) -> dict[str, str]:
    """Inputs, chosen options and text areas of a form."""
    import html as escaped

    out = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            out[name.group(1)] = escaped.unescape(value.group(1)) if value else ""
    for name, body in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', html, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body) or re.search(r'value="([^"]*)"', body)
        assert chosen
        out[name] = chosen.group(1)
    for name, body in re.findall(r'<textarea name="([^"]*)"[^>]*>(.*?)</textarea>', html, re.S):
        out[name] = escaped.unescape(body)
    out.pop("sign", None)
    return out


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "s.db", create=True) as opened:
        yield opened


@pytest.fixture
def come_in(store: Store) -> Callable[..., Page]:
    def enter(who: str = "Anne", language: str = "en") -> Page:
        desk = Desk(store.path, who, language)
        client = TestClient(make_app(desk), base_url=f"http://{HOST}")
        client.get(f"/queue?token={desk.keys.token}")
        return Page(client, desk, store)

    return enter


@pytest.fixture
def page(come_in: Callable[..., Page]) -> Page:
    return come_in()
