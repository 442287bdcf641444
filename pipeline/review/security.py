"""Who may ask: the right host, the address that was printed, and changes that come from our own page.

The printed address holds a token. Whoever opens it gets a cookie (HttpOnly, SameSite=Strict) in its place; every other
request needs the cookie. A change must also hold the page's own sign, which another site cannot read. The Host header
must be ours: a page of another name that was pointed at this machine gets nothing.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
TOKEN: Final = "token"


@dataclass(frozen=True)
class Keys:
    """The secrets of one run: `token` stands in the printed address, `session` in the cookie, `form` in each form."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def form(self) -> str:
        return hmac.new(self.session.encode(), b"form", "sha256").hexdigest()

    def signed(self, given: str) -> bool:
        """Whether a form's sign is ours."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.form.encode())


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Hosts:
    """The names under which the page may be asked for, listening on `host`."""

    host: str

    def allows(self, header: str) -> bool:
        """Whether a Host header names us. An address by numbers cannot have been pointed here by somebody's DNS."""
        try:
            name = urlsplit(f"//{header}").hostname or ""
        except ValueError:
            return False
        if is_loopback(self.host):
            return name in LOOPBACK or name == self.host
        if name in (self.host, socket.gethostname().lower(), socket.getfqdn().lower()) or name in LOOPBACK:
            return True
        try:
            return bool(ipaddress.ip_address(name))
        except ValueError:
            return False


class Guard:
    """Lets through what comes from our own page, and adds the headers that keep it so. `refused` are the words."""

    def __init__(self, app: ASGIApp, keys: Keys, hosts: Hosts, cookie: str, refused: str) -> None:
        self._app, self._keys, self._hosts = app, keys, hosts
        self._cookie, self._refused = cookie, refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await (self._answer(scope) or self._app)(scope, receive, guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """What is said instead of the page; None when the page may answer."""
        headers = Headers(scope=scope)
        if not self._hosts.allows(headers.get("host", "")):
            return PlainTextResponse(self._refused, 421)
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=100)
        given = dict(query).get(TOKEN)
        if given is not None and scope["method"] == "GET":
            return self._exchange(scope, given, [(k, v) for k, v in query if k != TOKEN])
        if not hmac.compare_digest(
            _cookie(headers, self._cookie).encode("utf-8", "replace"), self._keys.session.encode()
        ):
            return PlainTextResponse(self._refused, 403)
        if scope["method"] not in ("GET", "HEAD") and not self._own(headers):
            return PlainTextResponse(self._refused, 403)
        return None

    def _exchange(self, scope: Scope, given: str, rest: list[tuple[str, str]]) -> Response:
        """The cookie for the token, and the same address without it."""
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._keys.token.encode()):
            return PlainTextResponse(self._refused, 403)
        path = "/" + scope["path"].lstrip("/\\")  # never another host's address
        answer = RedirectResponse(path + (f"?{urlencode(rest)}" if rest else ""), 303)
        answer.set_cookie(self._cookie, self._keys.session, httponly=True, samesite="strict", path="/")
        return answer

    @staticmethod
    def _own(headers: Headers) -> bool:
        """Whether a change was asked for by a page of ours, as far as the browser tells."""
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            return False
        return site in (None, "same-origin")


def _cookie(headers: Headers, name: str) -> str:
    try:
        jar: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""
