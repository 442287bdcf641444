"""The house rules that a machine can check: imports run one way, and no French in the engine."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A module may import those of its own floor and of the floors below it, never of one above.
FLOORS = [
    (
        "pipeline.document",
        "pipeline.entity",
        "pipeline.records",
        "pipeline.choose",
        "pipeline.corpus",
        "pipeline.version",
    ),
    ("pipeline.numbers",),
    ("pipeline.trie",),
    ("pipeline.grammar",),
    ("pipeline.sentences", "pipeline.langid", "pipeline.language", "pipeline.plain", "pipeline.wordclasses"),
    ("pipeline.wordtypes",),
    ("pipeline.entities",),
    ("pipeline.readers",),
    ("pipeline.recognise", "pipeline.sinks"),
    ("pipeline.relate",),
    ("pipeline.engine", "pipeline.component", "pipeline.store", "pipeline.workers"),
    ("pipeline.run", "pipeline.evaluate", "pipeline.training"),
    ("pipeline.gate", "pipeline.desk"),
    ("pipeline.cluster",),
    (
        "pipeline.cli",
        "pipeline.cli_desk",
        "pipeline.cli_cluster",
        "pipeline.shell",
        "pipeline.review",
        "pipeline.__main__",
    ),
]
MODULES = sorted((ROOT / "pipeline").rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(p for p in parts if p != "__init__")


def imports(path: Path) -> set[str]:
    """Every module a file imports, also inside functions, but those only for type checking."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def floor(module: str) -> int | None:
    for level, prefixes in enumerate(FLOORS):
        if any(module == p or module.startswith(p + ".") for p in prefixes):
            return level
    return None


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    module = name_of(path)
    if module == "pipeline":  # the public face imports late, inside its functions
        return
    mine = floor(module)
    assert mine is not None, f"{module} has no floor: say in FLOORS where it stands"
    above = {m for m in imports(path) if (f := floor(m)) is not None and f > mine}
    assert not above, f"{module} imports {sorted(above)} from above"


def test_rules_import_nothing_of_the_engine() -> None:
    for path in (ROOT / "rules").rglob("*.py"):
        assert not {m for m in imports(path) if m.split(".")[0] == "pipeline"}, path


@pytest.mark.parametrize("command", [["--help"], ["schema"]])
def test_light_commands_load_no_model(command: list[str]) -> None:
    code = (
        "import sys\nfrom pipeline.cli import main\n"
        f"try:\n    main({command!r})\nexcept SystemExit:\n    pass\n"
        "print('spacy' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.strip().endswith("False")


def test_nothing_reads_the_clock() -> None:
    clocks = ("datetime.now", "date.today", "datetime.today", "time.time(", "utcnow")
    for path in MODULES:
        if name_of(path).startswith(
            ("pipeline.run", "pipeline.store", "pipeline.desk", "pipeline.review", "pipeline.cli", "pipeline.workers")
        ):
            continue  # what measures a run, or dates a decision, may look at the clock; what reads a text may not
        text = path.read_text(encoding="utf-8")
        assert not [c for c in clocks if c in text], path
