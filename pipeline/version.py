"""The engine's version: another one whenever the package, a rule, a gazetteer or a weight is another one."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

_DATA = (".toml", ".tsv", ".json", ".cfg")  # and whatever lies in a model's folder


@lru_cache(maxsize=1)
def engine_version() -> str:
    """`releve 0.1.0+1a2b3c4d5e`: the package's version and a digest of its data, worked out at the first call."""
    return f"releve {version('releve')}+{digest(files('rules'), files('pipeline') / 'model')}"


def digest(rules: Traversable, model: Traversable) -> str:
    """Ten hex digits over the names and bytes of the rule files, the gazetteers and the model's files.

    What the program says to people (`messages.*.toml`) is left out: it changes no record.
    """
    total = hashlib.sha256()
    for root, every in ((rules, False), (model, True)):
        for name, file in _walk(root, ""):
            if (every and not name.endswith((".md", "LICENSE"))) or (
                name.endswith(_DATA) and not name.startswith("messages.")
            ):
                total.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:10]


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.startswith((".", "__pycache__")):
            continue
        if entry.is_dir():
            found += _walk(entry, f"{prefix}{entry.name}/")
        else:
            found.append((prefix + entry.name, entry))
    return found
