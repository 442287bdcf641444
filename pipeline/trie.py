"""The forms of rules as tries, and what can be told of a word, or of two, before anything is matched.

Most words of a text stand in no rule: to the tries they are all one word. Of those that do, most begin nothing that the
next word could go on with. Both are worked out once, so that a scan tries only what may succeed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from pipeline.document import fold
from pipeline.numbers import NumberWords

MAX_KNOWN = 200_000  # word types, and pairs of them, remembered: a text of random words must not fill the memory
MAX_STEPS = 5_000  # of these at each node
NUMERIC = ("number", "integer", "digits")
UNKNOWN = ""  # the kind of every word that no rule holds
FIGURES = "\u0660"  # a digit that none is written with: the kind of a run of digits is this, as often as it has digits
APOSTROPHE = "'"  # the only one of a matching view
EDGE = "\n"  # what follows the last word of a block

Symbol: TypeAlias = tuple[str, str]  # ("word" | "exact" | "stem" | "ending" | "slot", what)
Done: TypeAlias = tuple[str, Any]  # rule id, value


@dataclass(slots=True)
class Node:
    words: dict[str, Node] = field(default_factory=dict)  # folded key
    exact: dict[str, Node] = field(default_factory=dict)  # surface
    stems: dict[str, Node] = field(default_factory=dict)  # beginning of a folded key
    endings: dict[str, Node] = field(default_factory=dict)  # end of a folded key
    slots: dict[str, Node] = field(default_factory=dict)  # class
    done: Done | None = None
    steps: dict[str, Step] = field(default_factory=dict)  # what each word leads to, as it is met
    behind: dict[str, tuple[Behind, ...]] = field(default_factory=dict)  # the classes of a step, and what may follow
    plain: bool = True  # words are all that can follow
    folded: set[str] = field(default_factory=set)  # the keys of `exact`


# What one word leads to from a node: nodes, and the classes that may begin with it.
Slots: TypeAlias = tuple[tuple[str, Node], ...]
Step: TypeAlias = tuple[tuple[Node, ...], Slots]


NOWHERE: Step = ((), ())

# What may come next, and what a word is: words, "stem*", "*ending" and "{class}", held against each other.
Marks: TypeAlias = frozenset[str]
Behind: TypeAlias = tuple[str, Node, Marks | None]  # a class, where it leads, what may follow its word (None: anything)


class Beginning(NamedTuple):
    """A class that may begin with a word: what that stands for by itself, and what must follow if there is more."""

    cls: str
    done: Done | None
    following: Marks | None  # None: how the word is spelled may lead further
    slots: tuple[Behind, ...]


class Opening(NamedTuple):
    """A class that may begin with a word, given the next one.

    `goes_on` says that the next word may go on with it; where that is not so, `slots` are the classes inside that may
    begin with it and be followed by what there is.
    """

    cls: str
    done: Done | None
    goes_on: bool
    slots: Slots


def insert(node: Node, symbols: Sequence[Symbol], done: Done) -> None:
    for kind, what in symbols:
        branches = {
            "word": node.words,
            "exact": node.exact,
            "stem": node.stems,
            "ending": node.endings,
            "slot": node.slots,
        }
        node.plain = node.plain and kind == "word"
        if kind == "exact":
            node.folded.add(fold(what))
        node = branches[kind].setdefault(what, Node())
    if node.done is None:  # the first rule of the first file keeps a form that two rules share
        node.done = done


def nodes_of(root: Node) -> list[Node]:
    """A trie's nodes, the root first."""
    found = [root]
    for node in found:
        for branch in (node.words, node.exact, node.stems, node.endings, node.slots):
            found += branch.values()
    return found


def slot_names(root: Node) -> set[str]:
    return {slot for node in nodes_of(root) for slot in node.slots}


def is_numeric(slot: str) -> bool:
    return slot.partition(":")[0] in NUMERIC


class Tries:
    """The tries of all classes, and what is known of the words met so far."""

    def __init__(self, roots: Mapping[str, Node], numbers: NumberWords) -> None:
        self.roots = roots
        self._worth = numbers.worth
        nodes = [node for root in roots.values() for node in nodes_of(root)]
        self._held = {key for node in nodes for key in (*node.words, *node.folded)} | {*numbers.worth, *numbers.joiners}
        self._stems = _Affixes({stem for node in nodes for stem in node.stems})
        self._endings = _Affixes({ending for node in nodes for ending in node.endings})
        self._kinds: dict[str, str] = {}
        self._marks: dict[str, Marks] = {}
        self._shapes: dict[tuple[str, str], tuple[bool, Marks]] = {}
        self._numeric = {slot for node in nodes for slot in node.slots if is_numeric(slot)}
        signs = {"-", *numbers.joiners, *numbers.grouping, *numbers.decimal}
        self._in_numbers = frozenset(signs | {f"{{{slot}}}" for slot in self._numeric})  # what a number may go on with
        self._by_word: dict[str, set[str]] = {}  # key, stem or ending → the classes that begin with it
        self._by_stem: dict[str, set[str]] = {}
        self._by_ending: dict[str, set[str]] = {}
        for cls, root in roots.items():
            self._open(root, cls, {cls})
        self._digits = {slot: int(slot.partition(":")[2]) for slot in self._numeric if slot.startswith("digits:")}
        self._many = 1 + max(self._digits.values(), default=0)  # digits from which on no rule counts them
        self._classes: dict[str, frozenset[str]] = {}

    def _open(self, node: Node, cls: str, seen: set[str]) -> None:
        for by, keys in (
            (self._by_word, (*node.words, *node.folded)),
            (self._by_stem, node.stems),
            (self._by_ending, node.endings),
        ):
            for key in keys:
                by.setdefault(key, set()).add(cls)
        for slot in node.slots:
            if is_numeric(slot):
                self._numeric.add(cls)
            elif slot not in seen:
                seen.add(slot)
                self._open(self.roots[slot], cls, seen)

    def kinds(self, keys: Sequence[str]) -> list[str]:
        """The kind of each folded word: itself, UNKNOWN or its digits as FIGURES. Words of one kind are the same to every trie."""
        known = self._kinds
        try:
            return list(map(known.__getitem__, keys))
        except KeyError:
            if len(known) > MAX_KNOWN:
                known.clear()
            for key in set(keys).difference(known):
                known[key] = self._kind(key)
            return list(map(known.__getitem__, keys))

    def _kind(self, key: str) -> str:
        if key in self._held or not key[:1].isalnum() or self._stems.begin(key) or self._endings.end(key):
            return key
        return FIGURES * min(len(key), self._many) if key[0].isdecimal() else UNKNOWN

    def at(self, key: str) -> frozenset[str]:
        """The classes, and the kinds of numbers, that a word can begin."""
        known = self._classes.get(key)
        if known is None:
            classes = set(self._by_word.get(key, ()))
            for stem in self._stems.begin(key):
                classes |= self._by_stem.get(stem, set())
            for ending in self._endings.end(key):
                classes |= self._by_ending.get(ending, set())
            if key[:1].isdecimal():
                classes.update(slot for slot in self._numeric if self._digits.get(slot, len(key)) == len(key))
            elif key in self._worth:
                classes |= self._numeric
            if len(self._classes) > MAX_KNOWN:
                self._classes.clear()
            known = self._classes[key] = frozenset(classes)
        return known

    def step(self, node: Node, key: str) -> Step:
        """Where a word leads from a node."""
        if node.plain:
            child = node.words.get(key)
            return ((child,), ()) if child is not None else NOWHERE
        step = node.steps.get(key)
        if step is None:
            nodes = [node.words[key]] if key in node.words else []
            nodes += [child for stem, child in node.stems.items() if key.startswith(stem)]
            nodes += [child for end, child in node.endings.items() if len(key) > len(end) and key.endswith(end)]
            classes = self.at(key)
            slots = tuple((slot, child) for slot, child in node.slots.items() if slot in classes)
            if len(node.steps) > MAX_STEPS:
                node.steps.clear()
            step = node.steps[key] = (tuple(nodes), slots) if nodes or slots else NOWHERE
        return step

    def behind(self, node: Node, key: str, slots: Slots) -> tuple[Behind, ...]:
        """The classes that a word may begin at a node, each with what may follow the word."""
        behind = node.behind.get(key)
        if behind is None:
            behind = tuple((slot, child, self._behind(slot, child, key)) for slot, child in slots)
            if len(node.behind) > MAX_STEPS:
                node.behind.clear()
            node.behind[key] = behind
        return behind

    def marks(self, kind: str) -> Marks:
        """What a word is to the nodes at which it may follow."""
        marks = self._marks.get(kind)
        if marks is None:
            if len(self._marks) > MAX_KNOWN:
                self._marks.clear()
            marks = self._marks[kind] = self._marks_of(kind)
        return marks

    def _marks_of(self, kind: str) -> Marks:
        if kind in (UNKNOWN, EDGE):
            return frozenset()
        stems = (f"{stem}*" for stem in self._stems.begin(kind))
        endings = (f"*{ending}" for ending in self._endings.end(kind))
        return frozenset((kind, *stems, *endings, *(f"{{{cls}}}" for cls in self.at(kind))))

    def beginnings(self, classes: Sequence[str], key: str, elided: bool) -> tuple[Beginning, ...]:
        """Which of some classes may begin with a word; `elided`: with one that an apostrophe follows ("l'", "d'")."""
        able = self.at(key)
        out = []
        for cls in classes:
            if cls in able:
                root = self.roots[cls]
                nodes, slots = self.step(root, key)
                done = next((node.done for node in nodes if node.done), None)
                behind = [(slot, node, self._behind(slot, node, key)) for slot, node in slots]
                following: Marks | None = frozenset().union(*map(_following, nodes))
                if elided:
                    following = self._through(nodes)
                    behind = [(slot, node, None) for slot, node, then in behind if then is None or APOSTROPHE in then]
                out.append(Beginning(cls, done, None if key in root.folded else following, tuple(behind)))
        return tuple(out)

    def _through(self, nodes: Sequence[Node]) -> Marks | None:
        """What may follow behind an apostrophe at some nodes; None where nothing has to."""
        marks: Marks = frozenset()
        for node in nodes:
            further, slots = self.step(node, APOSTROPHE)
            if slots or APOSTROPHE in node.folded or any(n.done for n in further):
                return None
            marks = marks.union(*map(_following, further))
        return marks

    def _behind(self, slot: str, node: Node, key: str) -> Marks | None:
        """What may follow a word with which a slot begins that leads to a node; None where nothing has to."""
        alone, more = self._shape(slot, key)
        if alone and node.done is not None:
            return None
        return more | _following(node) if alone else more

    def _shape(self, slot: str, key: str) -> tuple[bool, Marks]:
        """Whether a class may match a word alone, and what may follow where it matches more."""
        shape = self._shapes.get((slot, key))
        if shape is None:
            root = self.roots.get(slot)
            if root is None:  # a number
                alone, more = True, self._in_numbers
            else:
                nodes, slots = self.step(root, key)
                alone = key in root.folded or any(node.done for node in nodes)
                more = frozenset().union(
                    *map(_following, (*nodes, *(n for w, n in root.exact.items() if fold(w) == key)))
                )
                for inner, node in slots:
                    inner_alone, inner_more = self._shape(inner, key)
                    alone = alone or (inner_alone and node.done is not None)
                    more |= inner_more | (_following(node) if inner_alone else frozenset())
            if len(self._shapes) > MAX_KNOWN:
                self._shapes.clear()
            shape = self._shapes[slot, key] = alone, more
        return shape


def _following(node: Node) -> Marks:
    """The marks of the words that may follow at a node."""
    stems, endings = (f"{stem}*" for stem in node.stems), (f"*{ending}" for ending in node.endings)
    return frozenset((*node.words, *node.folded, *stems, *endings, *(f"{{{slot}}}" for slot in node.slots)))


def awaited(beginnings: Sequence[Beginning]) -> Marks:
    """The marks of whatever word may go on with something that begins."""
    behind = [marks for _, _, following, slots in beginnings for marks in (following, *(then for _, _, then in slots))]
    return frozenset().union(*(marks for marks in behind if marks is not None))


def openings(beginnings: Sequence[Beginning], marks: Marks) -> tuple[Opening, ...]:
    """Which of the classes that may begin with a word may match where another, of these marks, comes next."""
    out = []
    for cls, done, following, slots in beginnings:
        goes_on = following is None or not following.isdisjoint(marks)
        leading: Slots = ()
        if slots and not goes_on:
            leading = tuple((slot, node) for slot, node, then in slots if then is None or not then.isdisjoint(marks))
        if goes_on or leading or done is not None:
            out.append(Opening(cls, done, goes_on, leading))
    return tuple(out)


class _Affixes:
    """Beginnings, or ends, of words, looked up by their lengths."""

    def __init__(self, affixes: set[str]) -> None:
        self._affixes = affixes
        self._lengths = sorted({len(a) for a in affixes})

    def begin(self, key: str) -> list[str]:
        """Those that a word begins with."""
        return [key[:n] for n in self._lengths if n <= len(key) and key[:n] in self._affixes]

    def end(self, key: str) -> list[str]:
        """Those that a longer word ends with."""
        return [key[-n:] for n in self._lengths if n < len(key) and key[-n:] in self._affixes]
