"""What the tables know of towns abroad."""

from __future__ import annotations

from rules import gazetteers

GAZETTEER = gazetteers.load()


def test_no_town_abroad_is_called_like_one_in_france() -> None:
    in_france = {entry.name for entry in GAZETTEER.communes.values()}
    assert in_france.isdisjoint(GAZETTEER.towns)
    assert {GAZETTEER.towns[name] for name in ("Waregem", "Udine")} == {"BE", "IT"}


def test_french_names_of_cities_abroad_give_way_to_communes() -> None:
    assert [e.country for e in GAZETTEER.spellings["Sarrebruck"]] == ["DE"]
    assert {e.kind for e in GAZETTEER.spellings["Aoste"]} == {"commune"}
