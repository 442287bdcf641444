"""Figures as newspapers write them, with what bounds them, and what looks like one and is none."""

from __future__ import annotations

import pytest

import pipeline

DAY = "2025-03-04"


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("Le plan pèse 1 milliard 250 millions d'euros.", [1.25e9]),
        ("Le chantier dépasse le milliard d'euros.", [1e9]),
        ("Le devis passe de 48 à 55 millions d'euros.", [48e6, 55e6]),
        ("Les ventes ont fondu, de 7 à 5 M€.", [7e6, 5e6]),
        ("Il faudra entre 5 et 7 M€.", [5e6]),
        ("Les deux lots coûtent respectivement 6,2 et 7,9 millions d'euros.", [6.2e6, 7.9e6]),
        ("L'usine coûte 12 M€ : 8 millions pour les murs, 4 millions de matériel.", [12e6, 8e6, 4e6]),
        ("La foire, 3 M€ de budget, attend deux millions de visiteurs.", [3e6]),
        ("L'usine, 12 M€, a trouvé 3 millions de l'État et 2 millions d'ici à juin.", [12e6, 3e6, 2e6]),
        ("Le prix de l'eau monte de 18 centimes.", [0.18]),
        ("Le four a coûté 2,3 Me, la dette 32,2 MdE.", [2.3e6, 32.2e9]),
        ("Les ventes iraient de 440 ME à 450 ME, les coûts de 3 Me à 5 Me.", [440e6, 3e6]),
        ("Le lot vaudrait de 900 keuros à 2 Me.", [9e5]),
        ("La 4 G et la 5 G ont coûté 3 M€.", [3e6]),
        ("La cantine, 3 M€ de budget, sert un milliard et demi de repas.", [3e6]),
        ("Le four a coûté quatre-vingts millions d'euros, le toit quatre-vingt-dix mille euros.", [80e6, 90e3]),
        ("Pas un euro ne viendra de la Ville.", []),
        ("Quatre euros sur cinq viennent de l'export.", []),
    ],
)
def test_sums(text: str, sums: list[float]) -> None:
    assert [a.value for a in pipeline.extract(text, DAY).amounts] == pytest.approx(sums)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("À Lausanne, en Suisse, l'atelier a coûté 4 millions de francs.", "CHF"),
        ("À Douala, au Cameroun, la brasserie a coûté 4 milliards de francs CFA.", "XAF"),
        ("En 1987, l'usine avait coûté 4 millions de francs.", "FRF"),
        ("En 1998, le centre d'appels avait débloqué 22 MF.", "FRF"),
        ("L'américain Boeing a payé 4 millions de dollars.", "USD"),
    ],
)
def test_a_currency_of_many_countries(text: str, currency: str) -> None:
    assert [a.currency for a in pipeline.extract(text, DAY).amounts] == [currency]


def test_a_first_end_may_leave_out_its_hundreds_where_no_currency_stands() -> None:
    text = "L'usine a coûté 12 M€. Il faudra encore de deux à trois cents millions, puis de 20 à 30 millions."
    sums = [(a.value, a.max) for a in pipeline.extract(text, DAY).amounts]
    assert sums == [(12e6, None), (200e6, 300e6), (20e6, 30e6)]


@pytest.mark.parametrize(
    ("range_", "ends"),
    [
        ("cinq-six embauches", (5, 6)),
        ("deux-cents embauches", (200, None)),
        ("quatre-vingts à cent embauches", (80, 100)),
        ("deux à trois cents embauches", (200, 300)),
        ("deux à trois-cents embauches", (200, 300)),
        ("2 à 300 embauches", (2, 300)),
        ("20 à 50 000 embauches", (20_000, 50_000)),
        ("30 à 3 000 embauches", (30, 3_000)),
    ],
)
def test_what_a_hyphen_joins_is_one_number_and_a_first_end_may_leave_out_its_thousands(
    range_: str, ends: tuple[float, float | None]
) -> None:
    jobs = pipeline.extract(f"L'usine de Dole annonce {range_} de salariés.", DAY).jobs
    assert [(j.value, j.max) for j in jobs] == [ends]


def test_cells_take_the_unit_of_their_column() -> None:
    table = "Site      Surface (m²)      Emplois      Aide (k€)\nDole      2 400             64           310\n"
    release = pipeline.extract("Les projets aidés\n\n" + table + "Pau       610               11           95\n", DAY)
    assert [a.square_metres for a in release.areas] == [2400, 610]
    assert [j.value for j in release.jobs] == [64, 11]
    assert [a.value for a in release.amounts] == [310_000, 95_000]


def test_a_heading_stands_over_its_own_column_beside_an_empty_corner() -> None:
    lines = ("| | M€ |\n", "| | Surface (m²) | Aide (k€) |\n")
    bodies = ("| Programme | 2 300 |\n| Part publique | 657 |\n", "| Dole | 2 400 | 310 |\n| Pau | 610 | 95 |\n")
    one, two = (pipeline.extract(f"Qui paie\n\n{a}{b}\nVoilà.", DAY) for a, b in zip(lines, bodies, strict=True))
    assert [a.value for a in one.amounts] == [2_300e6, 657e6]
    assert ([a.square_metres for a in two.areas], [a.value for a in two.amounts]) == ([2400, 610], [310e3, 95e3])


def test_a_number_that_ends_a_name_is_no_part_of_a_pair() -> None:
    assert [a.value for a in pipeline.extract("Du CO2 et 14 M€ pour la volaille.", DAY).amounts] == [14e6]


def test_cells_take_the_unit_told_over_their_headings() -> None:
    table = "(en millions EUR)\n2015 / 2014* / Var.\nVentes  1 415,4  1 331,0  +6,3%\nRésultat net  (57,1)  (21,9)\n"
    release = pipeline.extract(f"Les comptes de l'exercice\n\n{table}", DAY)
    assert [a.value for a in release.amounts] == pytest.approx([1415.4e6, 1331e6, 57.1e6, 21.9e6])


def test_a_row_of_the_table_above_tells_no_unit() -> None:
    table = (
        "Ventes (k€)  120  130\nMarge (k€)  12  13\nEffectifs du réseau\nMagasins  41  44\nPoints relais  210  230\n"
    )
    assert [a.value for a in pipeline.extract(f"Les comptes de l'exercice\n\n{table}", DAY).amounts] == [
        120_000,
        130_000,
        12_000,
        13_000,
    ]


def test_a_unit_at_the_end_of_the_line_over_a_table_is_that_of_its_cells() -> None:
    table = " | 2016-2017 | 2015-2016\nVentes | 1 414,0 | 1 325,1\nRésultat financier | -24,5 | -36,5\n"
    release = pipeline.extract(f"Chiffres clés consolidés (IFRS), M€\n\n{table}\nActivité\n", DAY)
    assert [a.value for a in release.amounts] == pytest.approx([1414e6, 1325.1e6, 24.5e6, 36.5e6])


def test_a_table_with_bars_is_not_that_of_the_lines_before() -> None:
    table = "En millions d'euros | S1 2024 | S1 2023\nVentes | 255,7 | 278,2\n"
    text = (
        f"L'ESSENTIEL\n\n¤ Ventes : 255,7 M€ au 30 juin\n¤ Dette : plus d'un milliard d'euros\n\n{table}\nLe recul.\n"
    )
    assert [a.value for a in pipeline.extract(text, DAY).amounts][2:] == pytest.approx([255.7e6, 278.2e6])


def test_a_column_that_counts_something_else_is_no_money() -> None:
    table = "Fonds | Prévu | Attribué | Projets\nFSE | 180 | 88 | 1 495\nIEJ | 21 | 12,8 | 16\n"
    release = pipeline.extract(f"TABLEAU 2. Fonds que l'État a conservés (en M€)\n{table}", DAY)
    assert [a.value for a in release.amounts] == pytest.approx([180e6, 88e6, 21e6, 12.8e6])


@pytest.mark.parametrize(
    ("heading", "sums"),
    [
        ("Bilan au 28 février, en millions d'euros", [1880e6, 380.6e6]),
        ("Ce que vaut la maison (en M€) :", [1880e6, 380.6e6]),
        ("Une année en M€ et en jours", []),
        ("Un bilan de 2 M€", [2e6]),
    ],
)
def test_items_take_the_unit_that_ends_their_heading(heading: str, sums: list[float]) -> None:
    items = "- capitaux propres : 1 880 ;\n- effectif : 1 206\n- trésorerie nette : 380,6 (en baisse)\n"
    release = pipeline.extract(f"Les comptes de Nolvar\n\n{heading}\n{items}\nDividende.", DAY)
    assert [a.value for a in release.amounts] == pytest.approx(sums)


def test_sums_in_canadian_dollars() -> None:
    release = pipeline.extract("Le fonds réserve 2,4 G$ au chantier ; Nolvar a payé 400 M$ canadiens.", DAY)
    assert [(a.value, a.currency) for a in release.amounts] == [(2.4e9, "CAD"), (400e6, "CAD")]


def test_an_area_is_no_share() -> None:
    release = pipeline.extract("La centrale développe 8 MWc sur 9,5 hectares.", DAY)
    assert [p.megawatts for p in release.powers] == [8]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Le plan prévoit 58 suppressions dans l'usine.", [58]),
        ("L'usine de Dole, dont l'effectif n'est plus que de 40, recrute.", [40]),
        ("Les effectifs, tombés à 170, remontent.", [170]),
        ("La fonderie embauche cinq monteurs.", [5]),
        ("Le rapport sur les effectifs date de 2024.", []),
    ],
)
def test_jobs_told_by_another_word(text: str, counts: list[int]) -> None:
    assert [j.value for j in pipeline.extract(text, DAY).jobs] == counts


def test_millions_of_square_metres() -> None:
    release = pipeline.extract("Le parc compte 1,1 M de m² ; plus un mètre carré n'est libre.", DAY)
    assert [a.square_metres for a in release.areas] == [1_100_000]
