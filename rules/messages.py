"""Every word that people read, by key, in the language they asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from rules import RuleError
from rules.schema import MESSAGE_KEY

LANGUAGES: Final = ("fr", "en")


class Messages:
    """Texts of one language, their places marked {name}; a key with `_one` beside it has a singular."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = dict(texts)
        self._singular = {float(n) for n in texts.get("number.singular", "1").split()}

    @classmethod
    def load(cls, language: str = LANGUAGES[0], folder: Traversable | None = None) -> Messages:
        """From `messages.<language>.toml`; RuleError when it cannot be used."""
        name = f"messages.{language}.toml"
        try:
            data = tomllib.loads(((folder or files(__package__)) / name).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:  # not to be read, not UTF-8, not TOML, nested too deep
            raise RuleError(f"{name}: {error}") from error
        texts = dict(_flat(data))
        for key, text in texts.items():
            if not MESSAGE_KEY.match(key) or not isinstance(text, str) or not text:
                raise RuleError(f"{name}: {key}: a message is a key in small letters and a text")
        return cls(language, texts)

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._texts)

    def get(self, key: str) -> str | None:
        """The text as it stands, or None."""
        return self._texts.get(key)

    def __call__(self, key: str, /, **values: Any) -> str:
        """The text with its places filled; `n` decides between singular and plural. KeyError for an unknown key."""
        number = values.get("n")
        if number in self._singular and f"{key}_one" in self._texts:
            key = f"{key}_one"
        return self._texts[key].format_map(values)


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
