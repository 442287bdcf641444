"""Stores and made-up records: extraction is not the point here."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.readers import release_id
from pipeline.records import Amount, Company, Fact, Place, Power, Release, Source, Span
from pipeline.store import Store

DAY = datetime.date(2025, 3, 3)
CODES = {"Lyon": "69123", "Dunkerque": "59183", "Mougins": "06085", "Nantes": "44109"}


def told(
    uri: str,
    *sentences: tuple[str, str, float | None, str | None],
    action: str = "invest",
    status: str = "announced",
    published: datetime.date | None = DAY,
    power: float | None = None,
    head: str = "",
) -> Release:
    """A record whose text is one line for each (company, verb, millions of euros, commune)."""
    text, companies, amounts, places, powers, facts = head, [], [], [], [], []
    for number, (name, verb, millions, town) in enumerate(sentences):
        start = len(text)

        def say(words: str) -> tuple[int, int, str]:
            nonlocal text
            at = len(text)
            text += words
            return at, at + len(words), words

        def span(words: str) -> dict[str, object]:
            first, last, same = say(words)
            return {"start": first, "end": last, "text": same}

        company = Company(**span(name), name=name)
        say(f" {verb} ")
        amount = Amount(**span(f"{millions} M€"), value=millions * 1e6, currency="EUR") if millions else None
        say(", ")
        watts = Power(**span(f"{power} MW"), megawatts=power) if power else None
        say(" à ")
        place = Place(**span(town), name=town, kind="commune", code=CODES[town], country="FR") if town else None
        sentence = text[start:]
        text += ".\n"
        companies.append(company)
        amounts += [amount] if amount else []
        powers += [watts] if watts else []
        places += [place] if place else []
        facts.append(
            Fact(
                id=hashlib.sha256(f"{uri}{head}{number}{sentence}".encode()).hexdigest()[:16],
                company=name,
                action=action,
                status=status,
                amount=amount,
                power=watts,
                places=(place,) if place else (),
                date=None,
                evidence=Span(start=start, end=start + len(sentence), text=sentence),
                confidence=0.8,
            )
        )
    return Release(
        schema="releve/1",
        id=release_id(uri, ""),
        source=Source(uri=uri, media_type="text/plain", sha256=hashlib.sha256(text.encode()).hexdigest()),
        published=published,
        language="fr",
        text=text,
        companies=tuple(companies),
        amounts=tuple(amounts),
        powers=tuple(powers),
        places=tuple(places),
        facts=tuple(facts),
        engine="test",
    )


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.moment = datetime.datetime(2025, 3, 3, 6, 30, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Callable[[], datetime.datetime]) -> Iterator[Store]:
    with Store.open(tmp_path / "s.db", create=True, now=clock) as opened:
        yield opened
