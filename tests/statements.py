"""The table `data/statements.toml`: what it says, how a record is held against it, and its marks.

`python -m tests.statements` prints how many statements give exactly their facts; with `--mark` it also rewrites the
marks (`fails`) and the floor, which it lowers only when told to (`--lower`).
"""

from __future__ import annotations

import datetime
import itertools
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from pipeline.document import matching_view
from pipeline.engine import Engine
from pipeline.evaluate.facts import FIGURES, ONE_ACTION
from pipeline.records import Fact

TABLE = Path(__file__).parent / "data" / "statements.toml"
MONEY = ("amount", "revenue")
MARGIN = 5  # statements by which the floor stays under what passed when it was set
_ID, _MARK, _FLOOR = (re.compile(p) for p in (r'id = "(.+)"$', r"fails = ", r"floor = \d+$"))


@dataclass(frozen=True)
class Statement:
    """A text with the facts expected of it, as written in the table; `fails` says why it is known not to pass."""

    id: str
    shows: str
    published: datetime.date
    text: str
    facts: tuple[dict[str, Any], ...]
    fails: str | None = None


def read_table(path: Path = TABLE) -> tuple[int, list[Statement]]:
    """The floor and the statements of a table."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return table["floor"], [Statement(**{**entry, "facts": tuple(entry["facts"])}) for entry in table["statement"]]


def faults(engine: Engine, statements: Sequence[Statement]) -> dict[str, str | None]:
    """What is wrong with the facts of each statement, by id, or None; all are read in one go."""
    releases = engine.extract_many((s.text, s.published) for s in statements)
    return {s.id: fault(s.facts, release.facts) for s, release in zip(statements, releases, strict=True)}


def fault(expected: Sequence[Mapping[str, Any]], found: Sequence[Fact]) -> str | None:
    """What is wrong with the facts found, in short, or None; facts may stand in any order."""
    if len(found) != len(expected):
        return f"facts: {len(found)} instead of {len(expected)}"
    pairings = (list(zip(expected, order, strict=True)) for order in itertools.permutations(found))
    differences = ([one for pair in pairing for one in _differences(*pair)] for pairing in pairings)
    fewest = min(differences, key=len)
    return "; ".join(fewest) or None


def _differences(expected: Mapping[str, Any], fact: Fact) -> list[str]:
    stated = {"company": None, **expected, **dict.fromkeys(expected.get("empty", ()))}
    stated.pop("empty", None)
    compared = ((slot, _got(slot, fact), _wanted(slot, value)) for slot, value in stated.items())
    return [f"{slot}: {_short(got)} instead of {_short(want)}" for slot, got, want in compared if got != want]


def _wanted(slot: str, value: Any) -> Any:
    """A field of the table, in the form that `_got` gives."""
    if slot in FIGURES and value is not None:
        figure = {"currency": "EUR", "bound": "exact", **(value if isinstance(value, Mapping) else {"value": value})}
        money = [figure["currency"]] if slot in MONEY else []
        return (float(figure["value"]), figure.get("max"), figure["bound"], *money)
    return tuple(value) if slot == "date" and value is not None else _compared(slot, value)


def _got(slot: str, fact: Fact) -> Any:
    """A field of a fact, as something to compare."""
    value = getattr(fact, slot)
    if slot in FIGURES and value is not None:
        return (float(value.figure), value.max, value.bound, *([value.currency] if slot in MONEY else []))
    if slot == "date" and value is not None:
        return (value.first, value.last)
    return _compared(slot, [place.name for place in value] if slot == "places" else value)


def _compared(slot: str, value: Any) -> Any:
    """Actions as the evaluation counts them, names without case and kind of apostrophe, places in no order."""
    if slot == "action":
        return ONE_ACTION.get(value, value)
    if slot == "places":
        return sorted(matching_view(name) for name in value or ())
    return matching_view(value) if slot == "company" and value is not None else value


def _short(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " ".join(_short(v) for v in value if v not in (None, "exact", "EUR")) or "none"
    return f"{value:.15g}" if isinstance(value, float) else "none" if value is None else str(value)


def summary(statements: Sequence[Statement], found: Mapping[str, str | None]) -> str:
    """How many pass, of all, of those with facts and of those without, as a sentence."""
    some, none = ([found[s.id] is None for s in statements if bool(s.facts) == telling] for telling in (True, False))
    return (
        f"{sum(some) + sum(none)} of {len(statements)} statements give exactly their facts: "
        f"{sum(some)} of the {len(some)} that tell some, {sum(none)} of the {len(none)} that tell none."
    )


def marked(table: str, found: Mapping[str, str | None], floor: int) -> str:
    """The text of a table with its marks and its floor renewed, and nothing else."""
    lines = []
    for line in table.splitlines():
        if _MARK.match(line):
            continue
        lines.append(f"floor = {floor}" if _FLOOR.match(line) else line)
        if (name := _ID.match(line)) and (reason := found[name[1]]) is not None:
            lines.append(f"fails = {json.dumps(reason, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


@click.command(help=__doc__)
@click.option("--mark", is_flag=True, help="Rewrite the marks and the floor.")
@click.option("--lower", is_flag=True, help="Let the floor sink.")
def main(mark: bool, lower: bool) -> None:
    floor, statements = read_table()
    found = faults(Engine.load(), statements)
    click.echo(summary(statements, found))
    if not mark:
        return
    passed = sum(f is None for f in found.values())
    if passed < floor and not lower:
        raise click.ClickException(f"fewer pass than the floor of {floor}: lower it by --lower")
    floor = max(passed - MARGIN, 0 if lower else floor)
    TABLE.write_text(marked(TABLE.read_text(encoding="utf-8"), found, floor), encoding="utf-8")


if __name__ == "__main__":
    main()
