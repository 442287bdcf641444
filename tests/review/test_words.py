"""Every word of the page stands in the messages of both languages, and every code has its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.review.corrections import BOUNDS
from pipeline.review.filters import STATES
from pipeline.review.pictures import MEASURES
from pipeline.sinks.words import SLOTS
from pipeline.store.decisions import STATES as DECIDED
from rules.messages import LANGUAGES, Messages

REVIEW = Path(__file__).parents[2] / "pipeline" / "review"

_NO_WORDS = {"Relevé", "CSV", "JSON", "Lines", "EUR", "MWh", "aria", "describedby", "invalid", "true"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there(language: str) -> None:
    say = Messages.load(language)
    sources = "".join(p.read_text(encoding="utf-8") for p in (*REVIEW.glob("*.py"), *REVIEW.glob("templates/*.html")))
    asked = set(re.findall(r'say\("([a-z_.]+)"', sources)) | set(re.findall(r'Refused\(\d+, "([a-z_.]+)"', sources))
    asked |= {f"review.error.{c}" for c in re.findall(r'Wrong\(f?"?[^"]*"?, "(\w+)"', sources)}
    asked |= {f"review.left_{c}" for c in ("undecided", *re.findall(r'_Stays\("(\w+)"', sources))}
    asked |= {f"review.wrong_{c}" for c in ("no_fact", "no_record", "misplaced", "not_last")}
    asked |= {f"review.states_{s}" for s in STATES} | {f"review.state_{s}" for s in DECIDED.values()}
    asked |= {f"review.audit_{a}" for a in (*DECIDED, "undo")}
    asked |= {f"review.did_{a}" for a in ("accept", "reject", "correct", "add", "together", "undo")}
    asked |= {f"review.{kind}_{m}" for kind in ("sum", "by") for m in MEASURES}
    asked |= {f"review.bound_{b}" for b in BOUNDS} | {f"review.unit.{slot}" for slot in SLOTS}
    assert len(asked) > 120
    whole = {key for key in asked if not key.endswith((".", "_"))}
    assert not {key for key in whole if say.get(key) is None}


def test_templates_hold_no_words_of_their_own() -> None:
    for path in REVIEW.glob("templates/*.html"):
        source = re.sub(r"\{% block (at|page) %\}\w*\{% endblock %\}", "", path.read_text(encoding="utf-8"))
        text = re.sub(r"\{[%#{].*?[%#}]\}|<[^>]*>", " ", source, flags=re.S)
        told = set(re.findall(r"[^\W\d_]{3,}", text)) - _NO_WORDS
        assert not told, (path.name, told)
