"""Scorers learn what they are shown, are the same when made again, and survive being kept in a file."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.choose import load, save
from pipeline.training.scorer import Instance, Study, fit

STUDY = Study(hidden=8, epochs=40, batch=8, drop=0.0, l2=0.01, rare=1, seeds=(0, 1))


def either(a: str, b: str) -> Instance:
    """Right ("yes") when exactly one of two features is "on": no sum of weights can tell."""
    return Instance([[f"a={a}", f"b={b}"]], [int((a == "on") != (b == "on"))])


def test_labels_are_learned_also_where_features_count_only_together() -> None:
    data = [either(a, b) for a in ("on", "off") for b in ("on", "off")] * 20
    scorer = fit(data, ("no", "yes"), STUDY)
    odds = scorer.classify([one.candidates[0] for one in data[:4]])
    assert odds.argmax(axis=1).tolist() == [one.right[0] for one in data[:4]]
    assert np.allclose(odds.sum(axis=1), 1)


def test_candidates_are_weighed_against_each_other() -> None:
    data = [Instance([["near"], ["far"], ["none"]], [0]), Instance([["far"], ["none"]], [1])] * 20
    scorer = fit(data, study=STUDY)
    assert scorer.choose([["far"], ["near"], ["none"]]).argmax() == 1
    assert scorer.choose([["far"], ["none"]]).argmax() == 1


def test_the_same_instances_give_the_same_scorer() -> None:
    data = [either("on", "off"), either("on", "on")] * 10
    one, other = fit(data, ("no", "yes"), STUDY), fit(data, ("no", "yes"), STUDY)
    assert np.array_equal(one.table, other.table)


def test_rare_and_unknown_features_say_nothing() -> None:
    data = [Instance([["known"]], [1])] * 10 + [Instance([["once"]], [0])]
    scorer = fit(data, ("no", "yes"), Study(hidden=2, epochs=2, rare=2))
    assert set(scorer.index) == {"known"}
    assert np.allclose(scorer.scores([["never seen"]]), scorer.scores([[]]))


@pytest.mark.parametrize("labels", [("",), ("no", "maybe", "yes")])
def test_a_scorer_comes_back_from_its_file(labels: tuple[str, ...]) -> None:
    data = [Instance([["é=1", "b"], ["c"]] if labels == ("",) else [["é=1", "b"]], [0])] * 5
    scorer = fit(data, labels, STUDY)
    again = load(save(scorer))
    assert (again.index, again.labels) == (scorer.index, labels)
    assert np.allclose(again.scores([["é=1"], ["c", "x"]]), scorer.scores([["é=1"], ["c", "x"]]), atol=0.02)


def test_a_release_is_one_witness_however_often_it_says_a_thing() -> None:
    own = [Instance([["own", f"both{n % 2}"]], [1], source="a", times=3) for n in range(9)]
    other = [Instance([["both0", "both1"]], [0], source="b")]
    for by_looks, rare in ((False, 2), (True, 4)):
        scorer = fit([*own, *other], ("no", "yes"), Study(hidden=2, epochs=2, rare=rare, by_looks=by_looks))
        assert set(scorer.index) == {"both0", "both1"}


def test_an_instance_weighs_as_often_as_it_is_looked_at() -> None:
    yes, no = Instance([["f"]], [1]), Instance([["f"]], [0])
    study = Study(hidden=2, epochs=60, batch=4, drop=0.0, l2=0.0, rare=1)
    odds = [fit([yes._replace(times=n), no], ("no", "yes"), study).classify([["f"]])[0, 1] for n in (1, 4)]
    assert odds == pytest.approx([1 / 2, 4 / 5], abs=0.1)
