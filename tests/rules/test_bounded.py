"""No form of any rule runs away: each covers a bounded number of tokens, and is looked for in linear time.

Forms have no repetition (rules/schema.py), and classes refer to each other without circles (the grammar refuses those),
so that the widest match of a class is a number that can be worked out. Linear is counted in steps of the grammar, not
in seconds, on the rule's own examples, whole and cut short, over and over.
"""

from __future__ import annotations

from functools import cache

import pytest

from pipeline import grammar
from pipeline.document import matching_view, tokenise
from pipeline.grammar import Grammar, variants
from pipeline.numbers import MAX_WORDS
from rules import load
from rules.schema import Rule

RULES = load()
GRAMMAR = Grammar(RULES)
LISTS = {"sentences", "company_key", "language", "sources"}  # words that are compared, not looked for
EACH = [(name, rule) for name, rule in RULES.rules() if name.split(".")[0] not in LISTS]
TIMES = 4


@cache
def width(cls: str) -> int:
    """The most tokens a match of a class can cover."""
    if cls.split(":")[0] in ("number", "integer", "digits"):
        return MAX_WORDS
    forms = [form for _, rule in RULES.rules() if rule.cls == cls for form, _ in rule.expressions()]
    return max(
        sum(width(what) if kind == "slot" else 1 for kind, what in symbols)
        for form in forms
        for symbols in variants(form)
    )


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the walks of the grammar."""
    count = [0]
    walk = grammar._Run._walk

    def counted(*args: object) -> None:
        count[0] += 1
        walk(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(grammar._Run, "_walk", counted)
    return count


def test_every_class_has_a_widest_match() -> None:
    widths = {cls: width(cls) for cls in GRAMMAR.classes}
    assert all(1 <= n < 1000 for n in widths.values()), {c: n for c, n in widths.items() if n >= 1000}


@pytest.mark.parametrize(("name", "rule"), EACH, ids=[name for name, _ in EACH])
def test_every_rule_is_looked_for_in_linear_time(name: str, rule: Rule, steps: list[int]) -> None:
    for example in rule.examples:
        for unit in (example, example[: max(1, len(example) * 2 // 3)]):
            counts = []
            for size in (20, 20 * TIMES):
                steps[0] = 0
                tokens = tokenise(matching_view(f"{unit} " * size))
                found = GRAMMAR.scan(tokens)
                if rule.cls not in found:  # asked for only where others leave room for it
                    places = range(len(tokens))
                    found[rule.cls] = [m for i in places for m in GRAMMAR.matches_at(tokens, rule.cls, i)]
                assert all(m.last - m.first <= width(cls) for cls, matches in found.items() for m in matches)
                counts.append(steps[0])
            assert counts[1] <= (TIMES + 0.5) * counts[0] + 50, (unit, counts)
