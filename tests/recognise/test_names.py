"""Names: what rules decide, what is learned, and what a place's name stands for."""

from __future__ import annotations

import pytest

import pipeline
from pipeline.document import Document
from pipeline.engine import Engine
from pipeline.entity import Entity
from pipeline.recognise.names.spans import LONGEST
from pipeline.records import Release
from rules import load


def read(text: str) -> Release:
    return pipeline.extract(text, "2025-03-04")


def firms(text: str) -> list[str]:
    return [c.text for c in read(text).companies]


def test_common_words_written_small_elsewhere_are_no_firm() -> None:
    text = "Sommet pour l'Intelligence Artificielle\n\nL'intelligence artificielle attire les investisseurs à Lyon."
    assert "Intelligence Artificielle" not in firms(text)


def test_the_head_of_an_item_with_a_country_in_brackets_is_a_firm() -> None:
    release = read("Les projets retenus :\n• Zelvaro (Suède), spécialiste du cloud, a choisi Mougins pour son usine.")
    assert [(c.text, c.country) for c in release.companies] == [("Zelvaro", "SE")]


def test_a_name_that_ends_as_events_do_is_no_firm() -> None:
    assert "Lyon Hydrogen Summit" not in firms("L'usine sera présentée au Lyon Hydrogen Summit, le 3 avril.")


def test_one_name_is_one_firm_in_all_its_forms() -> None:
    text = "Figeac Aéro embauche\n\nLe groupe Figeac Aéro recrute 40 salariés. Pour Figeac Aéro, c'est une première."
    assert {c.name for c in read(text).companies} == {"Figeac Aéro"}


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("L'usine s'installe à Saint-Denis (93), près de Paris.", "Saint-Denis", "93066"),
        ("L'usine s'installe à Saint-Denis (974), à La Réunion.", "Saint-Denis", "97411"),
        ("Un site de 3 000 m² ouvre à Mougins.", "Mougins", "06085"),
    ],
)
def test_a_commune_is_told_from_its_namesakes(text: str, name: str, code: str) -> None:
    assert (name, code) in {(p.name, p.code) for p in read(text).places}


def spans_of(text: str, *entities: Entity) -> list[tuple[int, int]]:
    engine = Engine(load(), {}, {})
    context, _ = engine.context(Document(text), list(entities))
    spans, _ = engine.recognisers.names.weighed(context)
    return [(s.first, s.last) for s in spans]


def test_a_name_as_long_as_the_text_is_none() -> None:
    text = "Nolvar" + " et Nolvar" * 60
    whole = Entity(0, len(text), "FIRM", (("FIRM", 0.9),))
    assert max(last - first for first, last in spans_of(text, whole)) <= LONGEST


def test_a_longer_name_is_not_looked_for_beyond_the_end() -> None:
    text = "nolvar services ouvre un site, dit Nolvar"
    assert all(last <= 8 for _, last in spans_of(text, Entity(0, 15, "FIRM"), Entity(35, 41, "FIRM")))


def told_of(text: str, name: str, *entities: Entity) -> list[str]:
    """The features of the first span that spells a name."""
    engine = Engine(load(), {}, {})
    at = text.index(name)
    hesitation = Entity(at, at + len(name), "", (("FIRM", 0.1),))  # what the model passed over is not weighed
    context, _ = engine.context(Document(text), [*entities, hesitation])
    tokens = context.tokens
    spans, features = engine.recognisers.names.weighed(context)
    spelled = [text[tokens.starts[s.first] : tokens.ends[s.last - 1]] for s in spans]
    return features[spelled.index(name)]


def test_small_words_before_its_capital_are_no_part_of_a_name() -> None:
    assert "model=FIRM" in told_of("Le palois Arvelor Group se renforce.", "Arvelor Group", Entity(3, 23, "FIRM"))
    assert "model=ORG" in told_of("Le syndicat e-Mélusis a voté.", "e-Mélusis", Entity(12, 21, "ORG"))
    assert "model=FIRM" in told_of("Avec iVisor Tech, tout change.", "iVisor Tech", Entity(5, 16, "FIRM"))


def test_small_words_stay_where_the_gazetteers_know_the_whole() -> None:
    assert "model=LOC" in told_of("L'usine ouvre en région Sud.", "région Sud", Entity(17, 27, "LOC"))


def test_a_name_may_follow_its_legal_form_and_hold_figures() -> None:
    assert "by=legal" in told_of("Voici la SAS Pro Bois 45, née en mars.", "Pro Bois 45")


def test_what_stands_before_a_dash_is_no_part_of_a_name() -> None:
    text = "Cergy, le 7 novembre 2016 - Nolvar UK, filiale du groupe, annonce un contrat."
    assert "by=tailed" in told_of(text, "Nolvar UK")


def test_a_dictionary_knows_the_forms_of_words() -> None:
    assert "listed=one" in told_of("Additionnés, les marchés dépassent 3 M€.", "Additionnés")
    assert "listed=no" in told_of("Zelvaro, les marchés dépassent 3 M€.", "Zelvaro")


def test_a_name_in_a_loud_line_is_looked_up_in_the_quiet_ones() -> None:
    text = "NOLVAR AVALE BRASTEC ET PREPARE SA ONZIEME USINE\n\nChez Nolvar, on se tait."
    model = (Entity(0, 12, "FIRM"), Entity(55, 61, "FIRM"))
    assert "quiet=1|none" in told_of(text, "NOLVAR", *model)
    assert "quiet_part=True|FIRM" in told_of(text, "NOLVAR AVALE", *model)


def test_an_acronym_and_what_it_stands_for_know_of_each_other() -> None:
    text = "La CNMV change de mains. La Compagnie nouvelle de Manutention des Vrais quais revit."
    model = (Entity(3, 7, "FIRM"), Entity(28, 71, "FIRM"))
    assert "spells_initials|FIRM" in told_of(text, "CNMV", *model)
    assert "has_acronym|FIRM" in told_of(text, "Compagnie nouvelle de Manutention des Vrais", *model)


@pytest.mark.parametrize(
    ("text", "name", "feature"),
    [
        ("« C'est long », explique Tamo Zelvar.", "Tamo Zelvar", "person_lead=said"),
        ("Directeur général : Tamo Zelvar, 42 ans.", "Tamo Zelvar", "person_lead=title"),
        ("Tamo Zelvar, directeur du site, sourit.", "Tamo Zelvar", "person_tail|none"),
        ("Il a livré quatorze trains Coralis.", "Coralis", "thing_lead=None"),
    ],
)
def test_what_announces_a_person_or_a_thing_is_seen(text: str, name: str, feature: str) -> None:
    assert feature in told_of(text, name)


def test_a_legal_form_announces_names_with_small_words_inside() -> None:
    assert "by=legal" in told_of("La SAS Parc éolien de La Pierre pourra l'exploiter.", "Parc éolien de La Pierre")
    assert "by=legal" in told_of("La SARL Société d'énergie de Campbon a ouvert.", "Société d'énergie de Campbon")


def test_what_a_minister_is_in_charge_of_is_told() -> None:
    text = "La ministre déléguée chargée de l'Économie, de l'Industrie et du Numérique vient. Renault aussi."
    assert "portfolio|ORG" in told_of(text, "Industrie", Entity(text.index("Industrie"), text.index(" et du"), "ORG"))
    assert "portfolio|FIRM" not in told_of(text, "Renault", Entity(text.index("Renault"), text.index(" aussi"), "FIRM"))


def test_the_surname_of_a_person_of_the_text_is_told() -> None:
    text = "Valmy lance le chantier\n\nManuel Valmy a posé la pierre."
    person = Entity(text.index("Manuel"), text.index(" a posé"), "PER")
    assert "surname|FIRM" in told_of(text, "Valmy", Entity(0, 5, "FIRM"), person)
    assert "surname|FIRM" not in told_of(text, "Valmy", Entity(0, 5, "FIRM"))


def test_the_theme_of_an_event_is_no_firm() -> None:
    assert firms("Elle était au Sommet mondial pour l'Action, tenu à Nice. Le groupe Nolvar aussi.") == ["Nolvar"]


def test_a_country_or_continent_is_no_firm() -> None:
    text = "Le développeur allemand Nolvar onshore Europe SAS a mis en service le parc. Europe gagne."
    assert "Europe" not in firms(text)


def test_capitals_that_the_model_passed_over_are_not_weighed() -> None:
    text = "Voici Zelvaro Tamo."
    assert spans_of(text) == []
    assert (1, 3) in spans_of(text, Entity(6, 13, "", (("FIRM", 0.05),)))
    assert (1, 3) in spans_of(text, Entity(6, 18, "FIRM"))


def test_what_was_something_else_before_is_weighed_though_passed_over() -> None:
    assert spans_of("Il reprend l'ex-Zelvaro, à Dole.") == [(6, 7), (9, 10)]
    assert "by=headed" in told_of("Il reprend l'ex-Zelvaro.", "Zelvaro")
    assert spans_of("Une fin ex - Zelvaro nihilo.") == []


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("La boutique de la rue du Château d'Eau ferme.", "rue du Château d'Eau"),
        ("Entrée par l'avenue du 35e RI, à Belfort.", "avenue du 35e RI"),
        ("Il tient le bar de la rue des 36-Ponts depuis 2016.", "rue des 36-Ponts"),
        ("Le siège de la rue Foch de Lyon est vendu.", "rue Foch"),
        ("Rendez-vous allée Charles-de-Fitte à Toulouse.", "allée Charles-de-Fitte"),
    ],
)
def test_a_street_is_a_place_to_the_end_of_its_name(text: str, street: str) -> None:
    assert ("places.street", street) in [(p.rule, p.text) for p in read(text).places]


@pytest.mark.parametrize(
    "text",
    [
        "Rue du Commerce perd 10 millions d'euros.",
        "Le commerce de la rue souffre, Nolvar aussi.",
        "LA RUE DE LA PAIX CHANGE DE VISAGE",
        "La rue du 8 mai 1945 est fermée.",
    ],
)
def test_what_may_be_no_street_is_left_to_be_weighed(text: str) -> None:
    assert "places.street" not in [p.rule for p in read(text).places]


@pytest.mark.parametrize(
    ("text", "body", "places"),
    [
        ("Le tribunal de commerce de Dole a tranché.", "tribunal de commerce de Dole", []),
        ("La communauté de communes du Val d'Amboise paie.", "communauté de communes du Val d'Amboise", []),
        ("Selon le conseil régional d'Île-de-France, à Paris.", "conseil régional d'Île-de-France", ["Paris"]),
    ],
)
def test_a_public_body_is_one_to_the_end_of_its_name(text: str, body: str, places: list[str]) -> None:
    release = read(text)
    assert ("companies.public_body", body) in [(o.rule, o.text) for o in release.organisations]
    assert [p.text for p in release.places] == places


def test_a_public_body_without_a_name_is_left_to_be_weighed() -> None:
    text = "Le conseil municipal de Dole partage cette communauté de vues, dit le tribunal de commerce."
    assert "companies.public_body" not in [o.rule for o in read(text).organisations]
