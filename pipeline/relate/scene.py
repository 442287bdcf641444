"""The scene: what stands where in a release, as the decisions of `relate` look at it."""

from __future__ import annotations

import bisect
import datetime
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pipeline.document import LISTED, BlockKind, Document
from pipeline.grammar import Match
from pipeline.recognise import Found
from pipeline.relate.words import Words

ACTORS = ("companies", "organisations")
FIGURES = ("amounts", "powers", "energies", "jobs", "areas")


@dataclass(slots=True, eq=False)
class Item:
    """A mention with its place in the scene: tokens[first:last] of sentence `sentence`."""

    found: Found
    first: int
    last: int
    sentence: int

    @property
    def kind(self) -> str:
        return self.found.kind

    @property
    def name(self) -> str:
        return str(self.found.values["name"])


@dataclass(slots=True, eq=False)
class Sentence:
    """A sentence of a block: text[start:end], tokens[first:last], and what it holds, in order."""

    index: int
    start: int
    end: int
    first: int
    last: int
    block: int
    kind: BlockKind
    section: int  # index of the sentence that heads its section, -1 without one
    items: list[Item] = field(default_factory=list)
    cues: dict[str, list[Match]] = field(default_factory=dict)  # class → matches
    _of: dict[tuple[str, ...], tuple[int, list[Item]]] = field(default_factory=dict)  # asked for over and over

    def of(self, *kinds: str) -> list[Item]:
        """The items of some kinds, in order; not to be changed."""
        size, found = self._of.get(kinds, (-1, []))
        if size != len(self.items):
            found = [item for item in self.items if item.found.kind in kinds]
            self._of[kinds] = len(self.items), found
        return found


@dataclass(slots=True, eq=False)
class Actor:
    """A firm or organisation of the release, with all its mentions in order."""

    name: str
    firm: bool
    items: list[Item]
    in_title: bool = False

    def last_before(self, token: int) -> Item | None:
        """The latest mention that begins before a token."""
        at = bisect.bisect_left(self.items, token, key=lambda i: i.first)
        return self.items[at - 1] if at else None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list or table of several items, and what these hold."""

    holds: Mapping[str, str]  # kind of mention → in how many of the items: none, some, most, all

    def share(self, *kinds: str) -> str:
        """In how many of the items any of these kinds is named, at the least."""
        return max((self.holds[kind] for kind in kinds), key=SHARES.index)


SHARES = ("none", "some", "most", "all")
OPENS = 8  # tokens before a firm that opens a sentence
SHORT = 110  # characters of a bullet that heads the lines below it
SPOKEN, BESIDE = 6, 2  # mentions of an actor whose neighbours are looked at, and so many words on each side
A_YEAR = 366  # days
_NUMBER = re.compile(r"\d+")
STEPS = (0, 1, 2, 3, 5, 8, 12, 20, 40)  # up to which numbers are told apart


def _heads(document: Document, used: set[int]) -> set[int]:
    """The blocks that head a section: titles, headings, and short bullets with running text below them."""
    heads = set()
    blocks = document.blocks
    for n in used:
        if n < 0:
            continue
        block = blocks[n]
        if block.kind in (BlockKind.TITLE, BlockKind.HEADING, BlockKind.ABOUT):
            heads.add(n)
        elif block.kind == BlockKind.BULLET and block.end - block.start < SHORT and n + 1 < len(blocks):
            ends_open = document.text[block.start : block.end].rstrip()[-1:] not in ".;,:"
            last_item = n > 0 and blocks[n - 1].kind == BlockKind.BULLET  # of a list that ends here
            if blocks[n + 1].kind == BlockKind.PARAGRAPH and ((ends_open and not last_item) or _alternate(document, n)):
                heads.add(n)
    return heads


def _alternate(document: Document, n: int) -> bool:
    """Whether a bullet and the paragraph below it stand before or behind another such pair."""
    blocks, text = document.blocks, document.text
    before = n > 1 and blocks[n - 1].kind == BlockKind.PARAGRAPH and blocks[n - 2].kind == BlockKind.BULLET
    leads = text[blocks[n + 1].start : blocks[n + 1].end].rstrip().endswith(":")
    return before or (n + 2 < len(blocks) and blocks[n + 2].kind == BlockKind.BULLET and not leads)


def _share(some: int, of: int) -> str:
    return "none" if not some else "all" if some == of else "most" if some * 2 >= of else "some"


def step(number: int) -> str:
    """A number as one of few."""
    return next((f"<={most}" for most in STEPS if number <= most), f">{STEPS[-1]}")


def _commonest(values: Sequence[str]) -> str:
    return Counter(values).most_common(1)[0][0] if values else "none"


class _Placed(Protocol):
    first: int


class Scene:
    """Sentences, actors and the order of things; built in one pass over mentions and matches."""

    def __init__(
        self,
        document: Document,
        spans: Sequence[tuple[int, int, int]],
        found: Sequence[Found],
        matches: Mapping[str, Sequence[Match]],
        published: datetime.date | None,
    ) -> None:
        """`spans` are sentences as (start, end, block index), in order."""
        self.document = document
        self.published = published
        self.tokens = tokens = document.tokens
        self.sentences: list[Sentence] = []
        head, begun, last_block = -1, -1, -1
        heads = _heads(document, {block for _, _, block in spans})
        told = Counter(block for _, _, block in spans)  # block → its sentences
        for start, end, block in spans:
            kind = document.blocks[block].kind if block >= 0 else BlockKind.PARAGRAPH
            if kind == BlockKind.BYLINE and not self.sentences:
                continue  # what stands over the title tells nothing, and is not the head of the story
            first = bisect.bisect_left(tokens.starts, start)
            last = bisect.bisect_left(tokens.starts, end)
            if first == last:
                continue
            index = len(self.sentences)
            if block in heads and block != last_block:
                head = index
            if block != last_block:
                begun = index  # an item of several sentences is told by itself, under its first one
            own = kind in LISTED and told[block] > 1 and block not in heads
            self.sentences.append(Sentence(index, start, end, first, last, block, kind, begun if own else head))
            last_block = block
        self._starts = [s.first for s in self.sentences]
        self.items = [item for f in sorted(found, key=lambda f: f.start) if (item := self._place(f))]
        self._item_starts = [i.first for i in self.items]
        self.words = Words(tokens, self.items)
        for cls, of_class in matches.items():
            for match in of_class:
                sentence = self.sentence_at(match.first)
                if sentence is not None:
                    sentence.cues.setdefault(cls, []).append(match)
        self.actors = self._gather_actors()
        by_weight = sorted(self.actors, key=lambda a: (-2 * a.in_title - len(a.items), a.items[0].first))
        self.by_name = {a.name: a for a in self.actors}
        self.first_firm = min((a.items[0].first for a in self.actors if a.firm), default=None)
        self.main_actors = [a for a in by_weight if a.firm][:3]
        self.place_in: dict[str, list[int]] = {}  # place → sentences that name it
        self.named_in: dict[str, list[int]] = {}  # actor → sentences that name it
        for item in self.items:
            if item.kind == "places":
                self.place_in.setdefault(item.name, []).append(item.sentence)
            elif item.kind in ACTORS:
                self.named_in.setdefault(item.name, []).append(item.sentence)
        self.place_count = Counter({name: len(where) for name, where in self.place_in.items()})
        communes = Counter(i.name for i in self.items if i.kind == "places" and i.found.values["kind"] == "commune")
        self.main_place = communes.most_common(1)[0][0] if communes else None
        self.main_place_in = self.place_in[self.main_place] if self.main_place else []
        self.section_firms: dict[int, Counter[str]] = {}  # head sentence → firms named under it, in order
        for item in self.items:
            if item.kind == "companies":
                section = self.sentences[item.sentence].section
                self.section_firms.setdefault(section, Counter())[item.name] += 1
        self.count = Counter(i.name for i in self.items if i.kind in ACTORS)
        self.first_sentence: dict[str, int] = {}
        for item in self.items:
            if item.kind in ACTORS:
                self.first_sentence.setdefault(item.name, item.sentence)
        self.leads: dict[int, int] = {}  # sentence of a list or table → the one that leads to it, -1 without one
        self.listings = self._follow_lists()  # sentence → its list
        self.topics = self._follow_topics()
        self.tenor, self.moods = self._follow_tenor()
        self.firms_named = sum(len(a.items) for a in self.actors if a.firm)
        self.scale = self._measure()
        self._spoken: dict[str, list[str]] = {}
        self._block_heads: dict[int, str] = {}
        for item in self.items:
            if item.kind == "companies":
                self._block_heads.setdefault(self.sentences[item.sentence].block, item.name)

    def _follow_topics(self) -> list[str | None]:
        """For each sentence, the firm being told of when it begins: the last one to open a sentence of its section,
        else the first named in the section, else the one the release is about."""
        topics: list[str | None] = []
        main = self.main_actors[0].name if self.main_actors else None
        topic, section = main, -2
        for sentence in self.sentences:
            if sentence.section != section:
                section = sentence.section
                firms = self.section_firms.get(section)
                topic = next(iter(firms)) if firms else main
            topics.append(topic)
            opener = self.opener(sentence)
            if opener is not None:
                topic = opener.name
        return topics

    def _follow_tenor(self) -> tuple[list[str], list[str]]:
        """What the release speaks of most (its commonest action, what its sums are for), and how: certain or not."""
        roles = [str(i.found.values["role"]) for i in self.items if i.kind == "amounts"]
        head = sorted({str(c.value) for s in self.sentences[:2] for c in s.cues.get("status_cue", ())})
        moods = [f"{cls}={_commonest(self._said(cls))}" for cls in ("status_cue", "mood")]
        tenor = [f"said={_commonest(self._said('action'))}", f"role={_commonest(roles)}"]
        return tenor, [f"doc_{m}" for m in moods] + [f"head={value}" for value in head]

    def _measure(self) -> list[str]:
        """How much a release tells: its firms, figures and sentences, and how closely these stand."""
        firms, length = sum(a.firm for a in self.actors), len(self.sentences)
        figures = sum(item.kind in FIGURES for item in self.items)
        return [
            f"release_firms={step(firms)}",
            f"release_figures={step(figures)}",
            f"release_length={step(length)}",
            f"release_dense={step(10 * figures // max(1, length))}",
            f"release_named={step(10 * firms // max(1, length))}",
        ]

    def _said(self, cls: str) -> list[str]:
        return [str(cue.value) for sentence in self.sentences for cue in sentence.cues.get(cls, ())]

    def _follow_lists(self) -> dict[int, Listing]:
        listings: dict[int, Listing] = {}
        run: list[Sentence] = []
        for sentence in [*self.sentences, None]:
            if sentence is not None and sentence.kind in LISTED:
                run.append(sentence)
                continue
            blocks = {s.block for s in run}
            self.leads |= {s.index: run[0].index - 1 for s in run}
            if len(blocks) > 1:
                held: Counter[str] = Counter(k for k, _ in {(i.kind, s.block) for s in run for i in s.items})
                kinds = (*ACTORS, *FIGURES, "places", "dates")
                listing = Listing({k: _share(held[k], len(blocks)) for k in kinds})
                listings |= {s.index: listing for s in run}
            run = []
        return listings

    def opener(self, sentence: Sentence) -> Item | None:
        """The firm that a sentence has for its subject, as far as order tells: named before its first action word."""
        firms = sentence.of("companies")
        cues = sentence.cues.get("action", ())
        if not firms or (cues and cues[0].first < firms[0].first):
            return None
        if firms[0].first - sentence.first > OPENS:
            return None
        linked = any(c.last == firms[0].first for c in sentence.cues.get("link", ()))
        return None if linked else firms[0]

    def items_between(self, first: int, last: int) -> list[Item]:
        """The mentions that begin in tokens[first:last]."""
        return self.items[bisect.bisect_left(self._item_starts, first) : bisect.bisect_left(self._item_starts, last)]

    def sentence_at(self, token: int) -> Sentence | None:
        """The sentence that holds a token."""
        at = bisect.bisect_right(self._starts, token) - 1
        if at < 0 or token >= self.sentences[at].last:
            return None
        return self.sentences[at]

    def _place(self, found: Found) -> Item | None:
        first = bisect.bisect_left(self.tokens.ends, found.start + 1)
        last = bisect.bisect_left(self.tokens.starts, found.end)
        sentence = self.sentence_at(first)
        if sentence is None:
            return None
        item = Item(found, first, max(last, first + 1), sentence.index)
        sentence.items.append(item)
        return item

    def _gather_actors(self) -> list[Actor]:
        actors: dict[str, Actor] = {}
        for item in self.items:
            if item.kind in ACTORS:
                actor = actors.setdefault(item.name, Actor(item.name, item.kind == "companies", []))
                actor.items.append(item)
                if self.sentences[item.sentence].kind == BlockKind.TITLE:
                    actor.in_title = True
        return list(actors.values())

    def between(self, a: int, b: int) -> set[str]:
        """Signs between two tokens of one sentence: what a clause may end at."""
        low, high = min(a, b), max(a, b)
        if high - low > 60:
            return {"far"}
        return {k for k in self.tokens.keys[low:high] if len(k) == 1 and not k.isalnum()}

    def bracketed(self, item: _Placed) -> bool:
        """Whether a mention or cue stands inside round brackets, within its sentence."""
        sentence = self.sentence_at(item.first)
        if sentence is None:
            return False
        depth = 0
        for key in self.tokens.keys[max(sentence.first, item.first - 40) : item.first]:
            if key == "(":
                depth += 1
            elif key == ")" and depth:
                depth -= 1
        return depth > 0

    def word(self, token: int) -> str:
        """The folded word at a token, or "" outside the text or over the edge of a block."""
        if 0 <= token < len(self.tokens.keys):
            return self.tokens.keys[token]
        return ""

    def says_year(self, item: Item) -> bool:
        """Whether the words of a date hold a year that it begins or ends in; those of a longer time need not."""
        first, last = item.found.values["first"], item.found.values["last"]
        numbers = _NUMBER.findall(self.document.text[item.found.start : item.found.end])
        years = {first.year, last.year}
        return (last - first).days > A_YEAR or any(f"{y}" in numbers or f"{y % 100:02}" in numbers for y in years)

    def spoken_of(self, actor: Actor) -> list[str]:
        """The words beside an actor's mentions, wherever these stand: what the release says of it."""
        if actor.name not in self._spoken:
            said: dict[str, None] = {}
            for item in actor.items[:SPOKEN]:
                said |= dict.fromkeys(f"-{stem}" for stem in self.words.stems(item.first - BESIDE, item.first))
                said |= dict.fromkeys(f"+{stem}" for stem in self.words.stems(item.last, item.last + BESIDE))
            self._spoken[actor.name] = list(said)
        return self._spoken[actor.name]

    def block_head(self, sentence: Sentence) -> str | None:
        """The first firm named in the block of a sentence."""
        return self._block_heads.get(sentence.block)
