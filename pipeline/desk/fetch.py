"""One bounded way to fetch an address: size, time and redirects have limits, and private addresses are refused.

The standard library, and no client on top of it: the connection must be made to the very address that was checked
(a name may answer with another one the next time), and the time must be bounded as a whole and not from one read to
the next. Proxies are not used: behind one, no address could be checked.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

REDIRECTS: Final = 5
_MOVED: Final = (301, 302, 303, 307, 308)
_PIECE: Final = 65536


class FetchError(Exception):
    """An address that gave nothing. `code`: address, scheme, private, network, timeout, too_large, redirects, status;
    `detail` is one line; `wait` the seconds the server asked for."""

    def __init__(self, code: str, detail: str = "", wait: float | None = None) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail, self.wait = code, " ".join(detail.split())[:200], wait


@dataclass(frozen=True)
class Answer:
    """What an address gave. `url` is where it was found, after redirects; `status` 200, or 304 with no `data`."""

    url: str
    status: int
    headers: Mapping[str, str]  # names in small letters
    data: bytes


@dataclass(frozen=True)
class Client:
    """The limits of one run: bytes of an answer, seconds for all of it, whether private addresses are allowed."""

    size: int = 20_000_000
    seconds: float = 30.0
    private: bool = False

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer of an address; FetchError when there is none within the limits."""
        for _ in range(REDIRECTS + 1):
            answer = self._once(url, {"User-Agent": _agent(), "Accept-Encoding": "gzip", **(headers or {})})
            if answer.status not in _MOVED:
                break
            try:
                url = urljoin(url, answer.headers.get("location", ""))
            except ValueError as error:
                raise FetchError("address", answer.headers.get("location", "")) from error
        else:
            raise FetchError("redirects", str(REDIRECTS))
        if answer.status not in (200, 304):
            raise FetchError("status", str(answer.status), _seconds(answer.headers.get("retry-after")))
        return answer

    def _once(self, url: str, headers: Mapping[str, str]) -> Answer:
        parts, host, port = _split(url)
        connection: _Checked = (_CheckedTLS if parts.scheme == "https" else _Checked)(host, port, self.private)
        connection.timeout = self.seconds
        late = threading.Event()

        def stop() -> None:
            late.set()
            connection.cut()

        timer = threading.Timer(self.seconds, stop)
        timer.start()
        try:
            target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (
                "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~?") if parts.query else ""
            )
            connection.request("GET", target, headers=dict(headers))
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            data = b"" if response.status != 200 else b"".join(self._pieces(response, named))
            if late.is_set():
                raise TimeoutError
            return Answer(url, response.status, named, data)
        except (OSError, http.client.HTTPException, zlib.error, ValueError, FetchError) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise FetchError("timeout", f"{self.seconds:g} s") from error
            if isinstance(error, FetchError):
                raise
            raise FetchError(
                "network", getattr(error, "strerror", None) or str(error) or type(error).__name__
            ) from error
        finally:
            timer.cancel()
            connection.close()

    def _pieces(self, response: http.client.HTTPResponse, headers: Mapping[str, str]) -> Iterator[bytes]:
        """The body, unpacked, as long as it stays within the limit: a small packed answer may be huge."""
        packed = headers.get("content-encoding", "").strip().lower()
        if packed not in ("", "identity", "gzip"):
            raise FetchError("network", packed)
        unpack = zlib.decompressobj(wbits=31) if packed == "gzip" else None
        left = self.size
        while piece := response.read(_PIECE):
            if unpack is not None:
                piece = unpack.decompress(piece, left + 1)
            left -= len(piece)
            if left < 0 or (unpack is not None and unpack.unconsumed_tail):
                raise FetchError("too_large", str(self.size))
            yield piece
        if response.length:
            raise FetchError("network", f"cut off, {response.length} bytes are missing")


class _Checked(http.client.HTTPConnection):
    """A connection to an address that was looked at first."""

    def __init__(self, host: str, port: int, private: bool) -> None:
        super().__init__(host, port)
        self._private = private
        self._cut = False

    def connect(self) -> None:
        trouble: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
            if not (self._private or public(str(address[0]))):
                raise FetchError("private", f"{self.host} → {address[0]}")
            try:
                self.sock = socket.socket(family, kind, protocol)
                self.sock.settimeout(self.timeout)
                self.sock.connect(address)
                return
            except OSError as error:
                trouble = error
                self.sock.close()
                if self._cut:
                    break
        raise trouble or OSError("no address")

    def cut(self) -> None:
        """End the connection from another thread: whatever waits for it wakes up."""
        self._cut = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _CheckedTLS(_Checked):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()  # apart, so that it can be cut


def public(address: str) -> bool:
    """Whether an IP address is one of the open network: no loopback, no private or shared range, no multicast."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return public(str(inner))
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            return public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


def bare(url: str) -> str:
    """An address without its fragment, which names a place in a page and not a page."""
    return urlunsplit(urlsplit(url)._replace(fragment=""))


def _split(url: str) -> tuple[SplitResult, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError) as error:
        raise FetchError("address", url) from error
    if parts.scheme not in ("http", "https"):
        raise FetchError("scheme", parts.scheme)
    if not host:
        raise FetchError("address", url)
    return parts, host, port


def _agent() -> str:
    return f"releve/{version('releve')}"


def _seconds(text: str | None) -> float | None:
    return min(float(text), 86400.0) if text and text.isdigit() else None
