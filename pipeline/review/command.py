"""`releve review`, thin."""

from __future__ import annotations

import getpass
import sqlite3
from pathlib import Path

import click

from pipeline.shell import OK, SAY, SOME_REFUSED, Fail


@click.command(help=SAY("help.review"))
@click.option("--store", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, help=SAY("help.store"))
@click.option("--port", type=click.IntRange(0, 65535), help=SAY("help.review_port"))
@click.option("--no-browser", is_flag=True, help=SAY("help.review_no_browser"))
@click.option("--by", "who", metavar=SAY("help.metavar_name"), help=SAY("help.review_by"))
@click.option("--host", default="127.0.0.1", help=SAY("help.review_host"))
@click.option("--allow-remote", is_flag=True, help=SAY("help.review_allow_remote"))
def review(path: Path, port: int | None, no_browser: bool, who: str | None, host: str, allow_remote: bool) -> None:
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError:
        raise Fail(SAY("error.extra", extra="review")) from None
    from pipeline.review.call import Desk
    from pipeline.review.security import is_loopback
    from pipeline.review.serve import serve
    from pipeline.store import StoreError

    if not is_loopback(host) and not allow_remote:
        raise Fail(SAY("error.remote", host=host))
    desk = Desk(path, who or getpass.getuser(), SAY.language)
    try:
        serve(desk, host, port, not no_browser, click.echo)
    except StoreError as error:
        raise Fail(SAY(f"error.store_{error.code}", path=error.path, reason=error.detail)) from error
    except sqlite3.Error as error:
        raise Fail(SAY("error.store_unusable", path=path, reason=error), SOME_REFUSED) from error
    except OSError as error:
        raise Fail(SAY("error.listen", host=host, port=port or 0, reason=error.strerror or error)) from error
    raise SystemExit(OK)
