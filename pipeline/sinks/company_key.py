"""One key for one firm, however a release writes its name."""

from __future__ import annotations

import re

from pipeline.document import fold
from rules import Rules

_DOTTED = re.compile(r"\b(?:\w\.){2,6}")
_WORD = re.compile(r"[^\W_]+|[&+]")


class CompanyKeys:
    """Knows the words that are no part of a firm's name as compared, from `rules/company_key.toml`."""

    def __init__(self, rules: Rules) -> None:
        words: dict[str, set[str]] = {"key_edge": set(), "key_article": set()}
        for rule in rules.file("company_key").rule:
            words[rule.cls] |= {fold(form) for form, _ in rule.expressions()}
        self._edges, self._articles = words["key_edge"], words["key_article"]

    def key(self, name: str) -> str:
        """Without accents, case, signs, legal form and "groupe"; never empty for a name that has a letter."""
        joined = _DOTTED.sub(lambda m: m.group().replace(".", ""), fold(name))
        words = all_words = _WORD.findall(joined)
        while len(words) > 1 and words[-1] in self._edges:
            words = words[:-1]
        while len(words) > 1 and (words[0] in self._edges or words[0] in self._articles):
            words = words[1:]
        return " ".join(words or all_words)
