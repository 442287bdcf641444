"""Numbers in digits and in words, read from a token on.

The words and what each is worth come from rules/numbers.toml; here is only how they add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.document import Gap, Tokens, fold
from rules import RuleError, Rules

MAX_DIGITS = 15  # beyond, a run of digits is a reference, not a quantity
MAX_WORDS = 24  # tokens one spelled number may cover


@dataclass(frozen=True)
class NumberWords:
    """Folded word → worth, and the words that join ("et") or sign (decimal and grouping marks)."""

    worth: Mapping[str, int]
    joiners: frozenset[str]
    grouping: frozenset[str]  # signs between groups of three digits, besides a blank
    decimal: frozenset[str]

    @classmethod
    def of(cls, rules: Rules) -> NumberWords:
        """From the classes cardinal, number_joiner, digit_grouping and decimal_mark; RuleError for a worth that is none."""
        words: dict[str, list[tuple[str, object]]] = {}
        for _, rule in rules.rules():
            words.setdefault(rule.cls, []).extend((fold(form), value) for form, value in rule.expressions())

        def signs(name: str) -> frozenset[str]:
            return frozenset(form for form, _ in words.get(name, ()))

        try:
            worth = {form: int(str(value)) for form, value in words.get("cardinal", ())}
        except ValueError as error:
            raise RuleError(f"class cardinal: a number is worth a whole number: {error}") from error
        return cls(worth, signs("number_joiner"), signs("digit_grouping"), signs("decimal_mark"))


@dataclass(frozen=True, slots=True)
class Number:
    """tokens[index:last] read as `value`; `digits` when written in digits, `whole` when no decimals were written."""

    value: int | float
    last: int
    digits: bool
    whole: bool


def read_number(tokens: Tokens, index: int, words: NumberWords) -> tuple[Number, ...]:
    """The readings of a number that begins at a token, the longest first; empty when none does."""
    word = tokens.words[index]
    if word[0].isdecimal():
        return _in_digits(tokens, index, words)
    if tokens.keys[index] in words.worth:
        return _in_words(tokens, index, words)
    return ()


def _in_digits(tokens: Tokens, index: int, words: NumberWords) -> tuple[Number, ...]:
    """ "1 235", "1.235", "112,6", "10.95": groups of three, then decimals. Shorter readings follow the longest."""
    texts, gaps = tokens.words, tokens.gaps
    size = len(texts)
    first = texts[index]
    if len(first) > MAX_DIGITS:
        return ()
    readings = [Number(int(first), index + 1, True, True)]
    digits, at = first, index + 1
    sign: str | None = None
    if len(first) <= 3 and first != "0":
        while at < size:  # groups of three, all joined by the same sign
            if len(texts[at]) == 3 and texts[at].isdecimal() and _single_blank(tokens, at) and sign in (None, " "):
                step, used = 1, " "
            elif (
                at + 1 < size
                and tokens.keys[at] in words.grouping
                and gaps[at] == Gap.NONE == gaps[at + 1]
                and len(texts[at + 1]) == 3
                and texts[at + 1].isdecimal()
                and sign in (None, texts[at])
            ):
                step, used = 2, texts[at]
            else:
                break
            digits += texts[at + step - 1]
            if len(digits) > MAX_DIGITS:
                break
            sign, at = used, at + step
            readings.append(Number(int(digits), at, True, True))
    if (
        at + 1 < size
        and tokens.keys[at] in words.decimal
        and tokens.keys[at] != sign
        and gaps[at] == Gap.NONE == gaps[at + 1]
        and texts[at + 1].isdecimal()
        and len(texts[at + 1]) <= MAX_DIGITS
    ):
        value = float(f"{int(digits)}.{''.join(str(int(d)) for d in texts[at + 1])}")
        readings.append(Number(int(value) if value.is_integer() else value, at + 2, True, False))
    return tuple(reversed(readings))


def _single_blank(tokens: Tokens, at: int) -> bool:
    return tokens.gaps[at] == Gap.BLANK and tokens.starts[at] - tokens.ends[at - 1] == 1


def _in_words(tokens: Tokens, index: int, words: NumberWords) -> tuple[Number, ...]:
    """ "deux cent vingt-cinq", "quatre-vingt-dix mille": each word adds or multiplies by its worth.

    What a hyphen joins is one number and has no shorter reading: "quatre-vingts" is no range from 4 to 20.
    """
    total = group = 0
    last_worth = 0
    at = index
    readings: list[Number] = []
    stop = min(len(tokens), index + MAX_WORDS)
    while at < stop:
        key, hyphened = tokens.keys[at], False
        if at > index:
            if tokens.gaps[at] >= Gap.BLOCK:
                break
            if key == "-" and tokens.gaps[at] == Gap.NONE and at + 1 < stop and tokens.gaps[at + 1] == Gap.NONE:
                at += 1
                key, hyphened = tokens.keys[at], True
                if key in words.joiners and at + 2 < stop and tokens.keys[at + 1] == "-":
                    at += 2
                    key = tokens.keys[at]
            elif key in words.joiners and at + 1 < stop and last_worth >= 20 and last_worth < 100:
                at += 1
                key = tokens.keys[at]
                if words.worth.get(key) not in (1, 11):
                    break
        worth = words.worth.get(key)
        if worth is None:
            break
        if worth == 1000:
            if total:
                break
            total, group = (group or 1) * 1000, 0
        elif worth == 100:
            if group >= 100 or (group and (group < 2 or group > 9)):
                break
            group = (group or 1) * 100
        elif worth == 20 and group % 100 == 4 and last_worth == 4:  # four twenties
            group += 76
        else:
            room = 1 if not group % 10 and last_worth >= 20 else 0
            if last_worth and not (
                last_worth in (100, 1000)
                or (room and worth < 10)
                or (last_worth in (10, 60) and worth < 10)
                or (group % 100 in (60, 80) and worth < 20)
            ):
                break
            group += worth
        last_worth = worth
        at += 1
        if hyphened:
            readings.pop()
        readings.append(Number(total + group, at, False, True))
    return tuple(reversed(readings))
