"""The client keeps its limits against a server on loopback that does everything wrong."""

from __future__ import annotations

import gzip
import http.server
import threading
import time
from collections.abc import Iterator

import pytest

from pipeline.desk.fetch import REDIRECTS, Client, FetchError, public

BIG = 300_000


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name = self.path.split("?")[0].strip("/")
        if name == "loop":
            self.answer(302, b"", Location="/loop")
        elif name == "moved":
            self.answer(301, b"", Location="ok?x=é")
        elif name == "to-file":
            self.answer(302, b"", Location="file:///etc/passwd")
        elif name == "to-private":
            self.answer(302, b"", Location="http://10.0.0.1/x")
        elif name == "big":
            self.answer(200, b"x" * BIG)
        elif name == "bomb":
            self.answer(200, gzip.compress(b"x" * BIG), **{"Content-Encoding": "gzip"})
        elif name == "packed":
            self.answer(200, gzip.compress("été".encode()), **{"Content-Encoding": "gzip"})
        elif name == "short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"x" * 50)
            self.close_connection = True
        elif name == "slow":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(100):  # each byte in time, all of them never
                try:
                    self.wfile.write(b"x")
                    time.sleep(0.05)
                except OSError:
                    return
        elif name == "busy":
            self.answer(503, b"later", **{"Retry-After": "77"})
        else:
            self.answer(200, self.path.encode(), ETag='"1"')

    def answer(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value.encode().decode("latin-1"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that hang up are the point
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


CLIENT = Client(size=BIG // 2, seconds=10, private=True)


def test_an_answer_with_its_headers(home: str) -> None:
    answer = CLIENT.get(f"{home}/ok")
    assert (answer.status, answer.data, answer.headers["etag"]) == (200, b"/ok", '"1"')


def test_redirects_are_followed_to_where_they_lead(home: str) -> None:
    answer = CLIENT.get(f"{home}/moved")
    assert answer.url.endswith("/ok?x=é") or "/ok?x=" in answer.url
    assert answer.data.startswith(b"/ok?x=%C3%")


def test_packed_answers_are_unpacked(home: str) -> None:
    assert CLIENT.get(f"{home}/packed").data.decode() == "été"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("loop", "redirects"),
        ("to-file", "scheme"),
        ("big", "too_large"),
        ("bomb", "too_large"),
        ("short", "network"),
        ("busy", "status"),
    ],
)
def test_limits_and_errors_have_their_codes(home: str, path: str, code: str) -> None:
    with pytest.raises(FetchError) as error:
        CLIENT.get(f"{home}/{path}")
    assert error.value.code == code
    assert error.value.wait == (77 if path == "busy" else None)
    assert REDIRECTS >= 3


def test_a_trickle_ends_with_the_time_for_all_of_it(home: str) -> None:
    with pytest.raises(FetchError) as error:
        Client(seconds=0.4, private=True).get(f"{home}/slow")
    assert error.value.code == "timeout"


def test_private_addresses_are_refused_also_behind_a_redirect_or_a_name(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = home.rsplit(":", 1)[1]
    for address in (home, f"http://localhost:{port}", f"http://[::ffff:127.0.0.1]:{port}/"):
        with pytest.raises(FetchError) as error:
            Client(seconds=5).get(address)
        assert error.value.code == "private"
    monkeypatch.setattr("pipeline.desk.fetch.public", lambda address: address == "127.0.0.1")
    assert Client(seconds=5).get(f"{home}/ok").status == 200
    with pytest.raises(FetchError) as error:
        Client(seconds=5).get(f"{home}/to-private")
    assert error.value.code == "private"


@pytest.mark.parametrize(
    "address", ["ftp://a.fr/x", "http://", "http://a:b/", "http://[::1", "nonsense", "http://a\u2100.fr/"]
)
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(FetchError) as error:
        CLIENT.get(address)
    assert error.value.code in ("scheme", "address")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "224.0.0.1",
        "ff02::1",
    ],
)
def test_addresses_that_are_not_of_the_open_network(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_of_the_open_network(address: str) -> None:
    assert public(address)
