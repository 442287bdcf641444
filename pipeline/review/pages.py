"""Templates, and the files that pages ask for: all of them come with the package."""

from __future__ import annotations

from functools import lru_cache, partial
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from pipeline.review.call import Call
from pipeline.review.queue import progress
from pipeline.sinks.report.markup import shown
from pipeline.sinks.words import LISTS, days_words, number_words, plain
from rules.messages import LANGUAGES

_TEMPLATES: Final = files(__package__) / "templates"
_STATIC: Final = {  # name in an address → where it is, and what it is
    "review.css": (files(__package__) / "static" / "review.css", "text/css"),
    "review.js": (files(__package__) / "static" / "review.js", "text/javascript"),
    "htmx.min.js": (files(__package__) / "static" / "htmx.min.js", "text/javascript"),
    "icon.svg": (files(__package__) / "static" / "icon.svg", "image/svg+xml"),
    "report.css": (files("pipeline.sinks.report") / "templates" / "report.css", "text/css"),
}


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(lambda name: (_TEMPLATES / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    environment.filters["cut"] = cut
    environment.filters["plain"] = plain  # where no element can stand: titles, options, names of shapes
    environment.globals["kinds"] = LISTS
    return environment


def cut(text: str, most: int = 400) -> str:
    """A long text by its beginning: a sentence may be a megabyte."""
    return text if len(text) <= most else text[:most].rstrip() + "…"


def render(call: Call, name: str, **values: Any) -> str:
    """A template with what all of them know."""
    say = call.say
    return (
        _environment()
        .get_template(name)
        .render(
            call=call,
            say=say,
            filters=call.filters,
            sign=call.desk.keys.form,
            other=next(language for language in LANGUAGES if language != call.language),
            days=partial(days_words, say=say),
            number=partial(number_words, say=say),
            **values,
        )
    )


def page(call: Call, name: str, status: int = 200, **values: Any) -> Response:
    """A whole page, with how far one is."""
    return HTMLResponse(render(call, name, progress=progress(call.store, call.filters), **values), status)


def fragment(
    call: Call, name: str, status: int = 200, headers: dict[str, str] | None = None, **values: Any
) -> Response:
    """A piece of a page."""
    return HTMLResponse(render(call, name, **values), status, headers)


def static(call: Call) -> Response:
    """A file of the package."""
    found = _STATIC.get(str(call.request.path_params["name"]))
    if found is None:
        return PlainTextResponse(call.say("review.no_page"), 404)
    return Response(found[0].read_bytes(), media_type=found[1])
