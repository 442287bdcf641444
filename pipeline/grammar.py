"""Rules compiled into tries over tokens, and the one scan that finds them all in a text.

A form covers a bounded number of tokens, classes refer to each other without circles, and each class is matched at
most once from each token: the time of a scan is linear in the number of tokens, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from pipeline.document import Gap, Tokens, fold, tokenise
from pipeline.numbers import Number, NumberWords, read_number
from rules import RuleError, Rules

_BLOCK = int(Gap.BLOCK)
MAX_VARIANTS = 4096  # spellings one form may stand for, once its brackets are opened
MAX_KNOWN = 200_000  # word types remembered in all, and at each node: a text of random words must not fill the memory
MAX_STEPS = 5_000


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


class _Opening(NamedTuple):
    """A class that may begin with a word: what it stands for by itself, and what may follow (None: not only words)."""

    cls: str
    done: tuple[str, Any] | None
    gate: frozenset[str] | None
    slots: tuple[tuple[str, _Node], ...]


@dataclass(slots=True)
class _Node:
    words: dict[str, _Node] = field(default_factory=dict)  # folded key
    exact: dict[str, _Node] = field(default_factory=dict)  # surface
    stems: dict[str, _Node] = field(default_factory=dict)  # beginning of a folded key
    endings: dict[str, _Node] = field(default_factory=dict)  # end of a folded key
    slots: dict[str, _Node] = field(default_factory=dict)  # class
    done: tuple[str, Any] | None = None  # (rule id, value)
    steps: dict[str, _Step] = field(default_factory=dict)  # what each folded key leads to, as it is met

    plain: bool = True  # words are all that can follow


# What one word type leads to from a node: nodes, and the classes that may begin with it.
_Step: TypeAlias = tuple[tuple[_Node, ...], tuple[tuple[str, _Node], ...]]


_PART = re.compile(r"\\.|[\[\]()|]|\{[^{}]*\}|[^\s\[\]()|{}\\]+")
_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)(?::(\d+)(?:-(\d+))?)?\}")
_NUMERIC = ("number", "integer", "digits")

_Ends: TypeAlias = dict[int, tuple[tuple[str, Any], tuple[Match, ...]]]  # end → (rule id, value), parts
_Symbol: TypeAlias = tuple[str, str]  # ("word" | "exact" | "stem" | "ending" | "slot", what)


def _symbols(part: str) -> list[_Symbol]:
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


def variants(form: str) -> list[tuple[_Symbol, ...]]:
    """Every sequence of symbols a form stands for; ValueError when its brackets don't close or it is too wide."""
    parts = _PART.findall(form)
    position = 0

    def choice(closing: str) -> list[tuple[_Symbol, ...]]:
        nonlocal position
        out: list[tuple[_Symbol, ...]] = []
        current: list[tuple[_Symbol, ...]] = [()]
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
        self._roots: dict[str, _Node] = {}
        for name, rule in rules.rules():
            root = self._roots.setdefault(rule.cls, _Node())
            for form, value in rule.expressions():
                try:
                    for symbols in variants(form):
                        _insert(root, symbols, (name, value))
                except (ValueError, RecursionError) as error:
                    raise RuleError(f"rule {name}: form {form[:80]!r}: {error}") from error
        self._check_slots()
        self._scanned = rules.scanned()
        if unknown := [cls for cls in self._scanned if cls not in self._roots]:
            raise RuleError(f"scan: class {unknown[0]} has no rule")
        self._openers = _Openers(self._roots, words)
        self._openings: dict[str, tuple[_Opening, ...]] = {}  # of the scanned classes, by word type

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self._roots)

    def _check_slots(self) -> None:
        """Every slot is a class or built in, and no class leads back to itself."""
        below: dict[str, set[str]] = {cls: _slot_names(root) for cls, root in self._roots.items()}
        state: dict[str, int] = {}

        def visit(cls: str, path: tuple[str, ...]) -> None:
            if cls in path:
                raise RuleError(f"classes in a circle: {' > '.join((*path, cls))}")
            if state.get(cls):
                return
            for slot in sorted(below[cls]):
                name = slot.split(":")[0]
                if name in _NUMERIC:
                    continue
                if name not in below:
                    raise RuleError(f"class {cls}: no rule makes {{{slot}}}")
                visit(name, (*path, cls))
            state[cls] = 1

        for cls in below:
            visit(cls, ())

    def scan(self, tokens: Tokens, classes: Iterable[str] | None = None) -> dict[str, list[Match]]:
        """Class → its matches in the order of the text, the longest from each token, none overlapping another of its class."""
        wanted = self._scanned if classes is None else tuple(classes)
        found: dict[str, list[Match]] = {cls: [] for cls in wanted}
        free = dict.fromkeys(wanted, 0)
        run = _Run(self._roots, self._openers, self._words, tokens)
        openings = self._openings if classes is None else {}
        keys, gaps, size = tokens.keys, tokens.gaps, len(tokens.keys)
        for i, key in enumerate(keys):
            begin = openings.get(key)
            if begin is None:
                begin = self._open(wanted, key, openings)
            if not begin:
                continue
            following = keys[i + 1] if i + 1 < size and gaps[i + 1] != _BLOCK else ""
            for cls, done, gate, slots in begin:
                if i < free[cls]:
                    continue
                if (gate is None or following in gate) or (slots and run.leads(slots, i)):
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

    def _open(self, wanted: Sequence[str], key: str, openings: dict[str, tuple[_Opening, ...]]) -> tuple[_Opening, ...]:
        """What the classes may do with a word that they can begin with."""
        able = self._openers.at(key)
        begin = []
        for cls in wanted:
            if cls in able:
                root = self._roots[cls]
                nodes, slots = self._openers.step(root, key)
                done = next((node.done for node in nodes if node.done), None)
                gate = frozenset(word for node in nodes for word in node.words)
                exact = any(tokenise(word).keys[0] == key for word in root.exact)
                begin.append(_Opening(cls, done, gate if all(n.plain for n in nodes) and not exact else None, slots))
        if len(openings) > MAX_KNOWN:
            openings.clear()
        openings[key] = tuple(begin)
        return openings[key]

    def match_at(self, tokens: Tokens, cls: str, index: int) -> Match | None:
        """The longest match of a class that begins at a token."""
        return next(iter(self.matches_at(tokens, cls, index)), None)

    def matches_at(self, tokens: Tokens, cls: str, index: int) -> list[Match]:
        """All the matches of a class that begin at a token, the longest first."""
        return _Run(self._roots, self._openers, self._words, tokens).match(cls, index)


def _insert(node: _Node, symbols: Sequence[_Symbol], done: tuple[str, Any]) -> None:
    for kind, what in symbols:
        branches = {
            "word": node.words,
            "exact": node.exact,
            "stem": node.stems,
            "ending": node.endings,
            "slot": node.slots,
        }
        node.plain = node.plain and kind == "word"
        node = branches[kind].setdefault(what, _Node())
    if node.done is None:  # the first rule of the first file keeps a form that two rules share
        node.done = done


def _branches(node: _Node) -> tuple[dict[str, _Node], ...]:
    return node.words, node.exact, node.stems, node.endings, node.slots


def _children(node: _Node) -> list[_Node]:
    return [child for branch in _branches(node) for child in branch.values()]


def _slot_names(root: _Node) -> set[str]:
    names, todo = set(root.slots), _children(root)
    while todo:
        node = todo.pop()
        names |= set(node.slots)
        todo += _children(node)
    return names


class _Openers:
    """Which classes can begin with a word: worked out once per word type."""

    def __init__(self, roots: Mapping[str, _Node], numbers: NumberWords) -> None:
        self._numbers = numbers.worth
        self._words: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._endings: dict[str, set[str]] = {}
        self._numeric: set[str] = set()
        for cls, root in roots.items():
            self._numeric |= {slot for slot in _slot_names(root) if slot.split(":")[0] in _NUMERIC}
            self._open(roots, root, cls, {cls})
        self._lengths = sorted({len(stem) for stem in self._stems})
        self._known: dict[str, frozenset[str]] = {}

    def _open(self, roots: Mapping[str, _Node], node: _Node, cls: str, seen: set[str]) -> None:
        for key in node.words:
            self._words.setdefault(key, set()).add(cls)
        for word in node.exact:  # by its key, the surface is compared when matching
            self._words.setdefault(tokenise(word).keys[0], set()).add(cls)
        for stem in node.stems:
            self._stems.setdefault(stem, set()).add(cls)
        for ending in node.endings:
            self._endings.setdefault(ending, set()).add(cls)
        for slot in node.slots:
            name = slot.split(":")[0]
            if name in _NUMERIC:
                self._numeric.add(cls)
            elif name not in seen:
                seen.add(name)
                self._open(roots, roots[name], cls, seen)

    def at(self, key: str) -> frozenset[str]:
        """The classes, and the kinds of numbers, that a folded word can begin."""
        known = self._known.get(key)
        if known is None:
            classes = set(self._words.get(key, ()))
            for length in self._lengths:
                if length > len(key):
                    break
                classes |= self._stems.get(key[:length], set())
            for ending, opened in self._endings.items():
                if len(key) > len(ending) and key.endswith(ending):
                    classes |= opened
            if key[:1].isdecimal() or key in self._numbers:
                classes |= self._numeric
            if len(self._known) > MAX_KNOWN:
                self._known.clear()
            known = self._known[key] = frozenset(classes)
        return known

    def step(self, node: _Node, key: str) -> _Step:
        """Where a word leads from a node."""
        nodes = [node.words[key]] if key in node.words else []
        nodes += [child for stem, child in node.stems.items() if key.startswith(stem)]
        nodes += [child for end, child in node.endings.items() if len(key) > len(end) and key.endswith(end)]
        classes = self.at(key)
        slots = tuple((slot, child) for slot, child in node.slots.items() if slot in classes)
        if len(node.steps) > MAX_STEPS:
            node.steps.clear()
        step = node.steps[key] = (tuple(nodes), slots)
        return step


class _Run:
    """One scan: remembers what each class matched from each token, so that nothing is matched twice."""

    def __init__(self, roots: Mapping[str, _Node], openers: _Openers, words: NumberWords, tokens: Tokens) -> None:
        self._roots, self._openers, self._words, self._tokens = roots, openers, words, tokens
        self._keys, self._gaps, self._size = tokens.keys, tokens.gaps, len(tokens.keys)
        self._memory: dict[tuple[str, int], list[Match]] = {}
        self._numbers: dict[int, tuple[Number, ...]] = {}

    def leads(self, slots: Sequence[tuple[str, _Node]], index: int) -> bool:
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
                elif any(node.steps.get(key) or self._openers.step(node, key)) or self._tokens.words[at] in node.exact:
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
            if name in _NUMERIC:
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

    def _walk(self, node: _Node, first: int, at: int, parts: tuple[Match, ...], by_end: _Ends) -> None:
        """All the ends that can be reached from a node; each round of the loop consumes a word."""
        while True:
            if node.done is not None and at not in by_end:
                by_end[at] = node.done, parts
            if at >= self._size or (self._gaps[at] == _BLOCK and at > first):
                return
            key = self._keys[at]
            if node.plain:
                nodes: tuple[_Node, ...] = ()
                following = node.words.get(key)
            else:
                nodes, slots = node.steps.get(key) or self._openers.step(node, key)
                following = node.exact.get(self._tokens.words[at]) if node.exact else None
                for slot, child in slots:
                    for match in self.match(slot, at):
                        self._walk(child, first, match.last, (*parts, match), by_end)
            for child in nodes:
                if following is not None:
                    self._walk(following, first, at + 1, parts, by_end)
                following = child
            if following is None:
                return
            node, at = following, at + 1

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
