"""Every rule finds its examples and keeps off its counter-examples; a bad rule file is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.document import matching_view, tokenise
from pipeline.grammar import Grammar, variants
from rules import RuleError, Rules, load
from rules.schema import Rule

RULES = load()
GRAMMAR = Grammar(RULES)
# Read by a machinery of their own, where a form is a word and not a phrase to be looked for.
LISTS = {"sentences", "company_key", "language", "sources"}
EACH = [(name, rule) for name, rule in RULES.rules() if name.split(".")[0] not in LISTS]


def found(rule: Rule, name: str, text: str) -> bool:
    """Whether a rule matches somewhere in a text, taken by itself: other rules of its class may be longer."""
    tokens = tokenise(matching_view(text))
    return any(
        match.rule == name for index in range(len(tokens)) for match in GRAMMAR.matches_at(tokens, rule.cls, index)
    )


@pytest.mark.parametrize(("name", "rule"), EACH, ids=[name for name, _ in EACH])
def test_examples(name: str, rule: Rule) -> None:
    for text in rule.examples:
        assert found(rule, name, text), f"{name} does not find its example {text!r}"


@pytest.mark.parametrize(("name", "rule"), EACH, ids=[name for name, _ in EACH])
def test_counter_examples(name: str, rule: Rule) -> None:
    for text in rule.counter_examples:
        assert not found(rule, name, text), f"{name} finds its counter-example {text!r}"


def write(folder: Path, text: str) -> None:
    (folder / "bad.toml").write_text(text, encoding="utf-8")


RULE = '[[rule]]\nid = "a"\nclass = "b"\nforms = ["x"]\nexamples = ["x"]\ncounter_examples = ["y"]\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("about = ", "bad.toml"),
        ('about = "x"\n', "rule"),
        ('about = "x"\n' + RULE.replace('examples = ["x"]\n', ""), "examples"),
        ('about = "x"\n' + RULE.replace('forms = ["x"]', "forms = []"), "forms"),
        ('about = "x"\n' + RULE + 'colour = "red"\n', "colour"),
        ('about = "x"\n' + RULE + RULE, "twice"),
    ],
)
def test_a_bad_rule_file_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    write(tmp_path, text)
    with pytest.raises(RuleError, match=reason) as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_class_has_one_file(tmp_path: Path) -> None:
    write(tmp_path, 'about = "x"\n' + RULE)
    (tmp_path / "other.toml").write_text('about = "x"\n' + RULE.replace('"a"', '"d"'), encoding="utf-8")
    with pytest.raises(RuleError, match=r"^other\.toml: class b stands in bad\.toml, too$"):
        load(tmp_path)


@pytest.mark.parametrize("form", ["(a", "a]", "[a]", "{unknown}", "{Bad}", " ".join("(a|b|c|d|e|f)" for _ in range(6))])
def test_a_bad_form_is_one_line(tmp_path: Path, form: str) -> None:
    write(tmp_path, 'about = "x"\n' + RULE.replace('["x"]\nexamples', f'["{form}"]\nexamples'))
    with pytest.raises(RuleError) as caught:
        Grammar(Rules({**RULES.files, "bad": load(tmp_path).files["bad"]}))
    assert "\n" not in str(caught.value)


def test_classes_in_a_circle_are_refused(tmp_path: Path) -> None:
    circle = RULE.replace('forms = ["x"]', 'forms = ["x {c}"]') + RULE.replace('"a"', '"d"').replace(
        'class = "b"\nforms = ["x"]', 'class = "c"\nforms = ["y {b}"]'
    )
    write(tmp_path, 'about = "x"\n' + circle)
    with pytest.raises(RuleError, match="circle"):
        Grammar(Rules({**RULES.files, "bad": load(tmp_path).files["bad"]}))


def test_forms_open_into_all_they_stand_for() -> None:
    assert len(variants("a [b] (c|d)")) == 4


@pytest.mark.parametrize(
    "unit", ["1 ", "M€ ", "de la ", "entre 1 et ", "((", "A", "le 1er ", "- ", "12.345.", "vingt "]
)
def test_the_scan_is_linear(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps counted, not seconds: ten times the text, about ten times the walks."""
    from pipeline import grammar

    steps = [0]
    walk = grammar._Run._walk

    def counted(*args: object) -> None:
        steps[0] += 1
        walk(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(grammar._Run, "_walk", counted)
    counts = []
    for size in (300, 3000):
        steps[0] = 0
        GRAMMAR.scan(tokenise(matching_view(unit * size)))
        counts.append(steps[0])
    assert counts[1] <= 11 * counts[0] + 1000


def test_a_form_too_wide_is_told_before_it_is_opened() -> None:
    wide = " ".join(["(a|b|c|d)"] * 6)
    with pytest.raises(ValueError, match="spellings"):
        variants(f"{wide} ({wide})")


def test_classes_that_meet_again_and_again_are_opened_once(tmp_path: Path) -> None:
    """Thirty floors, each with two ways down: a billion ways, if each were gone by itself."""
    rules = [
        RULE.replace('"a"', f'"{name}{n}"').replace('"b"', f'"{name}{n}"').replace('["x"]\nexamples', f'["({{c{n + 1}}}|{{d{n + 1}}})"]\nexamples')
        for n in range(30)
        for name in "cd"
    ]  # fmt: skip
    last = [RULE.replace('"a"', f'"{name}"').replace('"b"', f'"{name}30"') for name in "cd"]
    write(tmp_path, 'about = "x"\n' + "".join(rules + last))
    grammar = Grammar(Rules({**RULES.files, "bad": load(tmp_path).files["bad"]}))
    assert grammar.match_at(tokenise("x"), "c0", 0) is not None
