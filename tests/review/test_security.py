"""Who is let in, and what a page may do in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from pipeline.review.app import make_app
from pipeline.review.call import Desk
from pipeline.review.command import review
from pipeline.review.security import Hosts
from pipeline.store import Store
from tests.review.conftest import HOST, Page, put, told


def test_the_printed_address_gives_a_cookie_and_is_left(store: Store) -> None:
    desk = Desk(store.path, "Anne", "en")
    client = TestClient(make_app(desk), base_url=f"http://{HOST}", follow_redirects=False)
    assert client.get("/queue").status_code == 403
    assert client.get("/static/review.js").status_code == 403
    assert client.get("/queue?token=wrong").status_code == 403
    answer = client.get(f"/queue?state=all&token={desk.keys.token}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/queue?state=all"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert desk.keys.token not in cookie
    assert client.get("/queue").status_code == 200
    away = client.get(f"//elsewhere.example/x?token={desk.keys.token}").headers["location"]
    assert away.startswith("/")
    assert not away.startswith("//")


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8765", "", "evil.example@127.0.0.1", "10.0.0.1"]
)
def test_another_host_gets_nothing(page: Page, host: str) -> None:
    answer = page.get("/queue", headers={"host": host})
    assert answer.status_code == (200 if host.endswith("@127.0.0.1") else 421)
    assert host.endswith("@127.0.0.1") or "Bar" not in answer.text


def test_names_beyond_this_machine() -> None:
    assert Hosts("127.0.0.1").allows("localhost:8765")
    assert Hosts("127.0.0.1").allows("[::1]:8765")
    assert not Hosts("127.0.0.1").allows("192.168.1.5:8765")
    assert Hosts("0.0.0.0").allows("192.168.1.5:8765")
    assert not Hosts("0.0.0.0").allows("evil.example")


def test_every_change_needs_the_sign_of_our_page(page: Page) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    fact = page.fact(source)
    for path in (
        f"/fact/{source}/{fact}/decide",
        f"/fact/{source}/{fact}/correct",
        f"/fact/{source}/{fact}/together",
        f"/fact/{source}/{fact}/check",
        f"/new/{source}",
        f"/new/{source}/check",
        "/undo",
        "/settings",
    ):
        for form in ({}, {"sign": "0" * 64}, {"sign": "é"}):
            assert page.client.post(path, data={"action": "accept", **form}).status_code == 403, path
    elsewhere = {"origin": "http://evil.example"}
    signed = {"sign": page.desk.keys.form, "action": "accept"}
    assert page.client.post(f"/fact/{source}/{fact}/decide", data=signed, headers=elsewhere).status_code == 403
    site = {"sec-fetch-site": "cross-site"}
    assert page.client.post(f"/fact/{source}/{fact}/decide", data=signed, headers=site).status_code == 403
    assert page.get(f"/fact/{source}/{fact}/decide").status_code == 404
    assert page.state(source, fact) is None


def test_pages_hold_no_script_and_no_style_of_their_own(page: Page) -> None:
    put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    for path in ("/", "/queue", "/picture", "/audit", "/out"):
        answer = page.get(path)
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        html = answer.text
        assert "<script>" not in html
        assert "<style" not in html
        assert " style=" not in html
        assert " onclick=" not in html
        assert "http://" not in html.replace("http://www.w3.org", "")
        assert "https://" not in html


def test_a_form_has_an_end(page: Page) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    fact = page.fact(source)
    assert page.post(f"/fact/{source}/{fact}/correct", company="x" * 1_100_000).status_code == 413
    many = {f"place.{n}": "" for n in range(600)}
    assert page.post(f"/fact/{source}/{fact}/correct", **many).status_code == 413


def test_only_this_machine_unless_told(store: Store) -> None:
    done = CliRunner().invoke(review, ["--store", str(store.path), "--host", "0.0.0.0", "--no-browser"])
    assert done.exit_code == 2
    assert "--allow-remote" in done.output
    missing = CliRunner().invoke(review, ["--store", str(store.path.with_name("none.db")), "--no-browser"])
    assert missing.exit_code == 2
    assert "none.db" in missing.output


def test_without_the_extra_one_line(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    real: Callable[..., object] = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name in ("starlette", "uvicorn"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    done = CliRunner().invoke(review, ["--store", str(store.path)])
    assert done.exit_code == 2
    assert "releve[review]" in done.output
    assert done.output.count("\n") == 1
