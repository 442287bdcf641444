"""Relevé as a spaCy component: `nlp.add_pipe("releve")` fills `doc.spans` and `doc._.release`.

spaCy loads this module whenever a pipeline is made, so it stays light: the engine is loaded when the component is.
"""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc, Span

LISTS = ("companies", "organisations", "amounts", "powers", "energies", "jobs", "areas", "places", "dates")


@Language.factory("releve", default_config={"published": None}, assigns=["doc._.release", "doc.spans"])
def make(nlp: Language, name: str, published: str | None) -> Component:
    """The factory behind `nlp.add_pipe("releve", config={"published": "2025-02-12"})`."""
    return Component(published)


class Component:
    """Calls the engine on `doc.text`: the same record as `pipeline.extract(doc.text)`."""

    def __init__(self, published: str | None = None) -> None:
        import datetime

        from pipeline.engine import Engine

        self._engine = Engine.load()
        self._published = datetime.date.fromisoformat(published) if published else None
        if not Doc.has_extension("release"):
            Doc.set_extension("release", default=None)

    def __call__(self, doc: Doc) -> Doc:
        """One group of spans for each list of the record; a mention that cuts a token takes the whole of it."""
        release = self._engine.extract(doc.text, self._published)
        doc._.release = release
        for name in LISTS:
            spans = [doc.char_span(m.start, m.end, label=name, alignment_mode="expand") for m in getattr(release, name)]
            doc.spans[name] = [s for s in spans if isinstance(s, Span)]
        return doc
