"""Refusal: why a source gave no record."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A source that cannot be read. `code` names the reason, which `rules/messages.*.toml` tells in words.

    `detail` is what the reason is about (a kind of file, an error of the system): one line, or empty.
    """

    def __init__(self, uri: str, code: str, detail: str = "") -> None:
        super().__init__(uri, code, detail)  # so that it travels between processes
        self.uri = uri
        self.code = code
        self.detail = " ".join(detail.split())

    def __str__(self) -> str:
        return f"{self.uri}: {self.code}" + (f" ({self.detail})" if self.detail else "")

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Refusal) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


def failure(uri: str, error: Exception) -> Refusal:
    """What went wrong in our own code, as the refusal of one source."""
    return Refusal(uri, "failed", f"{type(error).__name__}: {error}"[:300])
