"""Document → Release: one way through, shared by extract(), the spaCy component and the batch."""

from __future__ import annotations

import datetime
import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import version

from pipeline import language
from pipeline.document import Document
from pipeline.grammar import Grammar
from pipeline.langid import LanguageGuesser
from pipeline.readers import document_of, release_id
from pipeline.readers.layout import Layout
from pipeline.recognise import Context, Entity, Found
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
from pipeline.relate import Relater
from pipeline.relate.choose import load_weights
from pipeline.sentences import SentenceSplitter
from rules import Rules, load

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
BATCH = 8  # documents recognised together: small batches keep the model's state in the processor's cache


class Engine:
    """All that is built once for a process: rules, model, weights. It holds nothing of any text."""

    def __init__(self, rules: Rules) -> None:
        self._grammar = Grammar(rules)
        self._layout = Layout(rules)
        self._model = language.load()
        self._recognisers = Recognisers(rules)
        self._publication = PublicationFinder(rules)
        self._relater = Relater(SentenceSplitter(rules), load_weights())
        self._language = LanguageGuesser(rules)
        self._version = f"releve {version('releve')}"

    @classmethod
    def load(cls) -> Engine:
        """The engine on the package's own rules; RuleError or ModelError when they cannot be used."""
        return cls(load())

    def extract(self, text: str, published: datetime.date | None = None) -> Release:
        """The record of one text, which is kept as it is."""
        return next(self.extract_many([(text, published)]))

    def extract_many(self, pairs: Iterable[tuple[str, datetime.date | None]]) -> Iterator[Release]:
        """The records of (text, publication date) pairs, in order."""
        return self.process(document_of(text, published) for text, published in pairs)

    def process(self, documents: Iterable[Document]) -> Iterator[Release]:
        """The records of documents, in order; a few are read ahead."""
        documents = iter(documents)
        while batch := [self._layout.document(d) for d in itertools.islice(documents, BATCH)]:
            docs = language.read_texts(self._model, (d.text for d in batch))
            for document, doc in zip(batch, docs, strict=True):
                yield self._release(document, [Entity(e.start_char, e.end_char, e.label_) for e in doc.ents])

    def _release(self, document: Document, entities: list[Entity]) -> Release:
        matches = self._grammar.scan(document.tokens)
        published, updated = self._publication.find(document, matches)
        context = Context(document, matches, entities, published)
        found, notices = self._recognisers.find(context)
        mentions = {f: self._record(document, f) for f in settle(found)}
        lists: dict[str, list[Mention]] = {kind: [] for kind in RECORDS}
        for one, mention in mentions.items():
            lists[one.kind].append(mention)
        facts = self._relater.relate(document, list(mentions), matches, published, mentions)
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
        block = next((b for b in document.blocks if b.page and b.start <= found.start < b.end), None)
        return RECORDS[found.kind](
            start=found.start,
            end=found.end,
            text=document.text[found.start : found.end],
            rule=found.rule,
            page=block.page if block else None,
            **found.values,
        )


def _notices(document: Document, found: Counter[str]) -> Iterator[Notice]:
    counted = Counter(document.warnings) + found
    for code, count in sorted(counted.items()):
        yield Notice(code=code, count=count)
