"""Exercises: tagged phrases whose slots are filled with other names each time, so that contexts teach and names do not."""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.training.data import Sample, untag

_SLOT = re.compile(r"\{(\w+)\}")
_TAGS = re.compile(r"<[^>]*>")


def _capitals(tagged: str) -> str:
    """Capitals outside the tags; a letter whose capital is longer ("ß") stays."""
    return "".join(
        part if part.startswith("<") else "".join(c.upper() if len(c.upper()) == 1 else c for c in part)
        for part in re.split(r"(<[^>]*>)", tagged)
    )


@dataclass(frozen=True)
class Drill:
    """Groups of phrases with slots, and the lists of names that fill them."""

    groups: tuple[tuple[str, ...], ...]
    lists: dict[str, tuple[str | None, tuple[str, ...]]]  # slot → label and names
    syllables: tuple[str, ...]
    endings: tuple[str, ...]
    elision: dict[str, str]
    vowels: str

    def name(self, slot: str, rng: random.Random) -> str:
        """A name for a slot, without tags."""
        return _TAGS.sub("", self._name(slot, rng))

    def _name(self, slot: str, rng: random.Random) -> str:
        """A made-up word, or one of a list; tagged if the list has a label."""
        if slot.startswith("syllabic"):
            word = "".join(rng.choices(self.syllables, k=rng.choice((1, 2, 2, 3)))) + rng.choice(self.endings)
            return word if slot == "syllabic_low" else word.upper() if rng.random() < 0.1 else word.capitalize()
        if slot == "acronym":
            return "".join(rng.choices("ABCDEFGHILMNOPRSTV", k=rng.choice((2, 3, 3, 3, 4, 4))))
        label, names = self.lists[slot]
        name = self.fill(rng.choice(names), rng)
        if label is None:
            return name
        return f"<{label}>{_TAGS.sub('', name)}</{label}>"

    def fill(self, template: str, rng: random.Random) -> str:
        """The template with each slot filled, and words elided before a vowel."""
        out = ""
        for i, part in enumerate(_SLOT.split(template)):
            if i % 2 == 0:
                out += part
                continue
            name = self._name(part.lower(), rng)
            if part.isupper():
                name = _capitals(name)
            if (opened := out.rfind("<")) >= 0 and out[opened + 1] != "/":
                name = _TAGS.sub("", name)  # inside a name that is tagged as a whole
            word = re.search(r"(\w+) $", out)
            if word and word.group(1) in self.elision and _TAGS.sub("", name)[:1] in self.vowels:
                out = out[: word.start()] + self.elision[word.group(1)]
            out += name
        return out

    def samples(self, rng: random.Random, size: int = 12) -> list[Sample]:
        """Every phrase once, filled, in texts of `size` lines: half of them of one group, half of all groups mixed."""
        lines = [line for group in self.groups for line in group]
        kept = [line for line in lines if rng.random() < 0.5]
        mixed = [line for line in lines if line not in set(kept)]
        rng.shuffle(mixed)
        out: list[Sample] = []
        for order in (kept, mixed):
            for at in range(0, len(order), size):
                text, marks = untag("\n".join(self.fill(line, rng) for line in order[at : at + size]))
                out.append(Sample(f"drill-{len(out)}", text, tuple(marks)))
        return out


def load_drill(folder: Path) -> Drill:
    """Read phrases.txt, names.toml and communes.txt; ValueError for a slot without a list."""
    read = [(folder / name).read_text(encoding="utf-8") for name in ("phrases.txt", "names.toml", "communes.txt")]
    groups = [
        tuple(line for line in block.splitlines() if line and not line.startswith("# "))
        for block in read[0].split("\n\n")
    ]
    table: dict[str, Any] = tomllib.loads(read[1])
    lists = {k: (v.get("label"), tuple(v["names"])) for k, v in table.items() if isinstance(v, dict) and "names" in v}
    lists["commune"] = (None, tuple(line for line in read[2].splitlines() if not line.startswith("#")))
    drill = Drill(
        tuple(g for g in groups if g),
        lists,
        tuple(table["syllables"]),
        tuple(table["endings"]),
        table["elision"],
        table["vowels"],
    )
    used = {s.lower() for g in drill.groups for line in g for s in _SLOT.findall(line)}
    used |= {s for _, names in lists.values() for name in names for s in _SLOT.findall(name)}
    if unknown := used - set(lists) - {"syllabic", "syllabic_low", "acronym"}:
        raise ValueError(f"{folder}: slots without a list: {', '.join(sorted(unknown))}")
    return drill
