"""What Relevé knows of French, and what it says in it: data with its examples, and one validated way to load it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic import ValidationError

from rules.schema import Rule, RuleFile


class RuleError(ValueError):
    """A rule file that cannot be used: the message is one line that names the file and the reason."""

    def __init__(self, message: str) -> None:
        super().__init__("".join(c if c.isprintable() else " " for c in message))


@dataclass(frozen=True)
class Rules:
    """Every rule file, by name ("amounts" for amounts.toml)."""

    files: dict[str, RuleFile]

    def file(self, name: str) -> RuleFile:
        """One file, by its name; RuleError when it is missing."""
        try:
            return self.files[name]
        except KeyError:
            raise RuleError(f"{name}.toml: missing from the rules") from None

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """(full id, rule) over all files; a full id is "file.id"."""
        for name, file in self.files.items():
            for rule in file.rule:
                yield f"{name}.{rule.id}", rule

    def scanned(self) -> tuple[str, ...]:
        """The classes looked for in every text, in the order of the files."""
        return tuple(dict.fromkeys(cls for file in self.files.values() for cls in file.scan))


def load(folder: Traversable | None = None) -> Rules:
    """Read and check all `*.toml` rule files of `folder` (the package's own by default); RuleError on the first fault."""
    folder = folder or files(__name__)
    names = sorted(p.name for p in folder.iterdir() if p.name.endswith(".toml") and not p.name.startswith("messages."))
    loaded: dict[str, RuleFile] = {}
    for name in names:
        try:
            data = tomllib.loads((folder / name).read_text(encoding="utf-8"))
            loaded[name.removesuffix(".toml")] = RuleFile.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise RuleError(f"{name}: {where}: {first['msg']}") from error
        except (OSError, ValueError, RecursionError) as error:  # not to be read, not UTF-8, not TOML, nested too deep
            raise RuleError(f"{name}: {error}") from error
    home: dict[str, str] = {}
    for name, file in loaded.items():
        for rule in file.rule:
            if home.setdefault(rule.cls, name) != name:  # a form would take the words of the one for those of the other
                raise RuleError(f"{name}.toml: class {rule.cls} stands in {home[rule.cls]}.toml, too")
    return Rules(loaded)
