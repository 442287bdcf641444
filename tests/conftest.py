"""One engine for all the tests of a run."""

from __future__ import annotations

import pytest

from pipeline.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine.load()
