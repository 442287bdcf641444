"""The guide to clusters does what it says: its Python runs, its commands and options exist, its columns are there."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.cli import main
from pipeline.cluster import arrow
from pipeline.engine import Engine
from pipeline.readers import Layout, Readers
from pipeline.run import Processor

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
ASKING, DUCKDB = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
LINES = re.findall(r"\$ +releve (.*?)(?: +#.*)?$", GUIDE, re.MULTILINE)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    rows = {
        "id": ["a", "b"],
        "texte": ["Evroc investit 4 millions d’euros à Mougins.", ""],
        "publie_le": [datetime.date(2024, 5, 1)] * 2,
    }
    pq.write_table(pa.table(rows), folder / "releases.parquet")
    return folder


def test_its_recipe_for_duckdb_and_its_question(
    engine: Engine, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(desk)
    monkeypatch.setattr(arrow, "_processor", lambda: Processor(engine, Readers(Layout.load())))
    exec(DUCKDB, {})
    read = pq.read_table("read.parquet")
    assert read.column_names == arrow.SCHEMA.names
    assert read["source"].to_pylist() == ["a", "b"]
    assert read["code"].to_pylist() == [None, "no_text_field"]
    assert read["published"].to_pylist() == [datetime.date(2024, 5, 1), None]
    Path("facts").mkdir()
    Path("read.parquet").replace("facts/0.parquet")
    exec(ASKING, {})
    assert "4000000" in capsys.readouterr().out


def test_its_commands_and_options_exist() -> None:
    assert len(LINES) == 4
    for line in LINES:
        name, *words = line.split()
        known = {option for parameter in main.commands[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_its_columns_are_those_of_the_parts() -> None:
    told = re.findall(r"^\| (`.*?) \|", GUIDE, re.MULTILINE)
    assert [name for cell in told for name in re.findall(r"`(\w+)`", cell)] == arrow.SCHEMA.names
