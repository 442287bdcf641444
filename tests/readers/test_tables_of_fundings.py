"""Pages whose table tells a funding a row: each sum is the fact of the firm of its row, for what its column says."""

from __future__ import annotations

import pytest

import pipeline
from pipeline.engine import Engine

AIDS = """<html><head><title>Aides</title><meta property="article:published_time" content="2025-03-14"></head><body>
<nav><a href="/">Accueil</a></nav><main><h1>La Région soutient quatre entreprises</h1>
<p>La commission permanente du 14 mars a attribué les subventions suivantes.</p>
<table><caption>Aides votées</caption>
<thead><tr><th>Entreprise</th><th>Commune</th><th>Projet</th><th>Aide régionale</th></tr></thead>
<tbody><tr><td>Mécanique Verdonel</td><td>Manosque</td><td>Nouvelle ligne d'usinage</td><td>150 000 €</td></tr>
<tr><td>Salvétaz Emballages</td><td>Cavaillon</td><td>Extension de l'usine</td><td>320 000 €</td></tr>
<tr><td>Ovélio Santé</td><td>Gap</td><td>Laboratoire</td><td>75 000 €</td></tr></tbody></table>
</main><footer>Contact presse : presse@region.example</footer></body></html>"""
ROUNDS = """<html><head><title>Levées</title></head><body><article><h1>Les levées de fonds de la semaine</h1>
<p>Vendredi 14 mars 2025</p>
<table><tr><th>Société</th><th>Ville</th><th>Montant (M€)</th></tr>
<tr><td>Kalyorix</td><td>Lyon</td><td>12</td></tr>
<tr><td>Brumaire Bio</td><td>Nantes</td><td>4,5</td></tr>
<tr><td>Solencor</td><td>Montpellier</td><td>30</td></tr></table></article></body></html>"""


@pytest.mark.parametrize(
    ("page", "action", "told"),
    [
        (
            AIDS,
            "receive_aid",
            {
                ("Mécanique Verdonel", 150_000, "Manosque"),
                ("Salvétaz Emballages", 320_000, "Cavaillon"),
                ("Ovélio Santé", 75_000, "Gap"),
            },
        ),
        (
            ROUNDS,
            "raise_funds",
            {("Kalyorix", 12_000_000, "Lyon"), ("Brumaire Bio", 4_500_000, "Nantes"), ("Solencor", 30_000_000, "Montpellier")},
        ),
    ],
)  # fmt: skip
def test_each_row_is_a_fact(engine: Engine, page: str, action: str, told: set[tuple[str, float, str]]) -> None:
    document = pipeline.read(page.encode())
    (release,) = engine.process([document])
    assert str(release.published) == "2025-03-14"
    assert "not_french" not in [w.code for w in release.warnings]
    assert {f.action for f in release.facts} == {action}
    assert {(f.company, f.amount and f.amount.value, f.places[0].name) for f in release.facts} == told
