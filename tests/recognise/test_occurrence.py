"""Dates that come back: what the rules take them for is one thing among those weighed."""

from __future__ import annotations

import datetime

import pytest

from pipeline.choose import Candidate
from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.grammar import Match
from pipeline.recognise import Context
from pipeline.recognise.calendar import Interval
from pipeline.recognise.dates import DateRecogniser
from pipeline.recognise.occurrence import RULED
from rules import load


def context_of(engine: Engine, text: str, published: str) -> Context:
    return engine.context(Document(text, published=datetime.date.fromisoformat(published)), [])[0]


@pytest.mark.parametrize(
    ("published", "text", "first"),
    [
        ("2022-09-16", "Promise en mai, la cession est chose faite.", "2022-05-01"),
        ("2010-03-04", "Un hall de stockage à 9 millions d'euros, prêt en juillet.", "2010-07-01"),
        ("2013-03-18", "Le tribunal de Dax a patienté, en repoussant à fin mai l'examen des offres.", "2013-05-21"),
        ("2024-01-08", "Décembre, avec 800 millions, aura eu des airs de fête.", "2023-12-01"),
        ("2023-05-15", "L'affaire était pliée dès vendredi, le maire ayant fait le voyage.", "2023-05-12"),
    ],
)
def test_the_words_around_are_heard_where_the_rules_are_wrong(
    engine: Engine, published: str, text: str, first: str
) -> None:
    context = context_of(engine, text, published)
    by_rules, weighed = DateRecogniser(load()).find(context), engine.recognisers.dates.find(context)
    assert str(weighed[0].values["first"]) == first != str(by_rules[0].values["first"])


def test_candidates_are_the_time_over_the_one_going_on_and_the_next(engine: Engine) -> None:
    asked: list[tuple[list[str], int]] = []

    def pick(point: Match, candidates: list[Interval], features: list[Candidate]) -> int:
        ruled = [n for n, told in enumerate(features) if RULED in told]
        asked.append(([str(c.first) for c in candidates], ruled[0]))
        return 0

    text = "La presse tourne depuis mars. Elle se tait en juin et au second semestre. Le juge statue lundi. Fin 2024, rien."
    found = DateRecogniser(load()).read(context_of(engine, text, "2025-06-11"), pick).found
    assert asked == [
        (["2025-03-01", "2026-03-01"], 0),
        (["2024-06-01", "2025-06-01", "2026-06-01"], 1),
        (["2024-07-01", "2025-07-01", "2026-07-01"], 1),
        (["2025-06-09", "2025-06-16"], 1),
    ]
    chosen = ["2025-03-01", "2024-06-01", "2024-07-01", "2025-06-09", "2024-10-01"]
    assert [str(f.values["first"]) for f in found] == chosen
