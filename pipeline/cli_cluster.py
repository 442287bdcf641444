"""What the desk's commands do with a cluster and with its folder of parts, thin; errors to one line and a status."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.shell import (
    INTERRUPTED,
    SAY,
    SOME_REFUSED,
    Fail,
    end_as_interrupted,
    engine_errors,
    progress_of,
    status,
    tell,
)

if TYPE_CHECKING:
    from pipeline.cluster.intake import Export
    from pipeline.cluster.parts import Parts
    from pipeline.desk.batch import Tally, Watcher
    from pipeline.store import Store


def batch(
    paths: Sequence[str], place: str, cluster: str, *, workers: int, size: int, limit: float, strict: bool
) -> NoReturn:
    """`releve batch --cluster`: sources into a folder of parts, by the workers of a scheduler."""
    with _folder(place) as parts:
        from pipeline.cluster.driver import ClusterError, OtherInputsError, Outcome, connected, run_cluster
        from pipeline.version import engine_version

        if "-" in paths:
            raise Fail(SAY("error.cluster_stdin"))
        end_as_interrupted()
        outcome = Outcome()
        try:
            with engine_errors(), connected(cluster, workers) as client:
                progress = progress_of(lambda: None)
                try:
                    run_cluster(
                        client, paths, parts, engine_version(), progress, size=size, limit=limit, outcome=outcome
                    )
                finally:
                    progress.close()
                    tell(outcome.tally, progress.seconds())
        except OtherInputsError as error:
            raise Fail(SAY("error.other_inputs", path=place, inputs=error)) from error
        except ClusterError as error:
            said = SAY(f"error.cluster_{error.code}", address=cluster, reason=error.detail)
            raise Fail(said, SOME_REFUSED) from error
        except KeyboardInterrupt:
            raise Fail(SAY("error.interrupted"), INTERRUPTED) from None
    if not outcome.planned:
        raise Fail(SAY("error.nothing", paths=" ".join(paths)), SOME_REFUSED)
    click.echo(SAY("desk.checked", n=outcome.planned, out=outcome.counts.sources, parts=outcome.parts), err=True)
    sys.exit(status(outcome.tally, strict) if outcome.whole else SOME_REFUSED)


def take_in(store: Store, place: str, watcher: Watcher, tally: Tally) -> None:
    """The outcomes of a folder of parts into a ledger."""
    with _folder(place) as parts:
        from pipeline.cluster.intake import take_in as take

        take(store, parts, watcher, tally)


@contextmanager
def exported(place: str) -> Iterator[Export]:
    """What an export asks, of a folder of parts; there is one, or an error."""
    with _folder(place) as parts:
        from pipeline.cluster.intake import Export

        if parts.manifest() is None:
            raise Fail(SAY("error.store_missing", path=place))
        yield Export(parts)


@contextmanager
def _folder(place: str) -> Iterator[Parts]:
    """A folder of parts, and what can go wrong with it or its libraries, in one line."""
    from pipeline.sinks import MissingExtra

    try:
        from pipeline.cluster.parts import Parts

        parts = Parts(place)
    except MissingExtra as error:
        raise Fail(SAY("error.extra", extra=error)) from error
    except (ImportError, ValueError) as error:  # an address that fsspec does not know, or lacks a library for
        raise Fail(SAY("error.input", path=place, reason=error)) from error
    try:
        yield parts
    except MissingExtra as error:
        raise Fail(SAY("error.extra", extra=error)) from error
    except OSError as error:
        raise Fail(SAY("error.output", path=place, reason=error.strerror or error), SOME_REFUSED) from error
