"""Scenes: which sentences are told under which, and whose turn it is to act."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.corpus import read_release
from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.relate import reasons
from pipeline.relate.anchors import anchors, lead_cues
from pipeline.relate.linker import Linked
from pipeline.relate.rows import BESIDE, Row, action_features, apart, status_features
from pipeline.relate.scene import Scene
from pipeline.relate.settings import also_features, options
from pipeline.training import facts
from pipeline.training.examples import gold_scene
from rules import load

ENGINE = Engine(load(), {}, {})
GAVROUL = '<company name="Gavroul">Gavroul</company>'

ROUNDUP = """EN BREF. Deux usines ouvrent, <company name="Gavroul">Gavroul</company> attend

• À Nitry, l’avoine finit en flocons
Dix ans qu’on en parlait. <company name="Brastec">Brastec</company> a ouvert son atelier.\
 Ticket d’entrée : <amount value="7000000" currency="EUR" role="investment">7 M€</amount>.

• <company name="Nolvar">Nolvar</company> : la fin pour Ostwald
Il ne restait qu’un espoir. L’usine devrait s’arrêter, et avec elle <jobs value="122" role="cut">122 postes</jobs>.
"""

PAIRS = """Glané dans les allées du salon des métiers du bois, où l’on se pressait mardi

- <company name="Imprivel">Imprivel</company> passe à huit couleurs.

L’imprimeur vient de dépenser <amount value="2500000" currency="EUR" role="investment">2,5 millions d’euros</amount>.

- Chez <company name="Sylvadom">Sylvadom</company>, l’escalier devient meuble.

Les salariés ont pris possession de <area m2="380">380 m²</area> tout neufs.
"""


@pytest.fixture
def scene_of(tmp_path: Path) -> Callable[[str], Scene]:
    """Makes the scene of a tagged text."""

    def scene(body: str) -> Scene:
        path = tmp_path / "x.release"
        path.write_text(f"published: 2025-03-04\ngenre: bullets\n---\n{body}---\n[]\n", encoding="utf-8")
        return gold_scene(ENGINE, read_release(path))

    return scene


def head_of(scene: Scene, words: str) -> str:
    """The sentence that heads the section of the one with some words."""
    text = scene.document.text
    sentence = next(s for s in scene.sentences if words in text[s.start : s.end])
    head = scene.sentences[sentence.section]
    return text[head.start : head.end].strip()


@pytest.mark.parametrize(
    ("body", "words", "head"),
    [
        (ROUNDUP, "7 M€", "• À Nitry, l’avoine finit en flocons"),
        (ROUNDUP, "122 postes", "• Nolvar : la fin pour Ostwald"),
        (PAIRS, "2,5 millions", "- Imprivel passe à huit couleurs."),
        (PAIRS, "380 m²", "- Chez Sylvadom, l’escalier devient meuble."),
    ],
)
def test_an_item_is_told_by_itself(scene_of: Callable[[str], Scene], body: str, words: str, head: str) -> None:
    assert head_of(scene_of(body), words) == head


def test_items_of_one_sentence_stay_under_what_leads_to_them(scene_of: Callable[[str], Scene]) -> None:
    body = "Un atelier pour Brastec\n\nChiffres de l’opération :\n- coût : 7 M€\n- emplois : 40\n- surface : 300 m²\n"
    scene = scene_of(body)
    assert not head_of(scene, "emplois").startswith("-")


def test_a_firm_far_from_the_beginning_does_not_open_a_sentence(scene_of: Callable[[str], Scene]) -> None:
    body = (
        "Le silence est revenu\n\nAu bout de la route, derrière les grands arbres, il ne restait plus qu’un espoir, "
        '<company name="Gavroul">Gavroul</company>.\n'
    )
    scene = scene_of(body)
    assert scene.opener(scene.sentences[-1]) is None


def test_the_tenor_is_what_is_said_most(scene_of: Callable[[str], Scene]) -> None:
    scene = scene_of(ROUNDUP)
    assert scene.tenor[1] == "role=investment"


TOLD = """<company name="Nolvar">Nolvar</company> rachète <company name="Brastec">Brastec</company>

La transaction atteint <amount value="7000000" currency="EUR" role="acquisition">7 M€</amount>.
"""
ROWS = [{"company": "Nolvar", "action": "acquire", "amount": {"value": 7000000, "currency": "EUR"}}]


def test_a_firm_and_its_action_tell_a_row_whose_figure_stands_elsewhere(scene_of: Callable[[str], Scene]) -> None:
    scene = scene_of(TOLD)
    found = list(facts.anchors(scene))
    told = {a.member.name: n for a, n in zip(found, facts.align(scene, found, ROWS), strict=True) if a.member}
    assert told == {"Nolvar": [0], "Brastec": []}


def test_where_a_figure_tells_a_row_its_firm_teaches_nothing_beside_it_or_elsewhere(
    scene_of: Callable[[str], Scene],
) -> None:
    body = TOLD.replace("La transaction atteint", 'Pour <company name="Nolvar">Nolvar</company>, il en coûte')
    scene = scene_of(body)
    taught = list(facts.instances(scene, ROWS))
    assert sum(decision == "fact" for decision, _ in taught) == sum(a.member is None for a in facts.anchors(scene)) == 1
    tellings = [one for decision, one in taught if decision == "telling"]
    assert len(tellings) == 2
    assert all(one.right == [len(one.candidates) - 1] for one in tellings), "none of the sentences of either firm"


@pytest.mark.parametrize(("adverb", "parted"), [("également ", True), ("", False)])
def test_what_is_said_to_happen_also_is_another_operation(
    scene_of: Callable[[str], Scene], adverb: str, parted: bool
) -> None:
    body = f"""Nolvar s'agrandit

Le fabricant investit <amount value="3000000" currency="EUR" role="investment">3 M€</amount>. Il créera {adverb}\
<jobs value="40" role="created">40 emplois</jobs>.
"""
    money, jobs = (a for a in anchors(scene_of(body)) if a.slot)
    assert apart(Row(None, [money]), jobs) is parted
    assert not apart(Row(None, [money, jobs]), jobs)


def test_the_line_with_the_day_is_no_sentence_of_the_story(scene_of: Callable[[str], Scene]) -> None:
    scene = scene_of(f"Publié le 12 mars 2025\n\n{TOLD}")
    assert scene.document.text.startswith("Publié")
    assert scene.sentences[0].kind == "title"


def test_a_text_that_is_but_such_a_line_has_no_story(scene_of: Callable[[str], Scene]) -> None:
    assert scene_of("Publié le 12 mars 2025\n").sentences == []


def test_every_item_of_a_list_or_table_is_led_by_the_sentence_before_it() -> None:
    items = "".join(f"• Nolvar {n} s'installe à Dole.\n" for n in range(40))
    rows = "".join(f"| Nolvar {n} | Dole |\n" for n in range(40))
    for listed in (items, rows):
        text = f"Le bilan de l'année\n\nElles ont ouvert un site :\n{listed}\nVoici la suite du récit, plus calme."
        scene = ENGINE.scene(ENGINE.recognise(Document(text), []))
        led = [
            n
            for n, lead in scene.leads.items()
            if "ouvert" in text[scene.sentences[lead].start : scene.sentences[lead].end]
        ]
        assert len(led) == 40
        assert all(("open", "before") in lead_cues(scene, scene.sentences[n]) for n in led)


def test_action_and_status_hear_the_words_beside_a_figure(scene_of: Callable[[str], Scene]) -> None:
    far = "loin " * BESIDE
    scene = scene_of(
        f'Titre {far}\n\nGavroul a versé <amount value="7e6" currency="EUR" role="other">7 M€</amount> hier, {far} ensuite.\n'
    )
    row = Row("Gavroul", [next(a for a in anchors(scene) if a.slot == "amount")])
    action, status = action_features(scene, row), status_features(scene, row, "other")
    assert {"word=verse..se", "word=hier..er", "leading=verse..se|amount"} <= set(action)
    assert {"word=verse..se", "word=hier..er"} <= set(status)
    assert not any("ensui" in feature or "titre" in feature for feature in [*action, *status])


@pytest.mark.parametrize(
    ("words", "first", "last", "said"),
    [
        ("mai 2026", "2026-05-01", "2026-05-31", True),
        ("12/05/26", "2026-05-12", "2026-05-12", True),
        ("2024-2026", "2024-01-01", "2026-12-31", True),
        ("XIXe siècle", "1801-01-01", "1900-12-31", True),
        ("12 mai", "2026-05-12", "2026-05-12", False),
        ("l'an prochain", "2026-01-01", "2026-12-31", False),
        ("6 mai", "2026-05-06", "2026-05-06", False),
    ],
)
def test_a_date_says_its_year_or_leaves_it_to_be_reckoned(
    scene_of: Callable[[str], Scene], words: str, first: str, last: str, said: bool
) -> None:
    scene = scene_of(f'Gavroul\n\n{GAVROUL} ouvrira <date start="{first}" end="{last}">{words}</date>, dit-on.\n')
    (date,) = [item for item in scene.items if item.kind == "dates"]
    assert scene.says_year(date) is said
    row = Row("Gavroul", [next(a for a in anchors(scene) if a.member is not None)])
    sure = dict.fromkeys(("fact", "actor", "action", "date", "status", "place"), 0.9)
    linked = Linked(row, "open", "planned", (), date, not scene.says_year(date), sure)
    assert ("date_reckoned" in reasons(linked)) is not said


def test_an_enumeration_of_places_is_told_by_how_close_its_names_stand(scene_of: Callable[[str], Scene]) -> None:
    place = '<place kind="commune" name="{0}" dep="39">{0}</place>'.format
    scene = scene_of(
        f"Gavroul\n\n{GAVROUL} ouvre à {place('Dole')}, {place('Arbois')} et {place('Poligny')}, après un long essai "
        f"mené sans bruit à {place('Salins')}.\n"
    )
    row = Row("Gavroul", [next(a for a in anchors(scene) if a.member is not None and a.sentence.index)])
    by_name = {o.item.name: o for o in options(scene, row, "places")}
    near = also_features(scene, row, by_name["Dole"], by_name["Poligny"])
    far = also_features(scene, row, by_name["Dole"], by_name["Salins"])
    assert "widest<=1|between=1" in near
    assert [f for f in far if f.startswith("widest")] == ["widest<=10|between=2"]
