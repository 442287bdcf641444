"""The wheel of `make compiled`: its modules are compiled, and it gives the same records."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from pipeline.corpus import read_folder
from pipeline.engine import Engine

ROOT = Path(__file__).parent.parent
READ = """
import sys
from pathlib import Path
import pipeline.grammar
from pipeline.engine import Engine
from pipeline.corpus import read_folder

print(pipeline.grammar.__file__)
for release in Engine.load().extract_many((r.text, r.published) for r in read_folder(Path(sys.argv[1]), ["dev"]).values()):
    print(release.to_json())
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a compiled wheel installs."""
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        pytest.skip("no C compiler here")
    folder = tmp_path_factory.mktemp("compiled")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder], cwd=ROOT, check=True)
    (sdist,) = folder.glob("*.tar.gz")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, sdist],
        env={**os.environ, "HATCH_BUILD_HOOK_ENABLE_MYPYC": "1"},
        check=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def test_every_module_asked_for_is_compiled(compiled: Path) -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    asked = build["targets"]["wheel"]["hooks"]["mypyc"]["include"]
    assert asked
    for name in asked:
        module = compiled / name.lstrip("/")
        assert list(module.parent.glob(f"{module.stem}.*.so")) or list(module.parent.glob(f"{module.stem}.*.pyd")), name


def test_the_records_are_those_of_the_plain_modules(compiled: Path, engine: Engine) -> None:
    releases = ROOT / "corpus" / "releases"
    told = subprocess.run(
        [sys.executable, "-c", READ, str(releases)],
        cwd=compiled,
        env={**os.environ, "PYTHONPATH": str(compiled)},
        capture_output=True,
        text=True,
        check=True,
    )
    module, *records = told.stdout.rstrip("\n").split("\n")
    assert module.startswith(str(compiled))
    assert not module.endswith(".py")
    plain = engine.extract_many((r.text, r.published) for r in read_folder(releases, ["dev"]).values())
    assert records == [release.to_json() for release in plain]
