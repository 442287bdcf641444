"""What fuzzing has found worth keeping, replayed: nothing that was mended breaks again (benchmarks/fuzz.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fuzz_targets import ENVELOPES, TARGETS, read

KEPT = Path(__file__).parent / "data" / "fuzz"
LIMIT = 500_000  # bytes


@pytest.mark.parametrize("target", TARGETS)
def test_kept_inputs_hold(target: str) -> None:
    inputs = sorted((KEPT / target).iterdir())
    assert inputs
    for path in inputs:
        TARGETS[target](path.read_bytes())


def test_kept_inputs_are_small() -> None:
    assert sum(path.stat().st_size for path in KEPT.rglob("*") if path.is_file()) < LIMIT


def test_reading_them_twice_gives_the_same() -> None:
    for path in (KEPT / "readers").iterdir():
        data = path.read_bytes()
        assert list(read(data)) == list(read(data)), path.name


def test_every_envelope_is_used() -> None:
    used = {path.read_bytes()[0] % len(ENVELOPES) for path in (KEPT / "readers").iterdir()}
    assert used == set(range(len(ENVELOPES)))


@pytest.mark.parametrize(
    ("target", "data"),
    [
        ("rules", b'about="x"\n"a\\nb"=1\n[[rule]]\nid=1'),  # a key with a line break
        ("rules", b"a=" + b"[" * 2000),  # nested deeper than Python goes
        ("rules", b'about="x"\n[[rule]]\nid="a"\nclass="b"\nforms=["' + b"(" * 3000 + b'"]\nexamples=["x"]\ncounter_examples=["y"]'),
        ("rules", b'about="x"\n[[rule]]\nid="a"\nclass="cardinal"\nvalue="1x"\nforms=["x"]\nexamples=["x"]\ncounter_examples=["y"]'),
        ("readers", b"\0<p>Exemple SA&#1;<script>a</script> ouvre un site.</p>"),  # what lxml reads and does not write
        ("readers", b"\4" + b"a" * 10),
    ],
)  # fmt: skip
def test_what_fuzzing_found(target: str, data: bytes) -> None:
    TARGETS[target](data)
