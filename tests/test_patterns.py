"""No pattern of the code runs away: none can match one stretch in many ways, and each is looked for in linear time.

Two checks for every regular expression, module by module. What is ambiguous (nested or neighbouring repetitions over
the same characters) is found in the parsed pattern by regexploit. What is not ambiguous may still take the square of a
text when it is looked for from every place of a long run; so each is looked for in runs of every character that it can
repeat, and four times the run must not take eight times as long, both measured here side by side.
"""

from __future__ import annotations

import ast
import importlib
import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of the parser that regexploit looks at
    from regexploit.ast.sre import SreOpParser
    from regexploit.redos import find

ROOT = Path(__file__).parent.parent
FUNCTIONS = ("match", "search", "fullmatch", "split", "sub", "findall", "finditer")
ANCHORED = {"match", "fullmatch"}
SIGNS = " \n\t\x0b\0aA1é.-_<>()[]{}:;,|=\"'€!%/*#&+@\u0301«»…\x85·\u2028\x81"
SIZE, TIMES, MOST = 1000, 4, 8.0
NEVER = "\x06"  # what no pattern asks for


@dataclass(frozen=True)
class Use:
    """A pattern, and whether it is only ever asked for at a given place (`match`, `fullmatch`)."""

    pattern: re.Pattern[Any]
    anchored: bool


def constants(tree: ast.AST) -> Iterator[Use]:
    """Patterns that stand in calls of `re` other than `compile`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        first, function = node.args[0], node.func.attr
        if ast.unparse(node.func.value) == "re" and function in FUNCTIONS and isinstance(first, ast.Constant):
            yield Use(re.compile(first.value), function in ANCHORED)  # type: ignore[arg-type]


def uses() -> dict[str, Use]:
    """Every pattern by where it stands: those in calls, and those that modules hold.

    Left out is what reads our own files only: the training, and the script that builds the gazetteers.
    """
    found: dict[str, Use] = {}
    for path in sorted([*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "rules").rglob("*.py")]):
        module = ".".join(p for p in path.relative_to(ROOT).with_suffix("").parts if p != "__init__")
        if module.startswith("pipeline.training") or module.endswith(("__main__", "gazetteers.build")):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for number, use in enumerate(constants(tree)):
            found[f"{module}-{number}"] = use
        asked: dict[str, set[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                asked.setdefault(node.value.id, set()).add(node.attr)
        for name, value in vars(importlib.import_module(module)).items():
            if isinstance(value, re.Pattern) and name in asked:
                found[f"{module}.{name}"] = Use(value, asked[name] <= ANCHORED)
    return found


ALL = uses()


def repeats(pattern: re.Pattern[Any]) -> bool:
    """Whether it has a repetition without bound."""

    def inside(item: Any) -> bool:
        if isinstance(item, parser.SubPattern):
            return any(map(inside, item.data))
        if isinstance(item, tuple) and len(item) == 2 and item[0] in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            return item[1][1] is codes.MAXREPEAT or inside(item[1][2])
        return isinstance(item, tuple | list) and any(map(inside, item))

    return inside(parser.parse(pattern.pattern, pattern.flags & ~re.U if isinstance(pattern.pattern, bytes) else 0))


def seconds(use: Use, text: str, least: int) -> float:
    """The least processor time of some searches for all that matches, or for what does at the beginning."""
    pattern = use.pattern
    subject = text.encode("utf-8") if isinstance(pattern.pattern, bytes) else text
    best = float("inf")
    for _ in range(least):
        begun = time.process_time()
        if use.anchored:
            pattern.fullmatch(subject)
            pattern.match(subject)
        else:
            for _ in pattern.finditer(subject):
                pass
        best = min(best, time.process_time() - begun)
    return best


def runs(sign: str, size: int) -> Iterator[str]:
    """Runs of a sign, ended by what matches, by what does not, and between other words."""
    yield sign * size
    yield sign * size + NEVER
    yield "a" + sign * size + NEVER
    yield f"{sign} " * (size // 2) + NEVER


def test_there_are_patterns() -> None:
    assert len(ALL) > 60
    assert sum(repeats(use.pattern) for use in ALL.values()) > 30


@pytest.mark.parametrize("name", ALL)
def test_no_pattern_is_ambiguous(name: str) -> None:
    pattern = ALL[name].pattern
    assert not list(find(SreOpParser().parse_sre(pattern.pattern, pattern.flags))), pattern.pattern


@pytest.mark.parametrize("name", [name for name, use in ALL.items() if repeats(use.pattern)])
def test_every_pattern_is_looked_for_in_linear_time(name: str) -> None:
    use = ALL[name]
    for sign in SIGNS:
        for short, long in zip(runs(sign, SIZE), runs(sign, TIMES * SIZE), strict=True):
            if seconds(use, long, 1) < 2e-4:
                continue  # at most some steps a character
            ratio = 0.0
            for _ in range(3):  # a machine that does something else disturbs one measure, not all of them
                ratio = seconds(use, long, 5) / max(seconds(use, short, 5), 1e-6)
                if ratio < MOST:
                    break
            assert ratio < MOST, (use.pattern.pattern, sign, ratio)


def test_what_is_quadratic_or_worse_would_be_found() -> None:
    assert list(find(SreOpParser().parse_sre(r"(a+)+b", 0)))
    bad = Use(re.compile(r"\s+>"), anchored=False)
    assert any(seconds(bad, " " * TIMES * SIZE, 5) > MOST * seconds(bad, " " * SIZE, 5) for _ in range(5))
