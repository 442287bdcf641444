"""One release of any kind costs in proportion to its length: calls counted, not seconds.

`benchmarks.linear` measures seconds, up to 5 MB. Here every call of a function, of Python's or of C's, is counted while a
text is read and while one four times as long is; most of what takes the square of a length makes calls for each pair.
"""

from __future__ import annotations

import math

import pytest

from benchmarks.linear import COUNTED, LIMIT, TIMES, calls
from benchmarks.nasty import makers
from pipeline.engine import Engine

SPARE = 3000  # calls that a text may cost by chance: other words, another sentence
KINDS = makers()


@pytest.mark.parametrize("kind", KINDS)
def test_calls_grow_with_the_length(engine: Engine, kind: str) -> None:
    text = KINDS[kind](TIMES * COUNTED)
    engine.extract(text)  # what is remembered of words is remembered by then
    short, long = (calls(lambda part=part: engine.extract(part).to_json()) for part in (text[:COUNTED], text))
    exponent = math.log(long / short, TIMES)
    assert long <= short * TIMES**LIMIT + SPARE, f"{long} calls, {short} for a quarter: {exponent:.2f}"
