"""The routes of the checking page, behind its guard."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from pipeline.review import deciding, pages, showing
from pipeline.review.call import Desk, Handler, route
from pipeline.review.security import Guard, Hosts
from rules.messages import Messages

_SHOWN: tuple[tuple[str, Handler], ...] = (
    ("/", showing.first),
    ("/next", showing.onwards),
    ("/previous", showing.back),
    ("/queue", showing.queue),
    ("/release/{source}", showing.release),
    ("/fact/{source}/{fact_id}", deciding.one_card),
    ("/fact/{source}/{fact_id}/edit", deciding.edit),
    ("/new/{source}", deciding.new),
    ("/read/{source}", deciding.read),
    ("/places", showing.completion),
    ("/picture", showing.pictures),
    ("/audit", showing.audit),
    ("/out", showing.out),
    ("/out/facts/{form}", showing.table),
    ("/out/corpus", showing.corpus),
    ("/static/{name}", pages.static),
    ("/{rest:path}", showing.missing),
)
_CHANGING: tuple[tuple[str, Handler], ...] = (
    ("/fact/{source}/{fact_id}/decide", deciding.decide),
    ("/fact/{source}/{fact_id}/together", deciding.together),
    ("/fact/{source}/{fact_id}/correct", deciding.correct),
    ("/fact/{source}/{fact_id}/check", deciding.check),
    ("/new/{source}/check", deciding.check),
    ("/new/{source}", deciding.add),
    ("/undo", deciding.undo),
    ("/settings", deciding.settings),
)


def make_app(desk: Desk, host: str = "127.0.0.1") -> ASGIApp:
    """The page over a desk's store, listening on `host`."""
    routes = [Route(path, route(desk, handler), methods=["POST"]) for path, handler in _CHANGING]
    routes += [Route(path, route(desk, handler), methods=["GET"]) for path, handler in _SHOWN]
    refused = Messages.load(desk.language)("review.not_let_in")
    return Guard(Starlette(routes=routes), desk.keys, Hosts(host), desk.cookie, refused)
