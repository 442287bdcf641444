"""The scan, which looks ahead, finds what trying every class at every token finds; tokens are what a plain cut gives."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.bench import CORPUS
from pipeline.corpus import plain_text, read_folder
from pipeline.document import Block, BlockKind, Gap, fold, matching_view, tokenise
from pipeline.grammar import Grammar
from rules import load

WORD = re.compile(r"\d+|(?:[^\W\d_][\u0300-\u036f]*)+|[^\w\s]|_")
PARTS = ["12", "3,5", "millions", "d'euros", "M€", "de", "la", "le", "groupe", "ouvrira", "en", "2027", "vingt", "et", "un", "trois", "cent", "MW", "créera", "emplois", "zzz", "-", ".", "\n", "É", "va", "être", "d'ici", "à", "mars", "l'été", "début", "1er", "31", "il y a", "2027-2029", "75008", "dizaine"]  # fmt: skip


@pytest.fixture(scope="module")
def rules():
    return load()


@pytest.fixture(scope="module")
def grammar(rules):
    return Grammar(rules)


def tried_everywhere(grammar, rules, tokens):
    found = {}
    for cls in rules.scanned():
        found[cls], free = [], 0
        for at in range(len(tokens)):
            match = grammar.match_at(tokens, cls, at) if at >= free else None
            if match is not None:
                found[cls].append(match)
                free = match.last
    return found


def halves(view):
    cut = view.find("\n\n") + 1
    return [Block(0, cut, BlockKind.TITLE), Block(cut, len(view), BlockKind.PARAGRAPH)] if cut else []


def test_releases_give_the_same_matches(grammar, rules):
    matched = 0
    for release in list(read_folder(CORPUS, ("train",)).values())[::25]:
        view = matching_view(plain_text(release))
        tokens = tokenise(view, halves(view))
        found = grammar.scan(tokens)
        matched += sum(map(len, found.values()))
        assert found == tried_everywhere(grammar, rules, tokens)
    assert matched > 1000


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=5), max_size=25))
@settings(deadline=None, max_examples=100)
def test_any_text_gives_the_same_matches(grammar, rules, parts):
    tokens = tokenise(matching_view(" ".join(parts)))
    assert grammar.scan(tokens) == tried_everywhere(grammar, rules, tokens)


@given(st.text(alphabet=st.sampled_from("aé1 \n\t._-’\u0301\u00a0B9"), max_size=40), st.integers(0, 40))
def test_tokens_are_what_a_plain_cut_gives(text, cut):
    view = matching_view(text)
    cut = min(cut, len(view))
    tokens = tokenise(view, [Block(0, cut, BlockKind.TITLE), Block(cut, len(view), BlockKind.PARAGRAPH)])
    spans = [match.span() for match in WORD.finditer(view)]
    assert list(zip(tokens.starts, tokens.ends, strict=True)) == spans
    assert tokens.words == [view[a:b] for a, b in spans]
    assert tokens.keys == [fold(word) for word in tokens.words]
    assert tokens.blocks == [int(a >= cut) for a, _ in spans]
    before = 0
    for n, (start, end) in enumerate(spans):
        between = view[before:start]
        gap = Gap.LINE if "\n" in between else Gap.BLANK if between else Gap.NONE
        if n == 0 or tokens.blocks[n] != tokens.blocks[n - 1]:
            gap = Gap.BLOCK
        assert tokens.gaps[n] == gap
        before = end
