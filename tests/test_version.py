"""The engine's version is another one whenever a rule, a gazetteer or a weight is."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.version import digest, engine_version


@pytest.fixture
def homes(tmp_path: Path) -> tuple[Path, Path]:
    for name in (
        "rules/a.toml",
        "rules/messages.fr.toml",
        "rules/load.py",
        "rules/g/x.tsv",
        "model/ner/model",
        "model/README.md",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "rules", tmp_path / "model"


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("rules/a.toml", True),
        ("rules/g/x.tsv", True),
        ("model/ner/model", True),
        ("rules/new.toml", True),
        ("rules/messages.fr.toml", False),
        ("rules/load.py", False),
        ("model/README.md", False),
    ],
)
def test_what_matters_changes_it(homes: tuple[Path, Path], tmp_path: Path, name: str, matters: bool) -> None:
    before = digest(*homes)
    assert digest(*homes) == before
    (tmp_path / name).write_text("other")
    assert (digest(*homes) != before) == matters


def test_it_is_in_every_record(engine: object) -> None:
    assert engine.extract("Evroc investit.").engine == engine_version()  # type: ignore[attr-defined]
    assert engine_version().startswith("releve ")
