"""What a route is given: the store opened for this request, the filters of the address, the words of the language."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pipeline.review.filters import Filters
from pipeline.review.security import Keys
from pipeline.review.view import NoSource
from pipeline.store import Store, StoreError
from rules.messages import LANGUAGES, Messages

FORM: Final = 1_000_000  # bytes of a form at most
_FIELDS: Final = 500
LANGUAGE, WHO = "releve_lang", "releve_who"  # cookies


@dataclass(frozen=True)
class Desk:
    """What a run of the page serves: the store, who sits at it unless the page is told otherwise, its secrets.

    `since` is the last decision before it began: what came before is not undone by a mere key.
    """

    path: Path
    who: str
    language: str
    since: int = 0
    keys: Keys = field(default_factory=Keys)
    cookie: str = "releve"


@lru_cache(maxsize=len(LANGUAGES))
def _messages(language: str) -> Messages:
    return Messages.load(language)


class Refused(Exception):
    """A request that cannot be answered: its status, and the key of the words."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status, self.key = status, key


@dataclass(frozen=True)
class Call:
    """One request."""

    desk: Desk
    request: Request
    store: Store
    form: Mapping[str, str]

    @property
    def language(self) -> str:
        asked = self.request.cookies.get(LANGUAGE, "")
        return asked if asked in LANGUAGES else self.desk.language

    @property
    def say(self) -> Messages:
        return _messages(self.language)

    @property
    def who(self) -> str:
        """Who decides: the name given on the page, else the one the run began with."""
        named = unquote(self.request.cookies.get(WHO, "")).strip()[:80]
        return named or self.desk.who

    @cached_property
    def filters(self) -> Filters:
        return Filters.of({**self.request.query_params})

    @property
    def live(self) -> bool:
        """Whether a piece of the page is wanted, and not all of it."""
        return self.request.headers.get("hx-request") == "true"

    def number(self, name: str) -> int | None:
        """A number of the address or the query; None when it is none."""
        text = str(self.request.path_params.get(name) or self.request.query_params.get(name, ""))
        return int(text) if text.isdecimal() and len(text) < 12 else None

    @property
    def source(self) -> int:
        number = self.number("source")
        if number is None:
            raise Refused(404, "review.no_release")
        return number

    @property
    def fact_id(self) -> str:
        return str(self.request.path_params["fact_id"])


Handler = Callable[[Call], Response]


def route(desk: Desk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A handler as Starlette calls it: in a thread of its own, with a store of its own."""

    async def endpoint(request: Request) -> Response:
        form: dict[str, str] = {}
        if request.method == "POST":
            body = b""
            async for chunk in request.stream():
                body += chunk
                if len(body) > FORM:
                    return PlainTextResponse(_messages(desk.language)("review.too_long"), 413)
            try:
                form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS))
            except ValueError:
                return PlainTextResponse(_messages(desk.language)("review.too_long"), 413)
            if not desk.keys.signed(form.get("sign", "")):
                return PlainTextResponse(_messages(desk.language)("review.not_ours"), 403)
        return await run_in_threadpool(_answer, desk, handler, request, form)

    return endpoint


def _answer(desk: Desk, handler: Handler, request: Request, form: Mapping[str, str]) -> Response:
    say: Any = _messages(desk.language)
    try:
        with Store.open(desk.path) as store:
            call = Call(desk, request, store, form)
            say = call.say
            return handler(call)
    except NoSource:
        return PlainTextResponse(say("review.no_release"), 404)
    except Refused as refused:
        return PlainTextResponse(say(refused.key), refused.status)
    except StoreError as error:
        return PlainTextResponse(say(f"error.store_{error.code}", path=error.path, reason=error.detail), 503)
    except sqlite3.Error as error:
        return PlainTextResponse(say("error.store_unusable", path=desk.path, reason=error), 503)
