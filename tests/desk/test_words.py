"""Every code of the desk is told in words, in both languages, and the summary counts what there was."""

from __future__ import annotations

import io
import re
from collections import Counter
from pathlib import Path

import pytest

from pipeline.desk.batch import TROUBLE, Tally
from pipeline.desk.progress import Progress, duration, reason, summary
from pipeline.readers import Refusal
from rules.messages import LANGUAGES, Messages

ROOT = Path(__file__).parents[2]
CODES = {
    "fetch": (r'FetchError\("(\w+)"', "pipeline/desk"),
    "import": (r'(?:Trouble\(line|RowError\(|DecisionError\()(?:, )?"(\w+)"', "pipeline"),
    "error.table": (r'ListError\("(\w+)"', "pipeline/desk"),
    "error.store": (r'StoreError\(path, "(\w+)"', "pipeline/store"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_words(language: str) -> None:
    say = Messages.load(language)
    for prefix, (pattern, folder) in CODES.items():
        source = "".join(p.read_text(encoding="utf-8") for p in (ROOT / folder).rglob("*.py"))
        codes = set(re.findall(pattern, source))
        assert codes, prefix
        sign = "_" if prefix.startswith("error") else "."
        for code in codes - {"not_last"}:
            assert say.get(f"{prefix}{sign}{code}"), f"{prefix}{sign}{code}"
    for code in TROUBLE | {"kind_unsupported", "empty", "member_gone"}:
        assert reason(code, say) != code
        assert "{" not in reason(code, say)
    static = set(re.findall(r'SAY\("([a-z_.]+)"', (ROOT / "pipeline" / "cli_desk.py").read_text(encoding="utf-8")))
    assert not {key for key in static if not say.get(key)}


def test_the_summary_counts_what_there_was() -> None:
    say = Messages.load("fr")
    tally = Tally(met=12, new=7, changed=1, unchanged=2, refused=Counter(missing=1, empty=1), facts=30)
    told = summary(tally, 92, say)
    assert told[0] == "12 sources en 1 min 32 s"
    assert "  7 nouvelles" in told
    assert "  30 faits" in told
    assert [line.split()[0] for line in told[-2:]] == ["1", "1"]
    assert duration(1.25, say) == "1,2 s"
    assert duration(7322, say) == "2 h 2 min"


def test_where_there_is_no_terminal_refusals_are_plain_lines() -> None:
    out = io.StringIO()
    progress = Progress(Messages.load("en"), str, None, out)
    progress.step()
    progress.refused(Refusal("a.txt", "empty"))
    progress.close()
    assert out.getvalue() == "releve: a.txt: empty\n"


def test_a_terminal_gets_a_bar_with_what_remains() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    progress = Progress(Messages.load("en"), str, 2, out)
    progress.step()
    progress.refused(Refusal("a.txt", "empty"))
    progress.close()
    assert "/2 [" in out.getvalue()
    assert "releve: a.txt: empty" in out.getvalue()
