"""Document → Release: one way through, shared by extract(), the spaCy component and the batch."""

from __future__ import annotations

import bisect
import datetime
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from spacy.language import Language

from pipeline import language
from pipeline.choose import Weights, load_weights
from pipeline.document import Document
from pipeline.entities import EntityFinder
from pipeline.entity import Entity
from pipeline.grammar import Grammar, Match
from pipeline.langid import LanguageGuesser
from pipeline.plain import plain
from pipeline.readers import document_of, release_id
from pipeline.readers.layout import Layout
from pipeline.recognise import Context, Found
from pipeline.recognise.overlap import settle
from pipeline.recognise.publication import PublicationFinder
from pipeline.recognise.recognisers import Recognisers
from pipeline.records import (
    Amount,
    Area,
    Company,
    Date,
    Energy,
    Jobs,
    Mention,
    Notice,
    Organisation,
    Place,
    Power,
    Release,
    Source,
)
from pipeline.relate import Relater, load_confidence
from pipeline.relate.scene import Scene
from pipeline.sentences import SentenceSplitter
from pipeline.version import engine_version
from pipeline.wordclasses import WordClasses
from rules import Rules, gazetteers, load

RECORDS: dict[str, type[Mention]] = {
    "companies": Company,
    "organisations": Organisation,
    "amounts": Amount,
    "powers": Power,
    "energies": Energy,
    "jobs": Jobs,
    "areas": Area,
    "places": Place,
    "dates": Date,
}
HOME = "fr"


@dataclass(frozen=True)
class Recognised:
    """A document with its mentions settled, the matches of the rules, and its days."""

    document: Document
    matches: Mapping[str, Sequence[Match]]
    published: datetime.date | None
    updated: datetime.date | None
    found: list[Found]
    notices: Counter[str]


class Engine:
    """All that is built once for a process: rules, model, weights. It holds nothing of any text."""

    def __init__(
        self, rules: Rules, weights: Weights | None = None, sureness: Mapping[str, float] | None = None
    ) -> None:
        self._grammar = Grammar(rules)
        self._layout = Layout(rules)
        weights = load_weights() if weights is None else weights
        self.recognisers = Recognisers(rules, self._grammar, gazetteers.load(), weights)
        self._publication = PublicationFinder(self.recognisers.dates)
        self._splitter = SentenceSplitter(rules)
        self._relater = Relater(weights, load_confidence() if sureness is None else sureness)
        self._language = LanguageGuesser(rules)
        self._version = engine_version()

    @classmethod
    def load(cls) -> Engine:
        """The engine on the package's own rules; RuleError or ModelError when they cannot be used."""
        try:
            weights, sureness = load_weights(), load_confidence()
        except (OSError, ValueError, KeyError) as error:
            raise language.ModelError(f"weights that cannot be used: {error}") from error
        engine = cls(load(), weights, sureness)
        engine.model  # noqa: B018  (what is missing is told now, not at the first text)
        return engine

    @cached_property
    def model(self) -> Language:
        """The spaCy pipeline; loaded when it is first asked for."""
        return language.load()

    @cached_property
    def entities(self) -> EntityFinder:
        """What finds the model's entities in a text."""
        return EntityFinder(self.model)

    @cached_property
    def classes(self) -> WordClasses:
        """Words by their use, from the vectors of the same pipeline."""
        return WordClasses.load(self.model.vocab.vectors)

    def extract(self, text: str, published: datetime.date | None = None) -> Release:
        """The record of one text, which is kept as it is."""
        return next(self.extract_many([(text, published)]))

    def extract_many(self, pairs: Iterable[tuple[str, datetime.date | None]]) -> Iterator[Release]:
        """The records of (text, publication date) pairs, in order."""
        return self.process(document_of(text, published) for text, published in pairs)

    def process(self, documents: Iterable[Document]) -> Iterator[Release]:
        """The records of documents, in order; none is read ahead."""
        for given in documents:
            document = self._layout.document(given)
            yield self.release(document, self.entities_in(document))

    def laid_out(self, document: Document) -> Document:
        """The document with its blocks."""
        return document if document.blocks else self._layout.document(document)

    def entities_in(self, document: Document) -> list[Entity]:
        """The model's names and hesitations where they stand in a document with blocks, of which it reads a plain view."""
        view = plain(document)
        found = self.entities.find(view.text)
        return [e._replace(start=view.start(e.start), end=view.end(e.end)) for e in found]

    def recognise(self, document: Document, entities: list[Entity]) -> Recognised:
        """A document's mentions, and what they were read with: also what the facts' weights are learned from."""
        context, updated = self.context(document, entities)
        found, notices = self.recognisers.find(context)
        return Recognised(context.document, context.matches, context.published, updated, settle(found), notices)

    def context(self, document: Document, entities: list[Entity]) -> tuple[Context, datetime.date | None]:
        """What the recognisers look at, and the day of the last update."""
        document = self.laid_out(document)
        matches = self._grammar.scan(document.tokens)
        published, updated = self._publication.find(document, matches)
        named = [e for e in entities if e.label]
        hesitations = [e for e in entities if not e.label]
        context = Context(
            document,
            matches,
            named,
            hesitations,
            published,
            classes=self.classes,
            departments=self.recognisers.departments.find(document.tokens),
        )
        return context, updated

    def scene(self, read: Recognised) -> Scene:
        """Sentences, mentions and cues as the facts are read from."""
        return self.scene_of(read.document, read.found, read.matches, read.published)

    def scene_of(
        self,
        document: Document,
        found: Sequence[Found],
        matches: Mapping[str, Sequence[Match]],
        published: datetime.date | None,
    ) -> Scene:
        """The scene of some mentions, however they were found."""
        return Scene(document, self._splitter.split(document), found, matches, published)

    def release(self, document: Document, entities: list[Entity]) -> Release:
        """The record of a document in which the model found these entities and hesitations."""
        read = self.recognise(document, entities)
        document = read.document
        published, updated, notices = read.published, read.updated, read.notices
        mentions = {id(f): self._record(document, f) for f in read.found}
        lists: dict[str, list[Mention]] = {kind: [] for kind in RECORDS}
        for one in read.found:
            lists[one.kind].append(mentions[id(one)])
        facts, doubtful = self._relater.relate(self.scene(read), mentions)
        if doubtful:
            notices["doubtful_facts"] += doubtful
        spoken = self._language.guess(document.tokens)
        if spoken != HOME:
            notices["not_french"] += 1
        digest = document.sha256 or hashlib.sha256(document.text.encode()).hexdigest()
        return Release.model_validate(
            {
                "id": release_id(document.uri, digest),
                "source": Source(uri=document.uri, media_type=document.media_type, sha256=digest),
                "title": document.title,
                "published": published,
                "updated": updated,
                "language": spoken,
                "text": document.text,
                **{kind: tuple(entries) for kind, entries in lists.items()},
                "facts": tuple(facts),
                "warnings": tuple(_notices(document, notices)),
                "engine": self._version,
            }
        )

    def _record(self, document: Document, found: Found) -> Mention:
        return RECORDS[found.kind](
            start=found.start,
            end=found.end,
            text=document.text[found.start : found.end],
            rule=found.rule,
            page=_page(document, found.start),
            **found.values,
        )


def _page(document: Document, offset: int) -> int | None:
    """The page of a place in the text, where its reader knew pages."""
    at = bisect.bisect_right(document.pages, offset, key=lambda p: p[0]) - 1
    return document.pages[at][1] if at >= 0 else None


def _notices(document: Document, found: Counter[str]) -> Iterator[Notice]:
    counted = Counter(document.warnings) + found
    for code, count in sorted(counted.items()):
        yield Notice(code=code, count=count)
