"""Processes that share work, each with a worker made once; one that dies or hangs costs the item it was on.

Items are handed out in chunks. When a process dies, or a chunk takes longer than the limit, that process alone is
ended, and each item of its chunk is tried once more, alone. An item that ends its process, or is too slow, the second
time is given up.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Reason = Literal["worker_died", "timeout"]
Work: TypeAlias = Callable[[list[T]], list[R]]

LIMIT: Final = 120.0  # seconds for a chunk
_LOADING: Final = 600.0  # seconds for a process to load what it needs
_WATCH: Final = 1.0  # seconds between a worker's looks at whether its parent is there
LIFE: Final = 2000  # items after which a process gives way to a fresh one: what it has learned by heart goes with it
_STARTS: Final = 3  # processes in a row that may die before they are ready


class WorkersError(RuntimeError):
    """No process can be brought to work."""


class Crew(Generic[T, R]):
    """Some processes and the chunks they are on.

    `make` makes, in each process, what turns a list of items into a list of as many results; what it or its work
    raises is raised here. `lost` gives the result of an item that was given up. `ahead`: how many items may be done
    before one that is not. `life`: items after which a process gives way to a fresh one.
    """

    def __init__(
        self,
        make: Callable[[], Work[T, R]],
        lost: Callable[[T, Reason], R],
        *,
        workers: int = 1,
        chunk: int = 8,
        limit: float = LIMIT,
        ahead: int | None = None,
        life: int = LIFE,
    ) -> None:
        self._make, self._lost, self._life = make, lost, life
        self._workers, self._chunk, self._limit, self._ahead = workers, chunk, limit, ahead
        self._processes: list[_Process[T]] = []
        self._second: deque[tuple[int, T]] = deque()
        self._taken = 0
        self._false_starts = 0

    def results(self, items: Iterable[T]) -> Generator[tuple[int, T, R], None, None]:
        """(number, item, result) of every item, as they are done; items are taken only as fast as they are worked on.

        Closing the generator, or an exception in it, ends the processes.
        """
        numbered = enumerate(items)
        try:
            while True:
                self._hand_out(numbered)
                busy = [p for p in self._processes if p.chunk]
                if not busy:
                    return
                patience = max(0.0, min(p.deadline for p in busy) - time.monotonic())
                heard = wait([p.pipe for p in busy], patience)
                for process in busy:
                    if process.pipe in heard:
                        yield from self._hear(process)
                    elif time.monotonic() >= process.deadline:
                        yield from self._failed(process, "timeout")
        finally:
            for process in self._processes:
                process.end()
            self._processes.clear()

    def _hand_out(self, numbered: Iterator[tuple[int, T]]) -> None:
        while True:
            for process in [p for p in self._processes if p.done >= self._life and not p.chunk]:
                self._processes.remove(process)
                process.end()
            idle = next((p for p in self._processes if not p.chunk), None)
            if idle is None and len(self._processes) >= self._workers:
                return
            chunk, again = self._next(numbered)
            if not chunk:
                return
            if idle is None:
                idle = _Process(self._make)
                self._processes.append(idle)
            idle.give(chunk, again, self._limit)

    def _next(self, numbered: Iterator[tuple[int, T]]) -> tuple[list[tuple[int, T]], bool]:
        if self._second:
            return [self._second.popleft()], True
        if self._ahead is not None:
            under_way = [number for p in self._processes for number, _ in p.chunk]
            if under_way and self._taken - min(under_way) >= self._ahead:
                return [], False
        chunk = list(islice(numbered, self._chunk))
        self._taken += len(chunk)
        return chunk, False

    def _hear(self, process: _Process[T]) -> Iterator[tuple[int, T, R]]:
        try:
            kind, said = process.pipe.recv()
        except (EOFError, OSError):
            yield from self._failed(process, "worker_died")
            return
        if kind == "ready":
            self._false_starts = 0
            process.begin(self._limit)
            return
        chunk, process.chunk = process.chunk, []
        process.done += len(chunk)
        if kind == "raised":
            raise said
        for (number, item), result in zip(chunk, said, strict=True):
            yield number, item, result

    def _failed(self, process: _Process[T], reason: Reason) -> Iterator[tuple[int, T, R]]:
        self._processes.remove(process)
        process.end()
        if not process.ready:  # no item was begun
            self._false_starts += 1
            if self._false_starts >= _STARTS:
                raise WorkersError(f"{_STARTS} processes in a row ended while they loaded ({reason})")
            self._second.extend(process.chunk)
        elif process.again:
            ((number, item),) = process.chunk
            yield number, item, self._lost(item, reason)
        else:
            self._second.extend(process.chunk)


class _Process(Generic[T]):
    """One process, loading, idle or at work on a chunk."""

    def __init__(self, make: Callable[[], Work[T, Any]]) -> None:
        self.pipe: Connection
        self.pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_serve, args=(make, theirs, os.getpid()), daemon=True)
        self._process.start()
        theirs.close()
        self.ready = False
        self.again = False
        self.done = 0
        self.chunk: list[tuple[int, T]] = []
        self.deadline = time.monotonic() + _LOADING

    def give(self, chunk: list[tuple[int, T]], again: bool, limit: float) -> None:
        self.chunk, self.again = chunk, again
        if self.ready:
            self.deadline = time.monotonic() + limit
        with contextlib.suppress(OSError):  # it has died: the next look at its pipe says so
            self.pipe.send([item for _, item in chunk])

    def begin(self, limit: float) -> None:
        """It has loaded, and works on its first chunk."""
        self.ready = True
        self.deadline = time.monotonic() + limit

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(make: Callable[[], Work[Any, Any]], pipe: Connection, parent: int) -> None:
    """A worker's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers to Ctrl-C
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # several processes need one thread each
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    try:
        work = make()
        pipe.send(("ready", None))
        while True:
            pipe.send(("done", work(pipe.recv())))
    except (EOFError, BrokenPipeError):
        return
    except Exception as error:
        with contextlib.suppress(OSError):
            pipe.send(("raised", _portable(error)))


def _portable(error: Exception) -> Exception:
    """The error itself when it can travel between processes, else its words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return WorkersError(f"{type(error).__name__}: {error}")
    return error


def _leave_with(parent: int) -> None:
    """A worker whose parent was killed has nobody to work for."""
    while os.getppid() == parent:
        time.sleep(_WATCH)
    os._exit(1)
