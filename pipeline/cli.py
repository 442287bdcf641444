"""The command line, thin: what people type, to calls of the engine, and errors to one line and a status.

Nothing heavy is imported before a command needs it: `--help` and `schema` load no model.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pipeline.cli_desk import COMMANDS
from pipeline.review.command import review
from pipeline.shell import INTERRUPTED, OK, SAY, SOME_REFUSED, Fail
from pipeline.shell import Day as _Day
from pipeline.shell import engine_errors as _engine_errors
from pipeline.shell import reason as _reason
from pipeline.shell import words as _words
from rules.messages import LANGUAGES

if TYPE_CHECKING:
    from pipeline.records import Release
    from pipeline.sinks import Sink


@click.group(help=SAY("help.main"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="releve", message="%(prog)s %(version)s")
@click.option("--lang", type=click.Choice(LANGUAGES), default=SAY.language, help=SAY("help.lang"))
def main(lang: str) -> None:
    os.environ.setdefault(
        "OMP_NUM_THREADS", "1"
    )  # the products of matrices are small; more processes serve, not threads


for _command in (*COMMANDS, review):
    main.add_command(_command)


@main.command(help=SAY("help.extract"))
@click.argument("paths", nargs=-1, required=True, metavar=SAY("help.metavar_paths"))
@click.option("-o", "--output", type=click.Path(path_type=Path), help=SAY("help.extract_output"))
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "csv-excel", "parquet", "sqlite"]),
    default="jsonl",
    help=SAY("help.extract_format"),
)
@click.option("--published", type=_Day(), help=SAY("help.extract_published"))
@click.option("--workers", type=click.IntRange(min=1), default=1, help=SAY("help.extract_workers"))
def extract(
    paths: Sequence[str], output: Path | None, form: str, published: datetime.date | None, workers: int
) -> None:
    from pipeline.sinks import MissingExtra, NotOurs, needs_file, open_sink

    if output is None and needs_file(form):
        raise Fail(SAY("error.output_needed", format=form))
    try:
        _write(paths, output, published, workers, lambda: open_sink(form, output, sys.stdout.buffer, _flat_rows()))
    except MissingExtra as error:
        raise Fail(SAY("error.extra", extra=error)) from error
    except NotOurs as error:
        raise Fail(SAY("error.output_not_ours", path=error)) from error


def _write(
    paths: Sequence[str],
    output: Path | None,
    published: datetime.date | None,
    workers: int,
    opened: Callable[[], AbstractContextManager[Sink]],
) -> NoReturn:
    """Every source into a sink, and the status; refusals go to standard error, and to a sink that takes them."""
    from pipeline.readers.refusal import Refusal
    from pipeline.run import find_sources, run
    from pipeline.sinks.report import ReportSink

    if output is not None and output.is_dir():
        raise Fail(SAY("error.output_folder", path=output))
    sources = (s for s in find_sources(paths, sys.stdin.buffer.read) if not _is(s.path, output))
    read = refused = 0
    try:
        with _engine_errors(), opened() as sink:
            for outcome in run(sources, published, workers):
                if isinstance(outcome, Refusal):
                    refused += 1
                    click.echo(f"releve: {_words(outcome)}", err=True)
                    if isinstance(sink, ReportSink):
                        sink.refuse(outcome, _reason(outcome))
                else:
                    read += 1
                    sink.write(outcome)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(OK)
    except OSError as error:
        raise Fail(SAY("error.output", path=output or "-", reason=error.strerror or error), SOME_REFUSED) from error
    except KeyboardInterrupt:
        raise Fail(SAY("error.interrupted"), INTERRUPTED) from None
    if not read and not refused:
        raise Fail(SAY("error.nothing", paths=" ".join(paths)), SOME_REFUSED)
    sys.exit(SOME_REFUSED if refused else OK)


def _is(source: Path | None, output: Path | None) -> bool:
    """Whether a source is the very file that is being written, as when a page is made inside the folder it shows."""
    try:
        return source is not None and output is not None and source.samefile(output)
    except (OSError, ValueError):
        return False


def _flat_rows() -> Any:
    from pipeline.sinks import CompanyKeys, FlatRows
    from rules import gazetteers, load

    return FlatRows(CompanyKeys(load()), gazetteers.Areas.load())


@main.command(help=SAY("help.report"))
@click.argument("paths", nargs=-1, required=True, metavar=SAY("help.metavar_paths"))
@click.option("-o", "--output", type=click.Path(path_type=Path), help=SAY("help.extract_output"))
@click.option("--published", type=_Day(), help=SAY("help.extract_published"))
@click.option("--workers", type=click.IntRange(min=1), default=1, help=SAY("help.extract_workers"))
def report(paths: Sequence[str], output: Path | None, published: datetime.date | None, workers: int) -> None:
    from pipeline.sinks.report import open_report

    _write(paths, output, published, workers, lambda: open_report(output, sys.stdout.buffer, SAY))


@main.command(help=SAY("help.schema"))
def schema() -> None:
    from pipeline.records import json_schema

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=1))


@main.command(help=SAY("help.show"))
@click.argument("path", metavar=SAY("help.metavar_path"))
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), help=SAY("help.show_json"))
@click.option("--published", type=_Day(), help=SAY("help.extract_published"))
def show(path: str, out: Path | None, published: datetime.date | None) -> None:
    from pipeline.sinks.terminal import facts_table

    release = _one(path, published)
    click.echo(facts_table(release, SAY))
    if out is not None:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(release.to_json() + "\n", encoding="utf-8")
        except OSError as error:
            raise Fail(SAY("error.output", path=out, reason=error.strerror or error)) from error
        click.echo(SAY("show.json", path=out))


@main.command(help=SAY("help.explain"))
@click.argument("path", metavar=SAY("help.metavar_path"))
@click.option("--json", "as_json", is_flag=True, help=SAY("help.explain_json"))
@click.option("--published", type=_Day(), help=SAY("help.extract_published"))
def explain(path: str, as_json: bool, published: datetime.date | None) -> None:
    from pipeline.readers.refusal import Refusal
    from pipeline.relate import load_confidence
    from pipeline.run import find_sources, run
    from pipeline.sinks.explain import Explainer
    from pipeline.sinks.origins import Origins
    from rules import load

    refused: list[Refusal] = []
    read = 0
    with _engine_errors():
        explainer = Explainer(Origins(load()), load_confidence(), SAY)
        for outcome in run(find_sources([path], sys.stdin.buffer.read), published):
            if isinstance(outcome, Refusal):
                refused.append(outcome)
                continue
            if read and not as_json:
                click.echo()
            read += 1
            click.echo(explainer.json(outcome) if as_json else explainer.text(outcome))
    if not read and not refused:
        raise Fail(SAY("error.nothing", paths=path), SOME_REFUSED)
    for refusal in refused:
        click.echo(f"releve: {_words(refusal)}", err=True)
    sys.exit(SOME_REFUSED if refused else OK)


def _one(path: str, published: datetime.date | None) -> Release:
    """The record of one source, or its refusal as an error."""
    from pipeline.readers.refusal import Refusal
    from pipeline.run import find_sources, run

    with _engine_errors():
        outcome = next(run(find_sources([path], sys.stdin.buffer.read), published), None)
    if outcome is None:
        raise Fail(SAY("error.nothing", paths=path), SOME_REFUSED)
    if isinstance(outcome, Refusal):
        raise Fail(_words(outcome), SOME_REFUSED)
    return outcome


@main.command(help=SAY("help.evaluate"))
@click.argument("folder", type=click.Path(path_type=Path), metavar=SAY("help.metavar_folder"))
@click.option("--split", help=SAY("help.evaluate_split"))
@click.option("--json", "as_json", is_flag=True, help=SAY("help.evaluate_json"))
@click.option("--errors", metavar=SAY("help.metavar_kind"), help=SAY("help.evaluate_errors"))
@click.option("--compare", type=click.Path(path_type=Path, exists=True), help=SAY("help.evaluate_compare"))
@click.option("--fail-under", multiple=True, metavar="KIND=F1", help=SAY("help.evaluate_fail_under"))
def evaluate(
    folder: Path, split: str | None, as_json: bool, errors: str | None, compare: Path | None, fail_under: Sequence[str]
) -> None:
    from pipeline.corpus import CorpusError
    from pipeline.evaluate import evaluate_folder, floors, read_earlier, through_engine

    if not folder.is_dir():
        raise Fail(SAY("error.folder_missing", path=folder))
    try:
        wanted = floors(fail_under)
        earlier = read_earlier(compare) if compare is not None else None
        with _engine_errors():
            scores = evaluate_folder(folder, split, through_engine)
        below = scores.below(wanted)
        listed = scores.listing(errors) if errors else []
    except (CorpusError, ValueError) as error:
        raise Fail(SAY("error.usage", reason=error)) from error
    if as_json:
        click.echo(scores.to_json())
    elif errors:
        for line in listed:
            click.echo(line)
    else:
        click.echo(scores.table())
    if earlier is not None:
        click.echo(scores.compare(earlier), err=as_json)  # the JSON stays JSON
    for line in below:
        click.echo(f"releve: {line}", err=True)
    sys.exit(SOME_REFUSED if below or scores.broken else OK)
