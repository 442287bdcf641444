"""Processes that die, hang, fail and lose their parent: each costs what it was on, and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.workers import Crew, Reason, WorkersError

ROOT = Path(__file__).parent.parent


def work(items: list[int]) -> list[int]:
    for item in items:
        if item == 13:
            os.kill(os.getpid(), signal.SIGKILL)
        if item == 17:
            signal.pause()
        if item == 99:
            raise ValueError("ninety-nine")
    return [item * item for item in items]


def make() -> Callable[[list[int]], list[int]]:
    return work


def make_nothing() -> Callable[[list[int]], list[int]]:
    os._exit(3)


def lost(item: int, reason: Reason) -> str:
    return f"{item} {reason}"


def crew(**more: object) -> Crew[int, object]:
    return Crew(make, lost, **{"workers": 2, "chunk": 4, "limit": 20.0, **more})  # type: ignore[arg-type]


def test_every_item_has_its_result_with_its_number() -> None:
    items = [5, 3, 8, 1, 1, 2, 9, 7, 4]
    found = sorted(crew().results(items))
    assert found == [(n, item, item * item) for n, item in enumerate(items)]


def test_a_death_costs_its_item_alone() -> None:
    items = [n for n in range(30) if n != 17]
    found = {item: result for _, item, result in crew().results(items)}
    assert found.pop(13) == "13 worker_died"
    assert found == {n: n * n for n in items if n != 13}


def test_a_hang_costs_its_item_alone_and_its_process_is_killed() -> None:
    items = range(15, 20)
    found = {item: result for _, item, result in crew(limit=0.5).results(items)}
    assert found.pop(17) == "17 timeout"
    assert found == {n: n * n for n in items if n != 17}
    assert not multiprocessing.active_children()


def test_what_the_work_raises_is_raised_here() -> None:
    with pytest.raises(ValueError, match="ninety-nine"):
        list(crew().results([1, 99]))
    assert not multiprocessing.active_children()


def test_processes_that_cannot_start_are_an_error_and_no_endless_loop() -> None:
    with pytest.raises(WorkersError):
        list(Crew(make_nothing, lost).results([1]))


def test_items_are_taken_as_they_are_worked_on() -> None:
    taken = []

    def items() -> Iterator[int]:
        for n in range(200, 1000):
            taken.append(n)
            yield n

    found = crew(chunk=2).results(items())
    next(found)
    assert len(taken) <= 8
    found.close()
    assert not multiprocessing.active_children()


def test_no_item_overtakes_a_slow_one_by_more_than_it_may() -> None:
    done = [item for _, item, _ in crew(chunk=1, ahead=6, limit=1.0).results([17, *range(20, 60)])]
    assert done.index(17) <= 6
    assert len(done) == 41


def make_pid() -> Callable[[list[int]], list[int]]:
    return lambda items: [os.getpid() for _ in items]


def test_processes_give_way_to_fresh_ones() -> None:
    done: Crew[int, int] = Crew(make_pid, lambda item, _: item, chunk=2, life=4)
    pids = [pid for _, _, pid in done.results(range(10))]
    assert len(set(pids)) == 3
    assert not multiprocessing.active_children()


def test_workers_leave_when_their_parent_is_killed() -> None:
    code = (
        "import multiprocessing, os, signal\nfrom tests.test_workers import crew\n"
        "for n, item, result in crew(workers=2, chunk=1, limit=99).results([1, 2, 17, 17]):\n"
        "    if n == 1:\n"
        "        print(*(p.pid for p in multiprocessing.active_children()), flush=True)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert len(children) == 2
    deadline = time.monotonic() + 20
    while any(alive(pid) for pid in children):
        assert time.monotonic() < deadline, children
        time.sleep(0.1)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
