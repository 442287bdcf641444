"""Which language a text is written in, told by its function words."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from pipeline.document import Tokens, fold
from rules import Rules

ENOUGH = 20  # words below which a text is taken for what the program reads
FEW = 60  # words below which a text without function words may be but names and figures
SHARE = 0.08  # of the words that are at least function words of a language
SAMPLE = 2000  # tokens looked at
UNKNOWN = "und"  # ISO 639-2 for a language that was not told


class LanguageGuesser:
    """Built once from `rules/language.toml`."""

    def __init__(self, rules: Rules) -> None:
        self._languages: dict[str, list[str]] = {}
        for rule in rules.file("language").rule:
            for form, value in rule.expressions():
                self._languages.setdefault(fold(form), []).append(str(value))
        self._home = next(iter(next(iter(self._languages.values()))))

    def guess(self, tokens: Tokens) -> str:
        """ISO 639-1 code, or "und"; a text of a few words is taken to be in the language of the rules."""
        told = Counter(key for key in islice(tokens.keys, SAMPLE) if key.isalpha())
        words = told.total()
        counts: Counter[str] = Counter()
        for key, times in told.items():
            for language in self._languages.get(key, ()):
                counts[language] += times
        if words < ENOUGH:
            return self._home
        language, hits = counts.most_common(1)[0] if counts else (UNKNOWN, 0)
        if hits < words * SHARE:
            return UNKNOWN if words >= FEW else self._home
        return language
