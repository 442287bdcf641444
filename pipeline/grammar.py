"""Rules compiled into tries over tokens, and the one scan that finds them all in a text.

A form covers a bounded number of tokens, classes refer to each other without circles, and each class is matched at
most once from each token: the time of a scan is linear in the number of tokens, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from pipeline.document import Gap, Tokens, fold, tokenise
from pipeline.numbers import Number, NumberWords, read_number
from pipeline.trie import (
    APOSTROPHE,
    EDGE,
    MAX_KNOWN,
    NUMERIC,
    Beginning,
    Marks,
    Node,
    Opening,
    Slots,
    Symbol,
    Tries,
    awaited,
    insert,
    openings,
    slot_names,
)
from rules import RuleError, Rules

_BLOCK = int(Gap.BLOCK)
MAX_VARIANTS = 4096  # spellings one form may stand for, once its brackets are opened


class Match(NamedTuple):
    """A form found: tokens[first:last] stand for `value` by `rule`; `parts` are the classes inside it, in order."""

    cls: str
    rule: str
    first: int
    last: int
    value: Any
    parts: tuple[Match, ...] = ()

    def part(self, cls: str) -> Match | None:
        """The first part of a class, or None."""
        return next((p for p in self.parts if p.cls == cls), None)

    def all(self, cls: str) -> list[Match]:
        return [p for p in self.parts if p.cls == cls]


_PART = re.compile(r"\\.|[\[\]()|]|\{[^{}]*\}|[^\s\[\]()|{}\\]+")
_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)(?::(\d+)(?:-(\d+))?)?\}")

_Ends: TypeAlias = dict[int, tuple[tuple[str, Any], tuple[Match, ...]]]  # end → (rule id, value), parts


def _symbols(part: str) -> list[Symbol]:
    """One blank-free piece of a form as symbols."""
    if part.startswith("{"):
        if not _SLOT.fullmatch(part):
            raise ValueError(f"{part} is no slot")
        return [("slot", part[1:-1])]
    if part.startswith("\\"):
        return [("word", part[1])]
    if part.startswith("=") and len(part) > 1:
        return [("exact", word) for word in tokenise(part[1:]).words]
    if part.startswith("*") and len(part) > 1:
        return [("ending", fold(part[1:]))]
    stem = part.endswith("*") and len(part) > 1
    keys = tokenise(part.rstrip("*") if stem else part).keys
    if stem:
        return [("word", key) for key in keys[:-1]] + [("stem", keys[-1])]
    return [("word", key) for key in keys]


def variants(form: str) -> list[tuple[Symbol, ...]]:
    """Every sequence of symbols a form stands for; ValueError when its brackets don't close or it is too wide."""
    parts = _PART.findall(form)
    position = 0

    def choice(closing: str) -> list[tuple[Symbol, ...]]:
        nonlocal position
        out: list[tuple[Symbol, ...]] = []
        current: list[tuple[Symbol, ...]] = [()]
        while position < len(parts):
            part = parts[position]
            position += 1
            if part in "])":
                if part != closing:
                    raise ValueError(f"unexpected {part}")
                return out + current
            if part == "|":
                out += current
                current = [()]
                continue
            if part == "[":
                inner = [(), *choice("]")]
            elif part == "(":
                inner = choice(")")
            else:
                inner = [tuple(_symbols(part))]
            if len(current) * len(inner) + len(out) > MAX_VARIANTS:  # told before so many are made
                raise ValueError(f"stands for more than {MAX_VARIANTS} spellings")
            current = [a + b for a in current for b in inner]
        if closing:
            raise ValueError(f"{closing} is missing")
        return out + current

    found = list(dict.fromkeys(choice("")))
    if () in found or not found:
        raise ValueError("may be empty")
    return found


class Grammar:
    """All the rules, ready to be looked for. Holds no state of any text; one per process."""

    def __init__(self, rules: Rules) -> None:
        self._words = words = NumberWords.of(rules)
        self._roots: dict[str, Node] = {}
        for name, rule in rules.rules():
            root = self._roots.setdefault(rule.cls, Node())
            for form, value in rule.expressions():
                try:
                    for symbols in variants(form):
                        insert(root, symbols, (name, value))
                except (ValueError, RecursionError) as error:
                    raise RuleError(f"rule {name}: form {form[:80]!r}: {error}") from error
        self._check_slots()
        self._scanned = rules.scanned()
        if unknown := [cls for cls in self._scanned if cls not in self._roots]:
            raise RuleError(f"scan: class {unknown[0]} has no rule")
        self._tries = Tries(self._roots, words)
        # Of the scanned classes: what may begin with a word, and what of it where a certain word comes next.
        self._beginnings: dict[tuple[str, bool], tuple[tuple[Beginning, ...], Marks]] = {}
        self._by_marks: dict[tuple[str, bool, Marks], tuple[Opening, ...]] = {}
        self._openings: dict[str, dict[str, tuple[Opening, ...]]] = {}
        self._pairs = 0

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self._roots)

    def _check_slots(self) -> None:
        """Every slot is a class or built in, and no class leads back to itself."""
        below: dict[str, set[str]] = {cls: slot_names(root) for cls, root in self._roots.items()}
        state: dict[str, int] = {}

        def visit(cls: str, path: tuple[str, ...]) -> None:
            if cls in path:
                raise RuleError(f"classes in a circle: {' > '.join((*path, cls))}")
            if state.get(cls):
                return
            for slot in sorted(below[cls]):
                name = slot.split(":")[0]
                if name in NUMERIC:
                    continue
                if name not in below:
                    raise RuleError(f"class {cls}: no rule makes {{{slot}}}")
                visit(name, (*path, cls))
            state[cls] = 1

        for cls in below:
            visit(cls, ())

    def scan(self, tokens: Tokens) -> dict[str, list[Match]]:
        """Class → its matches in the order of the text, the longest from each token, none overlapping another of its class."""
        found: dict[str, list[Match]] = {cls: [] for cls in self._scanned}
        free = dict.fromkeys(self._scanned, 0)
        kinds = self._tries.kinds(tokens.keys)
        following = _following(kinds, tokens.gaps)
        run = _Run(self._tries, self._words, tokens, kinds, following)
        for i, (kind, after) in enumerate(zip(kinds, following, strict=True)):
            if not kind:
                continue
            try:
                opened = self._openings[kind][after]
            except KeyError:
                opened = self._open(kind, after)
            for cls, done, goes_on, slots in opened:
                if i < free[cls]:
                    continue
                if goes_on or (slots and run.leads(slots, i)):
                    best = run.longest(cls, i)
                    if best is None:
                        continue
                elif done is not None:
                    best = Match(cls, done[0], i, i + 1, done[1])
                else:
                    continue
                found[cls].append(best)
                free[cls] = best.last
        return found

    def _open(self, kind: str, after: str) -> tuple[Opening, ...]:
        self._pairs += 1
        if self._pairs > MAX_KNOWN:
            self._openings.clear()
            self._by_marks.clear()
            self._pairs = 0
        elided = after.startswith(APOSTROPHE)
        if (kind, elided) not in self._beginnings:
            beginnings = self._tries.beginnings(self._scanned, kind, elided)
            self._beginnings[kind, elided] = beginnings, awaited(beginnings)
        beginnings, waited = self._beginnings[kind, elided]
        marks = waited & self._tries.marks(after.removeprefix(APOSTROPHE))  # most words are nothing to most others
        found = self._by_marks.get((kind, elided, marks))
        if found is None:
            found = self._by_marks[kind, elided, marks] = openings(beginnings, marks)
        self._openings.setdefault(kind, {})[after] = found
        return found

    def match_at(self, tokens: Tokens, cls: str, index: int) -> Match | None:
        """The longest match of a class that begins at a token."""
        return next(iter(self.matches_at(tokens, cls, index)), None)

    def matches_at(self, tokens: Tokens, cls: str, index: int) -> list[Match]:
        """All the matches of a class that begin at a token, the longest first."""
        return _Run(self._tries, self._words, tokens, tokens.keys).match(cls, index)


def _following(kinds: Sequence[str], gaps: Sequence[int]) -> list[str]:
    """What stands behind each token within its block: the kind of the next; behind an apostrophe, it and what it leads to."""
    following = [*kinds, EDGE][1:]
    for i, gap in enumerate(gaps):
        if gap == _BLOCK and i:
            following[i - 1] = EDGE
    for i, kind in enumerate(kinds):
        if kind == APOSTROPHE and i and following[i - 1] != EDGE:
            following[i - 1] = APOSTROPHE + following[i]
    return following


class _Run:
    """One scan: remembers what each class matched from each token, so that nothing is matched twice."""

    def __init__(
        self, tries: Tries, words: NumberWords, tokens: Tokens, keys: Sequence[str], following: Sequence[str] = ()
    ) -> None:
        """`keys` are those of the tokens, or their kinds with what is `following` each."""
        self._tries, self._words, self._tokens, self._following = tries, words, tokens, following
        self._roots = tries.roots
        self._keys, self._gaps, self._size = keys, tokens.gaps, len(keys)
        self._memory: dict[tuple[str, int], list[Match]] = {}
        self._numbers: dict[int, tuple[Number, ...]] = {}

    def leads(self, slots: Slots, index: int) -> bool:
        """Whether something that begins at a token and fills a slot is followed by what may follow it."""
        for slot, node in slots:
            if node.done is not None:
                return True
            for match in self.match(slot, index):
                at = match.last
                if at >= self._size or self._gaps[at] == _BLOCK:
                    continue
                key = self._keys[at]
                if node.plain:
                    if key in node.words:
                        return True
                elif any(self._tries.step(node, key)) or self._tokens.words[at] in node.exact:
                    return True
        return False

    def longest(self, cls: str, index: int) -> Match | None:
        """The longest match of a class from a token."""
        by_end: _Ends = {}
        self._walk(self._roots[cls], index, index, (), by_end)
        if not by_end:
            return None
        last = max(by_end)
        (rule, value), parts = by_end[last]
        return Match(cls, rule, index, last, value, parts)

    def match(self, cls: str, index: int) -> list[Match]:
        """All the matches of a class from a token, one for each length, the longest first."""
        key = (cls, index)
        matches = self._memory.get(key)
        if matches is None:
            name, _, limits = cls.partition(":")
            if name in NUMERIC:
                matches = self._numeric(name, limits, index)
            else:
                by_end: _Ends = {}
                self._walk(self._roots[cls], index, index, (), by_end)
                matches = [
                    Match(cls, rule, index, end, value, parts)
                    for end, ((rule, value), parts) in sorted(by_end.items(), reverse=True)
                ]
            self._memory[key] = matches
        return matches

    def _walk(self, node: Node, first: int, at: int, parts: tuple[Match, ...], by_end: _Ends) -> None:
        """All the ends that can be reached from a node; each round of the loop consumes a word."""
        while True:
            if node.done is not None and at not in by_end:
                by_end[at] = node.done, parts
            if at >= self._size or (self._gaps[at] == _BLOCK and at > first):
                return
            key = self._keys[at]
            if node.plain:
                nodes: tuple[Node, ...] = ()
                following = node.words.get(key)
            else:
                nodes, slots = self._tries.step(node, key)
                following = node.exact.get(self._tokens.words[at]) if node.exact else None
                for slot, child in self._able(node, key, slots, at) if slots else ():
                    for match in self.match(slot, at):
                        self._walk(child, first, match.last, (*parts, match), by_end)
            for child in nodes:
                if following is not None:
                    self._walk(following, first, at + 1, parts, by_end)
                following = child
            if following is None:
                return
            node, at = following, at + 1

    def _able(self, node: Node, key: str, slots: Slots, at: int) -> Sequence[tuple[str, Node]]:
        """Of the classes that a word may begin at a node, those that what follows the word may go on with."""
        if not self._following:
            return slots
        after = self._following[at]
        marks = self._tries.marks(APOSTROPHE if after.startswith(APOSTROPHE) else after)
        behind = self._tries.behind(node, key, slots)
        return [(slot, child) for slot, child, then in behind if then is None or not then.isdisjoint(marks)]

    def _numeric(self, name: str, limits: str, index: int) -> list[Match]:
        numbers = self._numbers.get(index)
        if numbers is None:
            numbers = self._numbers[index] = read_number(self._tokens, index, self._words)
        low, _, high = limits.partition("-")
        out = []
        for number in numbers:
            if name == "digits":
                fits = number.last == index + 1 and number.digits and len(self._tokens.words[index]) == int(low)
            elif name == "integer":
                fits = number.value == int(number.value) and (not low or int(low) <= number.value <= int(high or low))
                fits = fits and number.whole
            else:
                fits = True
            if fits:
                out.append(Match(name, "builtin", index, number.last, number.value))
        return out
