"""Dates that leave out their month or year: what stands around them tells which is meant."""

from __future__ import annotations

import pytest

import pipeline

DAY = "2025-06-11"  # a Wednesday


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("La machine achetée en mars tourne déjà.", [("2025-03-01", "2025-03-31")]),
        ("Ouverture à l'automne, rue Haute.", [("2025-09-21", "2025-12-20")]),
        ("L'atelier sera ouvert en mars.", [("2026-03-01", "2026-03-31")]),
        ("Le tribunal a tranché mardi.", [("2025-06-10", "2025-06-10")]),
        ("Le maire inaugure vendredi la halle.", [("2025-06-13", "2025-06-13")]),
        ("Les repreneurs ont jusqu'au 6 août.", [("2025-08-06", "2025-08-06")]),
        ("Le bureau ferme dès lundi.", [("2025-06-16", "2025-06-16")]),
        ("Le parking ferme aujourd'hui et demain.", [("2025-06-11", "2025-06-12")]),
        (
            "Trois offres sont arrivées le 4 juin. Le 9, les juges en ont écarté deux.",
            [("2025-06-04",) * 2, ("2025-06-09",) * 2],
        ),
        ("L'État a vendu le 17 mai 62 lots de chênes.", [("2025-05-17", "2025-05-17")]),
        ("L'acte a été passé chez un notaire.", []),
        ("Jean-Noël Duret dirige la maison.", []),
        ("On y gèle, l'hiver.", []),
        ("À l'horizon 2030, le port doublera.", [("2030-01-01", "2030-12-31")]),
        ("Le guichet ouvrira en mars-avril.", [("2026-03-01", "2026-04-30")]),
        ("N'ont été primés que les projets de Juillet-Août 2024.", [("2024-07-01", "2024-08-31")]),
        ("L'association a déposé son recours le 31/03.", [("2025-03-31", "2025-03-31")]),
        ("Elle détient les 04/05 des parts, ouvre 24/24.", []),
        ("Le fonds monte du 1/3 au 2/3 du capital.", []),
        ("Le salon se tient du 12/09 au 14/09.", [("2025-09-12", "2025-09-14")]),
        ("Le groupe naît en 2017. Cette année-là, il vend deux moulins.", [("2017-01-01", "2017-12-31")]),
        ("Ils sont 400 aujourd'hui, 1000 demain.", []),
        ("Demain, 400 emplois pourraient suivre.", []),
        ("Qui triera demain ?", []),
        ("Le tribunal rendra sa décision demain.", [("2025-06-12", "2025-06-12")]),
        ("La marge a reculé au second semestre.", [("2024-07-01", "2024-12-31")]),
        ("Le port respire. Janvier a souffert du gel.", [("2025-01-01", "2025-01-31")]),
        ("L'usine est en liquidation. Avril, pressenti, se tait.", []),
        ("Les croquettes se vendent. Mars prévoit un hall.", []),
        ("L'année en brèves\n\nMars. La grue tombe.", [("2025-03-01", "2025-03-31")]),
        ("L'atelier fait 500 bus hier, 2 000 aujourd'hui.", []),
        ("L'armateur, hier encore voilier, se tait.", []),
        ("Le tribunal a tranché hier.", [("2025-06-10", "2025-06-10")]),
        ("July 11, 2021 - Une usine ouvre.", [("2021-07-11", "2021-07-11")]),
        ("Publié le 06 July 2010.", [("2010-07-06", "2010-07-06")]),
        ("May 2021 n'est pas une date d'ici.", [("2021-01-01", "2021-12-31")]),
        ("Bloquée, l'usine repart (L'Écho, 12/05).", [("2025-05-12", "2025-05-12")]),
        ("Deux visites : Chazelles (19/05) et Brie (05/06).", [("2025-05-19",) * 2, ("2025-06-05",) * 2]),
        ("Il a eu la note (12/20).", []),
        ("Les effectifs :\n- 2000 : 1 443 personnes", [("2000-01-01", "2000-12-31")]),
        ("Le parc a tout :\n- 2000 places", []),
        ("Nous serons soixante à Noël.", [("2025-12-25", "2025-12-25")]),
    ],
)
def test_dates(text: str, days: list[tuple[str, str]]) -> None:
    assert [(str(d.first), str(d.last)) for d in pipeline.extract(text, DAY).dates] == days


def test_a_calendar_goes_on() -> None:
    text = "Le groupe ouvrira trois magasins :\n- Agde, 4 juillet\n- Moulins, septembre\n- Beaune, mars\n"
    assert [str(d.first) for d in pipeline.extract(text, DAY).dates] == ["2025-07-04", "2025-09-01", "2026-03-01"]


def test_a_review_of_the_year_looks_back() -> None:
    text = "Un an de brèves\n\nJanvier. La grue tombe.\n\nFévrier. On la relève.\n"
    assert [str(d.first) for d in pipeline.extract(text, "2025-12-20").dates] == ["2025-01-01", "2025-02-01"]
