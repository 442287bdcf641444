"""How the cost of one release grows with its length: `python -m benchmarks.linear`.

For ordinary text and for each nasty kind, a text of each size goes both ways in: as bytes through the reader of plain
text, which makes the document, and as a str through the engine, which makes the record and its JSON. Of each the
exponent b of seconds = a · size^b is fitted by least squares over the sizes from 10 kB on (what is shorter tells what a
call costs), and beside it stands the exponent between the last two sizes, which an average over all of them may hide.
Seconds are of processor time, the least of some runs where a run is short. With --calls, calls of functions are counted
instead, which nothing else on the machine disturbs.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

import click

from benchmarks.bench import machine
from benchmarks.nasty import makers

SIZES = (1_000, 10_000, 100_000, 1_000_000, 5_000_000)
FITTED_FROM = 10_000
LIMIT = 1.1
COUNTED, TIMES = 4000, 4  # characters: so long that what looks some sentences around looks as far as it ever does
ENOUGH = 0.3  # seconds: as long as this is not reached, a short run is done again, and the least counts


@dataclass(frozen=True)
class Curve:
    """Seconds of one kind of text by its sizes."""

    sizes: Sequence[int]
    seconds: Sequence[float]

    @property
    def exponent(self) -> float:
        """Fitted by least squares on the logarithms."""
        points = [(math.log(n), math.log(s)) for n, s in zip(self.sizes, self.seconds, strict=True) if n >= FITTED_FROM]
        if len(points) < 2:
            return math.nan
        x, y = (sum(p[i] for p in points) / len(points) for i in (0, 1))
        return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)

    @property
    def last(self) -> float:
        """Between the last two sizes."""
        if len(self.seconds) < 2:
            return math.nan
        return math.log(self.seconds[-1] / self.seconds[-2]) / math.log(self.sizes[-1] / self.sizes[-2])


def seconds_of(run: Callable[[], None]) -> float:
    """The least processor time of one run, out of as many as are done in a moment."""
    least, spent = math.inf, 0.0
    while spent < ENOUGH:
        begun = time.process_time()
        run()
        took = max(time.process_time() - begun, 1e-7)
        least, spent = min(least, took), spent + took
    return least


def curve(make: Callable[[int], str], run: Callable[[str], None], sizes: Sequence[int], patience: float) -> Curve:
    """Sizes are left out from the one on that would take more seconds than `patience`, going by those before it."""
    seconds: list[float] = []
    for size in sizes:
        if len(seconds) > 1 and seconds[-1] ** 2 / seconds[-2] > patience:
            break
        text = make(size)
        seconds.append(seconds_of(lambda text=text: run(text)))  # type: ignore[misc]
    return Curve(sizes[: len(seconds)], seconds)


def calls(run: Callable[[], object]) -> int:
    """How many calls of functions, of Python's or of C's, are made: the same on any machine, whatever else it does."""
    count = 0

    def counted(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def count_calls(kinds: Mapping[str, Callable[[int], str]]) -> None:
    """The table of calls: most of what takes the square of a length makes one for each pair."""
    extract = runs()["extract"]
    click.echo(
        f"| kind of text | calls, {COUNTED:,} characters | calls, {TIMES * COUNTED:,} | exponent |\n|---|---:|---:|---:|"
    )
    for kind, make in kinds.items():
        text = make(TIMES * COUNTED)
        extract(text)  # what is remembered of words is remembered by then
        short, long = (calls(lambda part=part: extract(part)) for part in (text[:COUNTED], text))  # type: ignore[misc]
        click.echo(f"| {kind} | {short:,} | {long:,} | {math.log(long / short, TIMES):.2f} |")


def runs() -> dict[str, Callable[[str], None]]:
    """Both ways in, everything loaded."""
    from pipeline.engine import Engine
    from pipeline.readers import Layout, Readers, Refusal

    engine, readers = Engine.load(), Readers(Layout.load())

    def read(text: str) -> None:
        try:
            for _ in readers.documents(text.encode(), "text"):
                pass
        except Refusal:  # a text without a word: telling so has its cost, too
            pass

    def extract(text: str) -> None:
        engine.extract(text).to_json()

    return {"read": read, "extract": extract}


def table(curves: Mapping[tuple[str, str], Curve], sizes: Sequence[int]) -> str:
    heads = [f"{size // 1000} kB" if size < 10**6 else f"{size // 10**6} MB" for size in sizes]
    lines = [
        f"| kind of text | way | {' | '.join(heads)} | exponent | last |",
        f"|---|---|{'---:|' * (len(sizes) + 2)}",
    ]
    for (kind, way), one in curves.items():
        cells = [f"{s:.3g}" for s in one.seconds] + ["–"] * (len(sizes) - len(one.seconds))
        lines.append(f"| {kind} | {way} | {' | '.join(cells)} | {one.exponent:.2f} | {one.last:.2f} |")
    return "\n".join(lines)


@click.command(help=__doc__)
@click.option("--kind", "kinds", multiple=True, help="Only these kinds.")
@click.option("--way", "ways", multiple=True, type=click.Choice(["read", "extract"]), help="Only this way in.")
@click.option("--largest", default=SIZES[-1], show_default=True, help="The largest size, in characters.")
@click.option("--calls", "counting", is_flag=True, help="Count calls instead of seconds; quick.")
@click.option("--patience", default=900.0, show_default=True, help="Seconds of one run; a kind is given up beyond.")
def main(kinds: tuple[str, ...], ways: tuple[str, ...], largest: int, patience: float, counting: bool) -> None:
    known = makers()
    if unknown := set(kinds) - set(known):
        raise click.UsageError(f"no such kinds: {sorted(unknown)}; there are {sorted(known)}")
    if counting:
        return count_calls({kind: make for kind, make in known.items() if not kinds or kind in kinds})
    sizes = [size for size in SIZES if size <= largest]
    curves: dict[tuple[str, str], Curve] = {}
    for way, run in runs().items():
        run("Lundi 3 mars 2025, Exemple SA a ouvert à Lyon un atelier de 2 000 m², pour 3 millions d’euros.")
        for kind, make in known.items():
            if (not kinds or kind in kinds) and (not ways or way in ways):
                curves[kind, way] = one = curve(make, run, sizes, patience)
                click.echo(f"{kind}, {way}: {one.exponent:.2f}, {one.last:.2f}", err=True)
    click.echo(table(curves, sizes))
    steep = [f"{kind}, {way}" for (kind, way), c in curves.items() if max(c.exponent, c.last) > LIMIT]
    cut = [f"{kind}, {way}" for (kind, way), c in curves.items() if len(c.seconds) < len(sizes)]
    click.echo(
        f"\n{len(curves)} curves; above {LIMIT}: {', '.join(steep) or 'none'}; given up: {', '.join(cut) or 'none'}"
    )
    click.echo(machine())


if __name__ == "__main__":
    main()
