"""Which currency is meant where a sum says only "francs", "dollars", or nothing: told by the rest of the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.document import Gap
from pipeline.recognise import Context
from pipeline.recognise.figures import MONEY, Figure, is_year_word

HOME = "EUR"
FRANC, DOLLAR = "FRF", "USD"
LAST_FRANCS = 2001  # the last year in which France counted in francs
SENTENCE = 25  # tokens looked at for a year of the franc


def common_currency(figures: Sequence[Figure]) -> str | None:
    """The currency of most sums, euros when as many are; None where there is no sum."""
    counted = Counter(f.currency for f in figures if f.kind is MONEY)
    return max(counted, key=lambda c: (counted[c], c == HOME)) if counted else None


def name_currencies(context: Context, figures: Sequence[Figure]) -> None:
    """Currencies of many countries become that of the country the text speaks of most.

    French francs stay so in a sentence that names a year of theirs; dollars, in a text that counts in euros, too.
    """
    votes: dict[str, Counter[str]] = {}
    for match in context.matches.get("currency_home", ()):
        *shared, named = str(match.value).split()
        for currency in shared:
            votes.setdefault(currency, Counter())[named] += 1
    if not votes:
        return
    named_elsewhere = {f.currency for f in figures}
    for figure in figures:
        said = votes.get(figure.currency or "")
        if said is None or (figure.currency == DOLLAR and HOME in named_elsewhere):
            continue
        home, most = said.most_common(1)[0]
        if figure.currency == FRANC and home not in named_elsewhere and _in_a_year_of_francs(context, figure):
            continue
        if said[figure.currency or ""] < most:
            figure.currency = home


def _in_a_year_of_francs(context: Context, figure: Figure) -> bool:
    """Whether the sentence of a figure names a year before the euro."""
    tokens = context.tokens
    for step, at in ((-1, figure.first - 1), (1, figure.last)):
        for _ in range(SENTENCE):
            if not 0 <= at < len(tokens) or tokens.words[at] in ".!?":
                break
            if is_year_word(tokens.words[at]) and int(tokens.words[at]) <= LAST_FRANCS:
                return True
            if tokens.gaps[at if step < 0 else min(at + 1, len(tokens) - 1)] >= Gap.BLOCK:
                break
            at += step
    return False
