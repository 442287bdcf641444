"""The desk's guide does what it says: its Python runs, its commands and options exist, its columns are there."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.desk.export import export
from pipeline.store import Reading, Store, ledger
from pipeline.store.reading import FACT_COLUMNS
from tests.store.conftest import told

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
LINES = re.findall(r"^\$ releve (.*?)(?: +#.*)?$", GUIDE, re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "releves.db", create=True) as store:
        for name, millions in (("a.txt", 40), ("b.txt", 42), ("c.txt", 90)):
            record = told(name, ("Evroc", "investit", millions, "Mougins"), ("Umami", "investit", 3, "Lyon"))
            ledger.write(store, Reading(name, record.source.sha256, [record]), "e1")
        export(store, "csv", tmp_path / "facts.csv", io.BytesIO())
    return tmp_path


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_its_python_runs(desk: Path, number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[number]], cwd=desk, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_its_commands_and_options_exist() -> None:
    assert len(LINES) > 10
    for line in LINES:
        name, *words = line.split()
        known = {option for parameter in main.commands[name].params for option in parameter.opts}
        asked = {word for word in words if word.startswith("-")}
        assert asked <= known, line


def test_its_columns_are_those_of_an_export() -> None:
    told = re.findall(r"^\| (`.*?) \|", GUIDE, re.MULTILINE)
    columns = [name for cell in told for name in re.findall(r"`(\w+)`", cell)]
    assert columns == list(FACT_COLUMNS)[-8:]
