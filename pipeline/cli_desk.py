"""The commands of the batch desk, thin: batch, watch, retry, stats, export, import."""

from __future__ import annotations

import datetime
import getpass
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from pipeline.shell import (
    INTERRUPTED,
    OK,
    SAY,
    SOME_REFUSED,
    Day,
    Fail,
    end_as_interrupted,
    progress_of,
    status,
    tell,
)
from rules.messages import LANGUAGES, Messages

if TYPE_CHECKING:
    from pipeline.cluster.intake import Export
    from pipeline.desk.feeds import Round
    from pipeline.store import Store

Command = Callable[..., Any]


def _store_option(command: Command) -> Command:
    return click.option(
        "--store", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, help=SAY("help.store")
    )(command)


def _place_option(command: Command) -> Command:
    """A store, or the folder of a cluster's run: a path or an address."""
    return click.option("--store", "place", required=True, help=SAY("help.place"))(command)


def _run_options(command: Command) -> Command:
    """The options of what extracts."""
    for option in (
        click.option("--strict", is_flag=True, help=SAY("help.strict")),
        click.option("--timeout", type=click.FloatRange(min=1), default=120.0, help=SAY("help.timeout")),
        click.option("--workers", type=click.IntRange(min=1), default=1, help=SAY("help.extract_workers")),
    ):
        command = option(command)
    return command


def holds_parts(place: str) -> bool:
    """Whether this is the folder of a cluster's run; looked at without the extra's libraries."""
    try:
        form = json.loads((Path(place) / "manifest.json").read_bytes())["form"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return str(form).startswith("releve-parts/")


@contextmanager
def _held(place: str, chosen: bool) -> Iterator[Store | Export]:
    """A store, or the parts of a cluster's run, in which nothing can be `chosen` by review or day."""
    if not (holds_parts(place) or "://" in place):
        with _opened(Path(place)) as store:
            yield store
        return
    from pipeline.cli_cluster import exported

    if chosen:
        raise Fail(SAY("error.parts_undecided", path=place))
    with exported(place) as parts:
        yield parts


@contextmanager
def _opened(path: Path, create: bool = False) -> Iterator[Store]:
    """A store, and everything that can go wrong with it or with the processes, in one line each."""
    from pipeline.store import Store, StoreError
    from pipeline.workers import WorkersError
    from rules import RuleError

    try:
        with Store.open(path, create=create) as store:
            yield store
    except StoreError as error:
        raise Fail(SAY(f"error.store_{error.code}", path=error.path, reason=error.detail)) from error
    except sqlite3.Error as error:
        raise Fail(SAY("error.store_unusable", path=path, reason=error), SOME_REFUSED) from error
    except (RuleError, WorkersError) as error:
        raise Fail(SAY("error.engine", reason=error)) from error
    except KeyboardInterrupt:
        raise Fail(SAY("error.interrupted"), INTERRUPTED) from None
    except ValueError as error:
        from pipeline.language import ModelError  # by now the model has been asked for, or never is

        if isinstance(error, ModelError):
            raise Fail(SAY("error.engine", reason=error)) from error
        raise


@click.command(help=SAY("help.batch"))
@click.argument("paths", nargs=-1, required=True, metavar=SAY("help.metavar_paths"))
@click.option("--cluster", metavar=SAY("help.metavar_cluster"), help=SAY("help.cluster"))
@click.option("--shard", type=click.IntRange(min=1), default=500, show_default=True, help=SAY("help.shard"))
@_run_options
@_place_option
def batch(
    paths: Sequence[str], place: str, workers: int, timeout: float, strict: bool, cluster: str | None, shard: int
) -> None:
    from functools import cache

    from pipeline.run import find_sources

    if cluster is not None:
        from pipeline.cli_cluster import batch as spread

        spread(paths, place, cluster, workers=workers, size=shard, limit=timeout, strict=strict)
    if Path(place).is_dir():
        raise Fail(SAY("error.output_folder", path=place))
    stdin = cache(sys.stdin.buffer.read)
    folders = [path for path in paths if holds_parts(path)]
    rest = [path for path in paths if path not in folders]
    _run(Path(place), workers, timeout, strict, lambda _: find_sources(rest, stdin), folders, again=False)


@click.command(help=SAY("help.retry"))
@click.option("--code", "codes", multiple=True, metavar="CODE", help=SAY("help.retry_code"))
@click.option("--allow-private", is_flag=True, help=SAY("help.allow_private"))
@_run_options
@_store_option
def retry(path: Path, workers: int, timeout: float, strict: bool, codes: Sequence[str], allow_private: bool) -> None:
    from pipeline.desk.fetch import Client
    from pipeline.desk.watch import refused_sources

    client = Client(private=allow_private)
    _run(path, workers, timeout, strict, lambda store: refused_sources(store, client, codes), again=True)


def _run(
    path: Path,
    workers: int,
    timeout: float,
    strict: bool,
    sources: Callable[[Store], Iterator[Any]],
    folders: Sequence[str] = (),
    *,
    again: bool,
) -> None:
    from pipeline.desk.batch import Tally, run_batch
    from pipeline.version import engine_version

    end_as_interrupted()
    tally = Tally()
    with _opened(path, create=not again) as store:
        progress = progress_of(lambda: sum(1 for _ in sources(store)) if not again else None)
        try:
            for folder in folders:  # what a cluster has read
                from pipeline.cli_cluster import take_in

                take_in(store, folder, progress, tally)
            run_batch(
                store,
                sources(store),
                engine_version(),
                progress,
                workers=workers,
                limit=timeout,
                again=again,
                tally=tally,
            )
        finally:
            progress.close()
            tell(tally, progress.seconds())
    sys.exit(status(tally, strict))


@click.command(help=SAY("help.watch"))
@click.argument("places", nargs=-1, required=True, metavar=SAY("help.metavar_places"))
@click.option("--every", type=click.FloatRange(min=1), default=900.0, metavar="SECONDS", help=SAY("help.every"))
@click.option("--once", is_flag=True, help=SAY("help.once"))
@click.option("--allow-private", is_flag=True, help=SAY("help.allow_private"))
@_run_options
@_store_option
def watch(
    places: Sequence[str],
    path: Path,
    workers: int,
    timeout: float,
    strict: bool,
    every: float,
    once: bool,
    allow_private: bool,
) -> None:
    from pipeline.desk.fetch import Client
    from pipeline.desk.watch import watch_round
    from pipeline.version import engine_version

    end_as_interrupted()
    client = Client(private=allow_private)
    with _opened(path, create=True) as store:
        while True:
            progress = progress_of(lambda: None)
            try:
                tally, rounds = watch_round(
                    store, places, client, engine_version(), progress, every=every, workers=workers, limit=timeout
                )
            finally:
                progress.close()
            trouble = [_feed_line(done) for done in rounds if done.trouble or done.waits or done.left]
            for line in trouble:
                click.echo(f"releve: {line}", err=True)
            if once or tally.new or tally.changed or tally.refused:
                tell(tally, progress.seconds())
            if once:
                failed = any(done.trouble for done in rounds)
                sys.exit(SOME_REFUSED if failed else status(tally, strict))
            time.sleep(every)


def _feed_line(done: Round) -> str:
    if done.trouble is not None:
        error = done.trouble
        return SAY("desk.feed_trouble", url=done.url, reason=SAY(f"fetch.{error.code}", detail=error.detail))
    if done.waits is not None:
        return SAY("desk.feed_waits", url=done.url, until=done.waits)
    return SAY("desk.feed_left", url=done.url, n=done.left)


@click.command(help=SAY("help.stats"))
@click.option("--json", "as_json", is_flag=True, help=SAY("help.evaluate_json"))
@_store_option
def stats(path: Path, as_json: bool) -> None:
    from pipeline.desk.progress import reason
    from pipeline.store import events, reading

    with _opened(path) as store:
        events.refresh(store)
        counts = reading.stats(store)
    if as_json:
        told = asdict(counts) | {"states": {state or "unseen": n for state, n in counts.states.items()}}
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    click.echo(SAY("stats.sources", n=counts.sources))
    for outcome, n in sorted(counts.outcomes.items()):
        click.echo("  " + SAY(f"stats.{outcome}", n=n))
    for code, n in counts.reasons.items():
        click.echo(f"      {n:>5}  {reason(code, SAY)}")
    click.echo(SAY("stats.facts", n=counts.facts, firms=counts.firms, events=counts.events))
    click.echo("  " + SAY("stats.told_twice", n=counts.told_twice, differ=counts.disagreeing))
    reviewed = sum(n for state, n in counts.states.items() if state)
    click.echo("  " + SAY("stats.reviewed", n=reviewed, look=counts.look))
    for engine, n in counts.engines.items():
        click.echo("  " + SAY("stats.engine", n=n, engine=engine))
    for day, n in counts.days.items():
        click.echo("  " + SAY("stats.day", n=n, day=day))


@click.command(help=SAY("help.export"))
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "csv-excel", "parquet", "sqlite", "datapackage"]),
    default="csv",
    help=SAY("help.export_format"),
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help=SAY("help.export_output"))
@click.option("--reviewed", is_flag=True, help=SAY("help.export_reviewed"))
@click.option("--since", type=Day(), help=SAY("help.export_since"))
@click.option("--companies", type=click.Path(path_type=Path, dir_okay=False), help=SAY("help.export_companies"))
@click.option("--no-mentions", is_flag=True, help=SAY("help.export_no_mentions"))
@_place_option
def export(
    place: str,
    form: str,
    output: Path | None,
    reviewed: bool,
    since: datetime.date | None,
    companies: Path | None,
    no_mentions: bool,
) -> None:
    from pipeline.desk.export import Firms, ListError, write
    from pipeline.desk.export import export as write_store
    from pipeline.sinks import MissingExtra, NotOurs
    from pipeline.store import Store

    if output is None and form in ("parquet", "sqlite", "datapackage"):
        raise Fail(SAY("error.output_needed", format=form))
    if output is not None and output.is_dir() and form != "datapackage":
        raise Fail(SAY("error.output_folder", path=output))
    with _held(place, reviewed or since is not None) as held:
        try:
            firms = Firms.read(_bytes(companies), held) if companies is not None else None
            if isinstance(held, Store):
                counts = write_store(
                    held,
                    form,
                    output,
                    sys.stdout.buffer,
                    reviewed=reviewed,
                    since=since,
                    firms=firms,
                    mentions=not no_mentions,
                )
            else:
                found = None if no_mentions else held.mentions()
                counts = write(form, output, sys.stdout.buffer, held.facts(), found, firms)
        except ListError as error:
            raise Fail(SAY(f"error.table_{error.code}", path=companies, detail=error.detail)) from error
        except MissingExtra as error:
            raise Fail(SAY("error.extra", extra=error)) from error
        except NotOurs as error:
            raise Fail(SAY("error.output_not_ours", path=error)) from error
        except BrokenPipeError:  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(OK)
        except OSError as error:
            raise Fail(SAY("error.output", path=output or "-", reason=error.strerror or error), SOME_REFUSED) from error
    for name, n in counts.items():
        click.echo(SAY(f"export.{name}", n=n), err=True)
    if firms is not None:
        missed = firms.missed()
        click.echo(SAY("export.matched", n=len(firms.met), total=len(firms.by_key), missed=len(missed)), err=True)
        for name in firms.doubled[:10]:
            click.echo("  " + SAY("export.doubled", name=name), err=True)
        for name in missed[:10]:
            click.echo("  " + SAY("export.missed", name=name), err=True)
        if len(missed) > 10:
            click.echo("  " + SAY("show.and_more", n=len(missed) - 10), err=True)


@click.command("import", help=SAY("help.import"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar=SAY("help.metavar_file"))
@click.option("--by", "who", metavar=SAY("help.metavar_name"), help=SAY("help.import_by"))
@_store_option
def take_back(path: Path, file: Path, who: str | None) -> None:
    from pipeline.desk.corrections import take_back as take
    from pipeline.desk.export import ListError

    data = _bytes(file)
    with _opened(path) as store:
        try:
            taken = take(store, data, who or getpass.getuser(), _verdicts())
        except ListError as error:
            raise Fail(SAY(f"error.table_{error.code}", path=file, detail=error.detail)) from error
    for trouble in taken.troubles:
        said = SAY(f"import.{trouble.code}", detail=trouble.detail)
        click.echo("releve: " + SAY("import.line", path=file, line=trouble.line, reason=said), err=True)
    for action, n in sorted(taken.decisions.items()):
        click.echo(SAY(f"import.did_{action}", n=n), err=True)
    click.echo(SAY("import.unchanged", n=taken.unchanged), err=True)
    sys.exit(SOME_REFUSED if taken.troubles else OK)


def _verdicts() -> dict[str, Literal["accept", "reject"]]:
    """The words that accept or reject, in every language."""
    found: dict[str, Literal["accept", "reject"]] = {}
    for language in LANGUAGES:
        say = Messages.load(language)
        found |= dict.fromkeys(say("import.accepting").split(), "accept")
        found |= dict.fromkeys(say("import.rejecting").split(), "reject")
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Fail(SAY("error.input", path=path, reason=error.strerror or error)) from error


COMMANDS = (batch, watch, retry, stats, export, take_back)
