"""A full disk, a folder that is read only, a rule file or a gazetteer that is bad or missing: one line, what and where.

Whole commands, in a process of their own. The disks are small ones in memory, which only that process sees.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = "".join(  # as many facts as lines, so that their table outgrows the smallest disk
    f"Vesoul, le 12 mars 2025 – Exemple SA investit {n} M€ à Vesoul et créera {7 * n} emplois.\n\n"
    for n in range(3, 43)
)
UNSHARED = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
DISKS = {
    "full": ("size=4k", "true", ("No space left on device", "full", "disk I/O error")),
    "read only": ("size=1m", "mount -o remount,ro {disk}", ("Read-only file system", "readonly", "unable to open")),
}


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*UNSHARED, "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False).returncode == 0


def releve(arguments: str, folder: Path, before: str = "true", path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A command in a mount namespace of its own, or where nothing is mounted, as it is."""
    line = f"{before} && exec {sys.executable} -m pipeline {arguments}"
    command = [*UNSHARED, line] if before != "true" else ["sh", "-c", line]
    environment = {**os.environ, "PYTHONPATH": str(path), "RELEVE_LANG": "en"}
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)


@pytest.mark.skipif(not _can_mount(), reason="no disks can be made here")
@pytest.mark.parametrize("disk", DISKS)
@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("extract in -o {disk}/out.jsonl", "out.jsonl"),
        ("extract in --format csv -o {disk}/out.csv", "out.csv"),
        ("extract in --format sqlite -o {disk}/out.db", "out.db"),
        ("extract in --format parquet -o {disk}/out.parquet", "out.parquet"),
        ("report in -o {disk}/out.html", "out.html"),
        ("batch in --store {disk}/out.db", "out.db"),
    ],
    ids=["jsonl", "csv", "sqlite", "parquet", "report", "batch"],
)
def test_a_disk_that_takes_nothing(tmp_path: Path, disk: str, command: str, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "disk").mkdir()
    (tmp_path / "in" / "a.txt").write_text(TEXT, encoding="utf-8")
    options, after, reasons = DISKS[disk]
    before = f"mount -t tmpfs -o {options} tmpfs disk && {after.format(disk='disk')}"
    done = releve(command.format(disk="disk"), tmp_path, before)
    assert done.returncode in (1, 2), done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("releve: ")]
    assert len(errors) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert name in errors[0]
    assert any(reason in errors[0] for reason in reasons), errors[0]


@pytest.mark.parametrize(
    ("damaged", "content", "said"),
    [
        ("amounts.toml", None, "{magnitude}"),
        ("layout.toml", None, "layout.toml"),
        ("amounts.toml", "about = ", "amounts.toml"),
        ("calendar.toml", "caf\xe9", "calendar.toml"),
        ("gazetteers/communes.tsv", None, "gazetteers/communes.tsv"),
        ("gazetteers/firms.tsv", "name\tmore\none\n", "gazetteers/firms.tsv: line 2"),
        ("gazetteers/aliases.toml", "[regions]\n", "gazetteers"),
    ],
)
def test_rules_that_are_damaged(tmp_path: Path, damaged: str, content: str | None, said: str) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    (tmp_path / "pipeline").symlink_to(ROOT / "pipeline")
    if content is None:
        (tmp_path / "rules" / damaged).unlink()
    else:
        (tmp_path / "rules" / damaged).write_bytes(content.encode("latin-1"))
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    done = releve("extract a.txt", tmp_path, path=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("releve: ")
    assert said in line
