"""Coverage-guided fuzzing of the readers and of the rule loader: `make soak`, or `python -m benchmarks.fuzz --minutes 30`.

libFuzzer, by atheris (the dependency group `fuzz`), mutates inputs and keeps those that reach new branches of our own
code, or of what it reads mails, feeds and TOML with. It begins with the inputs of tests/data/fuzz, which the tests
replay. An input for which something does not hold (`benchmarks.fuzz_targets`), or that takes longer than TIMEOUT or
more than MEMORY, is written to the folder of findings, told with its traceback, and makes the status 1. With --keep,
what was reached beyond the kept inputs is added to them, made as few as they can be.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "tests" / "data" / "fuzz"
TARGETS = ("readers", "rules")
TIMEOUT = 20  # seconds for one input
MEMORY = 2048  # MB of the process
LENGTH = 4096  # bytes of an input
INSTRUMENTED = ["pipeline", "rules", "tomllib", "email", "feedparser"]
MOST = 10  # failures after which a target is left
_DONE = re.compile(r"^#(\d+)\s+(?:INITED|NEW|REDUCE|pulse|DONE)\s+cov: (\d+) ft: \d+ corp: (\d+)", re.MULTILINE)


def start(target: str, *options: str) -> subprocess.Popen[str]:
    """A fuzzer in a process of its own: libFuzzer ends the one it runs in."""
    command = [sys.executable, "-m", "benchmarks.fuzz", "--inside", target, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        text=True,
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def fuzz(target: str, seconds: float, found: Path, findings: Path) -> int:
    """One target for so long; how many inputs failed. New inputs go to `found`, those that fail to `findings`."""
    begun, failed, inputs = time.monotonic(), 0, 0
    marks: list[tuple[str, str, str]] = []
    with (findings / f"{target}.log").open("w", encoding="utf-8") as log:
        while failed < MOST and (left := int(seconds - (time.monotonic() - begun))) > 0:
            limits = [f"-max_total_time={left}", f"-timeout={TIMEOUT}", f"-rss_limit_mb={MEMORY}", f"-max_len={LENGTH}"]
            run = start(target, *limits, f"-artifact_prefix={findings}/{target}-", str(found), str(KEPT / target))
            said, _ = run.communicate()
            log.write(said)
            lap = _DONE.findall(said)
            marks += lap
            inputs += int(lap[-1][0]) if lap else 0
            if run.returncode:
                failed += 1
                click.echo(f"{target}: does not hold:\n" + "\n".join(_told(said)))
                if not lap:
                    break  # not an input's fault
    if marks:
        first, last = marks[0], marks[-1]
        click.echo(
            f"{target}: {inputs:,} inputs in {time.monotonic() - begun:.0f} s; {last[1]} branches reached, {first[1]} of"
            f" them by the kept inputs; {last[2]} inputs that differ in what they reach; {failed} did not hold"
        )
    return failed


def _told(log: str) -> list[str]:
    """What a log says of a failure, without its progress."""
    return [line for line in log.splitlines() if line.strip() and not re.match(r"#\d|INFO|stat::", line)][-40:]


def keep(target: str, found: Path) -> None:
    """The kept inputs and the new ones, made as few as reach the same branches."""
    kept = KEPT / target
    with tempfile.TemporaryDirectory(prefix="releve-fuzz-") as merged:
        run = start(target, "-merge=1", f"-max_len={LENGTH}", f"-timeout={TIMEOUT}", merged, str(kept), str(found))
        run.communicate()
        if run.returncode or not any(Path(merged).iterdir()):
            raise click.ClickException(f"{target}: the inputs could not be merged")
        for old in kept.iterdir():
            old.unlink()
        for new in sorted(Path(merged).iterdir()):
            (kept / new.name[:16]).write_bytes(new.read_bytes())
    files = list(kept.iterdir())
    click.echo(f"{target}: {len(files)} inputs kept, {sum(f.stat().st_size for f in files) / 1e3:.0f} kB")


def inside(target: str, options: list[str]) -> None:
    """Runs libFuzzer in this process, which does not come back."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from benchmarks.fuzz_targets import TARGETS as CHECKS

    CHECKS[target](b"\0Exemple SA")  # what is loaded at the first input is not that input's time
    again = f"{sys.executable} -m benchmarks.fuzz --inside {target}"  # what libFuzzer merges with runs this once more
    atheris.Setup([again, *options], CHECKS[target])
    atheris.Fuzz()


@click.command(help=__doc__)
@click.option("--minutes", default=30.0, show_default=True, help="For all targets together.")
@click.option("--target", "targets", multiple=True, type=click.Choice(TARGETS), default=TARGETS, show_default=True)
@click.option("--keep", "keeping", is_flag=True, help="Add what is new to the kept inputs.")
@click.option("--findings", default=ROOT / "out" / "fuzz", type=click.Path(path_type=Path), show_default=True)
def main(minutes: float, targets: tuple[str, ...], keeping: bool, findings: Path) -> None:
    findings.mkdir(parents=True, exist_ok=True)
    failed = 0
    for target in targets:
        with tempfile.TemporaryDirectory(prefix="releve-fuzz-") as folder:
            found = Path(folder)
            failed += fuzz(target, 60 * minutes / len(targets), found, findings)
            if keeping:
                keep(target, found)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], sys.argv[3:])
    else:
        main()
