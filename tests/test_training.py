"""Releases read as training examples, exercises, and a training that gives the same weights twice."""

import random
from pathlib import Path

import numpy as np
import pytest

from pipeline.language import load_base, recogniser
from pipeline.training.augment import bare, capitals, rename, vary
from pipeline.training.data import Mark, Sample, example, folds, read_release, read_split, rehearse, untag
from pipeline.training.drill import load_drill
from pipeline.training.fit import add_labels, get_weights, set_weights, train
from pipeline.training.measure import Count, measure
from pipeline.training.recipe import Variation, read_recipe

CORPUS = Path(__file__).parents[1] / "corpus"
TEXT = """published: 2024-01-02
---
<company name="Aldo">Aldo</company> quitte <place kind="commune" name="Dax">Dax</place>, dit Paul Martin.
Le <org>CNRS</org> paie <amount value="2">2 €</amount>.
---
[]
"""


@pytest.fixture(scope="module")
def base():
    return load_base()


@pytest.fixture
def release(tmp_path):
    path = tmp_path / "aldo.release"
    path.write_text(TEXT, encoding="utf-8")
    return read_release(path)


def named(sample):
    return [(sample.text[m.start : m.end], m.label) for m in sample.marks]


def test_a_release_is_read_with_its_tags_at_their_place(release):
    assert release.text == "Aldo quitte Dax, dit Paul Martin.\nLe CNRS paie 2 €."
    assert named(release) == [("Aldo", "company"), ("Dax", "place"), ("CNRS", "org"), ("2 €", "amount")]


@pytest.mark.parametrize("broken", ["<org>a", "a</org>", "<org>a<place>b</place></org>", "<org>a</place>"])
def test_broken_tags_are_refused(broken):
    with pytest.raises(ValueError, match="tag"):
        untag(broken)


def test_a_release_without_its_three_parts_is_refused(tmp_path):
    path = tmp_path / "short.release"
    path.write_text("published: 2024-01-02\n---\ntext", encoding="utf-8")
    with pytest.raises(ValueError, match=r"short\.release: three parts"):
        read_release(path)


def test_every_mark_of_train_stands_on_tokens_but_a_handful(base):
    recipe = read_recipe()
    samples = rehearse(read_split(CORPUS, "train"), base, recipe.labels, recipe.rehearsal.labels)
    marks = found = 0
    for sample in samples:
        made = example(base, sample)
        marks += len(sample.marks)
        ents = {(e.start_char, e.end_char, e.label_) for e in made.reference.ents}
        found += len(ents)
        assert ents <= {(m.start, m.end, m.label) for m in sample.marks}
        assert len(made.predicted.text) == len(sample.text)
    assert found >= 0.995 * marks


def test_a_mark_that_cuts_a_token_leaves_it_unknown(base):
    made = example(base, Sample("x", "Aldo vend des pommes", (Mark(0, 3, "FIRM"),)))
    assert made.reference[0].ent_iob == 0
    assert made.reference[1].ent_iob_ == "O"


def test_rehearsal_keeps_persons_and_only_where_nothing_is_tagged(base, release):
    recipe = read_recipe()
    (kept,) = rehearse([release], base, recipe.labels, frozenset({"PER"}))
    assert ("Paul Martin", "PER") in named(kept)
    assert ("2 €", "amount") not in named(kept)
    person = Sample("p", release.text, (*release.marks, Mark(21, 32, "date")))
    (without,) = rehearse([person], base, recipe.labels, frozenset({"PER"}))
    assert not [n for n in named(without) if n[1] == "PER"]


def test_folds_measure_each_release_once():
    samples = [Sample(str(i), "", ()) for i in range(10)]
    held = [s.name for _, measured in folds(samples, 4) for s in measured]
    assert sorted(held) == sorted(s.name for s in samples)
    assert all(not set(learn) & set(measured) for learn, measured in folds(samples, 4))


def test_renaming_moves_the_marks(release):
    out = rename(release, lambda mark, old: "Compagnie du Grand Lac" if mark.label == "company" else None)
    assert out.text.startswith("Compagnie du Grand Lac quitte Dax")
    assert [text for text, _ in named(out)] == ["Compagnie du Grand Lac", "Dax", "CNRS", "2 €"]


def test_variations_keep_marks_true(release):
    all_of_it = Variation(swap_release=1, swap_name=1, capitals=1, title_length=99, bare=1, drill=0)
    out = vary(release, all_of_it, {"company": lambda rng: "Héra"}, random.Random(1))
    assert named(out)[:2] == [("HERA", "company"), ("DAX", "place")]
    assert len(capitals("straße")) == len("straße")
    assert bare("Évry-Œuf ²") == "Evry-Œuf ²"


def test_exercises_are_filled_and_tagged():
    drill = load_drill(CORPUS / "drill")
    samples = drill.samples(random.Random(3))
    assert not [s.name for s in samples if "{" in s.text or "<" in s.text]
    labels = {m.label for s in samples for m in s.marks}
    assert labels == {"company", "place", "org", "person"}
    assert all(s.text[m.start : m.end].strip() == s.text[m.start : m.end] != "" for s in samples for m in s.marks)
    assert drill.samples(random.Random(3)) == samples


def test_exercises_elide_and_put_in_capitals():
    drill = load_drill(CORPUS / "drill")
    rng = random.Random(0)
    assert {drill.fill("de {region_v}", rng)[:2] for _ in range(9)} == {"d’"}
    text, (mark,) = untag(drill.fill("À {PLACE}", rng))
    assert text.isupper()
    assert mark.start == 2


def test_a_slot_without_a_list_is_refused(tmp_path):
    for name in ("names.toml", "communes.txt"):
        (tmp_path / name).write_text((CORPUS / "drill" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "phrases.txt").write_text("{nobody} part", encoding="utf-8")
    with pytest.raises(ValueError, match="nobody"):
        load_drill(tmp_path)


def test_a_new_label_starts_as_its_kin():
    nlp = load_base()
    before = [(e.text, e.label_) for e in nlp("Air France vole vers Paris.").ents]
    add_labels(nlp, {"FIRM": "ORG"})
    after = [(e.text, e.label_.replace("FIRM", "ORG")) for e in nlp("Air France vole vers Paris.").ents]
    assert before == after


def test_weights_are_put_back_as_taken(base):
    model = recogniser(base).model
    weights = get_weights(model)
    set_weights(model, weights)
    assert np.array_equal(get_weights(model), weights)
    with pytest.raises(ValueError, match="weights"):
        set_weights(model, np.append(weights, np.float32(0)))


def test_training_twice_gives_the_same_weights_and_another_seed_others():
    changes = ("training.epochs=2", "training.average_from=1", "training.seeds=[5]", "variation.drill=0.1")
    drill, samples = load_drill(CORPUS / "drill"), read_split(CORPUS, "train")[:2]
    made = [
        get_weights(recogniser(train(samples, drill, read_recipe(changes=c))).model)
        for c in (changes, changes, (*changes, "training.seeds=[6]"))
    ]
    assert np.array_equal(made[0], made[1])
    assert not np.array_equal(made[0], made[2])


def test_the_training_goes_on_with_the_releases_of_the_core():
    changes = ("training.epochs=2", "training.average_from=1", "training.seeds=[5]")
    first, core = read_split(CORPUS, "train")[:2], read_split(CORPUS, "train")[2:4]
    alone, more = (
        get_weights(recogniser(train(first, None, read_recipe(changes=changes), of)).model) for of in ((), core)
    )
    again = train(first, None, read_recipe(changes=changes), core)
    assert not np.array_equal(alone, more)
    assert np.array_equal(get_weights(recogniser(again).model), more)


def test_a_recipe_with_an_unknown_key_or_nothing_to_average_is_refused():
    with pytest.raises(ValueError, match=r"no training\.speed"):
        read_recipe(changes=["training.speed=3"])
    with pytest.raises(ValueError, match="average_from"):
        read_recipe(changes=["training.average_from=99"])


def test_measure_excuses_what_stands_on_an_organisation(base):
    text = "Air France vole vers Paris. Microsoft aussi."
    labels = {"company": "ORG", "place": "LOC"}
    firm, org = Mark(0, 10, "company"), Mark(0, 10, "org")
    found = {e.text for e in base(text).ents if e.label_ == "ORG"}
    assert "Air France" in found
    assert measure(base, [Sample("x", text, (firm,))], labels)["company"].right == 1
    excused = measure(base, [Sample("x", text, (org,))], labels)["company"]
    assert excused == Count(0, 0, len(found) - 1)
