"""A release made by hand, with one of everything that a page has to show, hostile words among them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from pipeline.readers.refusal import Refusal
from pipeline.records import Amount, Company, Date, Fact, Jobs, Notice, Period, Place, Release, Source, Span
from pipeline.sinks.report import open_report
from rules.messages import Messages

TEXT = (
    "<script>alert(1)</script> \u202eEvroc\u202c s’installe à Mougins.\n"
    "Le groupe investit jusqu’à 4 Md€ en 2025 & crée 50 emplois."
)


def _at(words: str) -> dict[str, int | str]:
    start = TEXT.index(words)
    return {"start": start, "end": start + len(words), "text": words}


@pytest.fixture(scope="session")
def sample() -> Release:
    firm = Company(**_at("Evroc"), name="Evroc", country="SE", rule="model")
    amount = Amount(**_at("4 Md€"), value=4_000_000_000, currency="EUR", bound="at_most", role="investment")
    amount = amount.model_copy(update={"rule": "amounts.sum"})
    jobs = Jobs(**_at("50 emplois"), value=50, role="created", rule="jobs.count_of_jobs")
    place = Place(**_at("Mougins"), name="Mougins", kind="commune", code="06085", country="FR", rule="places.gazetteer")
    year = Date(**_at("2025"), first=datetime.date(2025, 1, 1), last=datetime.date(2025, 12, 31), rule="nobody.knows")
    first, second = TEXT.split("\n")
    facts = (
        Fact(
            id="a",
            company="Evroc",
            action="invest",
            status="planned",
            amount=amount,
            jobs=jobs,
            places=(place,),
            date=year,
            evidence=Span(**_at(second)),
            confidence=0.62,
            why=("actor_inferred", "place_inherited"),
            sure={"fact": 0.9, "actor": 0.3, "action": 0.8},
        ),
        Fact(
            id="b",
            action="open",
            status="done",
            places=(place,),
            date=Period(first=datetime.date(2025, 3, 1), last=datetime.date(2025, 3, 31)),
            evidence=Span(**_at(first)),
            confidence=0.1,
        ),
    )
    return Release(
        id="r",
        source=Source(uri='"><b>inbox</b>.txt', media_type="text/plain", sha256="0" * 64),
        title="Evroc <i>arrive</i>",
        published=datetime.date(2025, 1, 1),
        language="fr",
        text=TEXT,
        companies=(firm,),
        amounts=(amount,),
        jobs=(jobs,),
        places=(place,),
        dates=(year,),
        facts=facts,
        warnings=(Notice(code="undated", count=2), Notice(code="<u>new</u>")),
        engine="releve 0",
    )


@pytest.fixture(scope="session", params=["fr", "en"])
def say(request: pytest.FixtureRequest) -> Messages:
    return Messages.load(request.param)


@pytest.fixture(scope="session")
def page(sample: Release, say: Messages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of two releases and a refusal, as a file."""
    path = tmp_path_factory.mktemp("report") / f"page.{say.language}.html"
    with path.open("wb") as nowhere, open_report(path, nowhere, say) as sink:
        sink.write(sample)
        sink.refuse(Refusal("<b>gone</b>.pdf", "empty"), say("refusal.empty"))
        sink.write(sample.model_copy(update={"facts": (), "title": None, "warnings": ()}))
    return path
