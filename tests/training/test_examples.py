"""What annotated releases teach of the times that dates mean."""

from __future__ import annotations

from pathlib import Path

from pipeline.corpus import read_release
from pipeline.engine import Engine
from pipeline.recognise.occurrence import DECISION, RULED
from pipeline.training.examples import mention_examples

RELEASE = """published: 2022-09-16
url: none
genre: prose
---
Promise en <date start="2022-05-01" end="2022-05-31">mai</date>, la vente est faite. Un bail court jusqu'à lundi.

Le juge se tait depuis <date start="2020-03-01" end="2020-03-31">mars</date>.
---
[]
"""


def test_a_date_that_comes_back_teaches_the_time_that_is_annotated(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "promise.release"
    path.write_text(RELEASE, encoding="utf-8")
    taught = [one for decision, one in mention_examples(engine, read_release(path), []) if decision == DECISION]
    assert len(taught) == 1, "nothing is annotated at lundi, and no candidate is of 2020"
    (right,) = taught[0].right
    assert [RULED in features for features in taught[0].candidates] == [False, True]
    assert right == 0, "the rules take it for the next May, the annotation for the one that is over"
