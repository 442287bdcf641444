"""Listens on an address of this machine, and tells which."""

from __future__ import annotations

import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import uvicorn

from pipeline.review.app import make_app
from pipeline.review.call import Desk
from pipeline.review.security import TOKEN
from pipeline.review.words import places, reader
from pipeline.store import Store, events

PORT = 8765


def serve(desk: Desk, host: str, port: int | None, browser: bool, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; `tell` is called with the address once it can be opened.

    Without `port`, PORT, or any free one when it is taken. StoreError for the store, OSError for the address.
    """
    with Store.open(desk.path) as store:
        events.refresh(store)
        (since,) = store.connection.execute("SELECT coalesce(max(id), 0) FROM decision").fetchone()
    with _listening(host, port) as listening:
        number = listening.getsockname()[1]
        desk = replace(desk, since=since, cookie=f"releve_{number}")  # cookies do not tell ports apart
        app = make_app(desk, host)
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, proxy_headers=False)
        )
        shown = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, host)
        address = f"http://{f'[{shown}]' if ':' in shown else shown}:{number}/?{TOKEN}={desk.keys.token}"
        tell(address)
        threading.Thread(target=_warm, daemon=True).start()
        if browser:
            webbrowser.open(address)
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def _warm() -> None:
    """What the first correction would wait for."""
    reader()
    places()


def _listening(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for number in (port,) if port is not None else (PORT, 0):
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((host, number))
            made.listen(128)
        except OSError:
            made.close()
            if number == 0 or port is not None:
                raise
        else:
            return made
    raise OSError(f"{host}:{port}")
