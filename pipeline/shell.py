"""What every command needs: the language asked for, statuses, progress, and errors in one line."""

from __future__ import annotations

import datetime
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from rules.messages import LANGUAGES, Messages

if TYPE_CHECKING:
    from pipeline.desk.batch import Tally
    from pipeline.desk.progress import Progress
    from pipeline.readers.refusal import Refusal

OK, SOME_REFUSED, USAGE, INTERRUPTED = 0, 1, 2, 130


def _language() -> str:
    """The language asked for, before any option is read: help is told in it too."""
    given = sys.argv[sys.argv.index("--lang") + 1 : sys.argv.index("--lang") + 2] if "--lang" in sys.argv else []
    asked = (given or [os.environ.get("RELEVE_LANG", LANGUAGES[0])])[0]
    return asked if asked in LANGUAGES else LANGUAGES[0]


SAY = Messages.load(_language())


class Fail(click.ClickException):
    """One line on standard error, and a status."""

    def __init__(self, message: str, status: int = USAGE) -> None:
        super().__init__(message)
        self.status = status

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        return self.status

    def show(self, file: Any = None) -> None:
        click.echo(f"releve: {self.message}", err=True)


class Day(click.ParamType[datetime.date]):
    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        if isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(str(value))
        except ValueError:
            raise Fail(SAY("error.published", value=value)) from None


@contextmanager
def engine_errors() -> Iterator[None]:
    """What keeps the engine from starting, in one line."""
    from pipeline.language import ModelError
    from rules import RuleError

    try:
        yield
    except (ModelError, RuleError) as error:
        raise Fail(SAY("error.engine", reason=error)) from error


def words(refusal: Refusal) -> str:
    """A refusal in the reader's language: the file and the reason."""
    return SAY("error.refused", uri=refusal.uri, reason=reason(refusal))


def reason(refusal: Refusal) -> str:
    """Why a source was refused, in the reader's language."""
    detail = refusal.detail
    kind = SAY.get(f"refusal.kind.{detail}") or detail
    return SAY(f"refusal.{refusal.code}", detail=detail, kind=kind)


def end_as_interrupted() -> None:
    """Whoever ends the run with SIGTERM, as timers do, gets the end that Ctrl-C gives."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)


def progress_of(total: Callable[[], int | None]) -> Progress:
    """What shows a run on standard error; `total` is asked for only where a terminal shows it."""
    from pipeline.desk.progress import Progress

    return Progress(SAY, words, total() if sys.stderr.isatty() else None)


def tell(tally: Tally, seconds: float) -> None:
    """The summary of a run, on standard error."""
    from pipeline.desk.progress import summary

    for line in summary(tally, seconds, SAY):
        click.echo(line, err=True)


def status(tally: Tally, strict: bool) -> int:
    """The exit status of a run."""
    return SOME_REFUSED if tally.troubled or (strict and tally.refused) else OK
