"""The queue, the search, the parts of a long release, the picture, and hostile texts shown as text."""

from __future__ import annotations

import itertools
import sqlite3
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from pipeline.corpus import read_release
from pipeline.records import Amount, Release
from pipeline.review.filters import Filters
from pipeline.review.parts import FACTS, MARKS, TEXT, part_of, parts
from pipeline.review.pictures import grid, picture
from pipeline.review.queue import Progress, following, preceding, progress, rows
from pipeline.store import Reading, Store, decisions, ledger
from pipeline.store.schema import VERSION
from rules import gazetteers
from tests.review.conftest import Page, put, told


def test_the_doubtful_come_first_and_the_order_lasts(store: Store) -> None:
    sure = put(store, told("a.txt", ("Alba", 3, "Lyon"), sure=0.9))
    doubtful = put(store, told("b.txt", ("Borée", 3, "Nantes"), ("Borée", 4, "Nantes"), sure=0.2))
    todo = Filters()
    first = following(store, todo)
    assert first is not None
    assert first.source == doubtful
    decisions.decide(store, doubtful, first.fact_id, "accept", "Anne")
    here = following(store, todo, doubtful, stay=True)
    assert here is not None
    assert (here.source, here.fact_id != first.fact_id) == (doubtful, True)
    onwards, back = following(store, todo, doubtful), preceding(store, todo, sure)
    assert onwards is not None
    assert back is not None
    assert (onwards.source, back.source) == (sure, doubtful)
    assert progress(store, todo) == Progress(3, 2)
    for row in rows(store, todo, 1)[0]:
        decisions.decide(store, row["source"], row["fact_id"], "reject", "Anne")
    assert following(store, todo, sure) is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"firm": "alba"}, 1),
        ({"region": "84"}, 1),
        ({"region": "none"}, 0),
        ({"source": "B.TX"}, 2),
        ({"since": "2025-04-01"}, 2),
        ({"until": "2025-03-31"}, 1),
        ({"month": "2025-04"}, 2),
        ({"action": "invest", "figure": "amount"}, 3),
        ({"figure": "jobs"}, 0),
        ({"level": "low"}, 2),
        ({"q": "nantes borée"}, 2),
        ({"q": "boree NANT"}, 2),
        ({"q": "titre b"}, 2),
        ({"q": '"'}, 0),
        ({"q": "NEAR( OR * -x"}, 0),
        ({"state": "accepted"}, 0),
    ],
)
def test_filters(store: Store, asked: dict[str, str], found: int) -> None:
    put(store, told("a.txt", ("Alba", 3, "Lyon"), sure=0.9))
    put(store, told("b.txt", ("Borée", 3, "Nantes"), ("Borée", 4, "Nantes"), sure=0.3, day="2025-04-02"))
    assert rows(store, Filters.of(asked), 1)[1] == found


def test_an_address_that_says_nonsense_is_no_filter() -> None:
    wrong = {"state": "x", "figure": "1; DROP TABLE fact", "level": "?", "since": "yesterday", "q": "  "}
    assert Filters.of(wrong) == Filters()
    assert Filters.of({"firm": "a&b"}).query(page=2) == "firm=a%26b&page=2"


def test_an_older_store_learns_to_search(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with Store.open(path, create=True) as store:
        put(store, told("a.txt", ("Alba", 3, "Lyon")))
        store.connection.execute("DROP TABLE search")
        store.connection.execute("PRAGMA user_version = 1")
    with Store.open(path) as store:
        assert rows(store, Filters(q="lyon"), 1)[1] == 1
        assert store.connection.execute("PRAGMA user_version").fetchone()[0] == VERSION
    with sqlite3.connect(path) as plain:  # what does not know the store's functions can still read it
        assert plain.execute("SELECT count(*) FROM fact").fetchone() == (1,)


def test_parts_hold_all_of_a_text() -> None:
    for text, marks, facts in (
        ("", [], []),
        ("x" * 100_000, [], []),
        ("ab cd\n" * 20_000, list(range(0, 120_000, 20)), list(range(0, 120_000, 300))),
        ("x" * 50, [3] * 5000, [3] * 900),
    ):
        cut = parts(text, marks, facts)
        assert cut[0][0] == 0
        assert cut[-1][1] == len(text)
        assert all(a[1] == b[0] for a, b in itertools.pairwise(cut))
        for start, end in cut:
            assert end - start <= TEXT
            assert len({m for m in marks if start <= m < end}) <= MARKS
            assert len({f for f in facts if start <= f < end}) <= FACTS
        assert part_of(cut, 0) == 0
        assert part_of(cut, len(text)) == len(cut) - 1


def hostile() -> Release:
    """A line of a megabyte with 5,000 amounts, markup and signs that turn the text."""
    head = "<script>alert(1)</script> \u202ename\u202c &amp; <img src=x onerror=alert(1)>\r\x00 "
    text, amounts = head, []
    for n in range(5_000):
        words = f"{n + 1} M€"
        amounts.append(
            Amount(start=len(text), end=len(text) + len(words), text=words, value=1e6 * (n + 1), currency="EUR")
        )
        text += words + " <b>" + "x" * 190
    one = told("h<i>.txt", ("Alba", 3, "Lyon"), head=text)
    return one.model_copy(update={"amounts": (*amounts, *one.amounts), "title": "<script>alert(2)</script>\u202e"})


def test_a_hostile_release_is_text_in_parts(page: Page) -> None:
    release = hostile()
    assert len(release.text) > 1_000_000
    source = put(page.store, release)
    first = page.get(f"/release/{source}?part=0").text
    assert len(first) < 400_000
    for inert in ("<script>alert", "<img src=x", "<b>", "<i>", "\u202e", "\x00"):
        assert inert not in first
    assert "&lt;script&gt;alert(1)" in first
    assert "U+202E" in first
    assert "&#13;" in first
    last = page.get(f"/release/{source}?fact={page.fact(source)}").text
    assert "Alba" in last
    assert 'data-first="' in last
    for path in ("/queue", "/picture", "/audit", "/out", f"/fact/{source}/{page.fact(source)}/edit"):
        text = page.get(path).text
        assert "<script>alert" not in text
        assert "\u202e" not in text


def test_many_facts_in_one_place_are_shown_as_they_are_decided(page: Page) -> None:
    one = told("a.txt", ("Alba", 3, "Lyon"))
    many = tuple(one.facts[0].model_copy(update={"id": f"f{n:04}", "confidence": 0.5}) for n in range(200))
    source = put(page.store, one.model_copy(update={"facts": many}))
    html = page.get(f"/release/{source}").text
    assert html.count('class="fact ') == 60
    assert "140 more facts" in html
    assert 'id="ff0199"' in page.get(f"/release/{source}?fact=f0199").text


def test_sums_count_an_event_once_and_lead_to_their_rows(page: Page) -> None:
    put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    put(page.store, told("b.txt", ("Alba", 3, "Lyon"), day="2025-03-09"))
    other = put(page.store, told("c.txt", ("Borée", 5, "Nantes"), day="2025-04-01"))
    names = gazetteers.load().regions
    drawn = picture(page.store, Filters(state="all"), "amount", lambda c: names[c].name)
    assert (drawn.total.value, drawn.total.count) == (8e6, 2)
    assert {t.sum.key: t.sum.value for t in drawn.tiles if t.sum.count} == {"84": 3e6, "52": 5e6}
    assert [(m.key, m.value) for m in drawn.months] == [("2025-03", 3e6), ("2025-04", 5e6)]
    assert [f.name for f in drawn.firms] == ["Borée", "Alba"]
    html = page.get("/picture").text
    assert "region=52" in html
    assert "month=2025-03" in html
    decisions.decide(page.store, other, page.fact(other), "reject", "Anne")
    assert picture(page.store, Filters(state="all"), "amount", str).total.value == 3e6
    assert page.get("/picture?measure=power").status_code == 200


def test_every_region_is_on_the_map_but_for_the_collectivities() -> None:
    assert set(grid()) == {code for code in gazetteers.load().regions if len(code) == 2}
    tiles = list(grid().values())
    for n, (x, y, w, h) in enumerate(tiles):
        for a, b, c, d in tiles[n + 1 :]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y


def test_what_was_checked_goes_out_and_joins_the_corpus(page: Page, tmp_path: Path) -> None:
    release = told("a.txt", ("Alba", 3, "Lyon"), ("Borée", 5, "Nantes"), head="Zéphyr < 3 & <b>gras</b>\n\n")
    source = put(page.store, release)
    page.post(f"/fact/{source}/{page.fact(source)}/decide", action="reject", expects="")
    assert "1 still to decide" in page.get("/out").text
    assert page.get("/out/corpus").status_code == 404
    form = page.form_of(source, page.fact(source, 1)) | {"amount.value": "jusqu’à 6 M€", "company": "Zéphyr"}
    assert page.post(f"/fact/{source}/{page.fact(source, 1)}/correct", **form).status_code == 200
    archive = zipfile.ZipFile(BytesIO(page.get("/out/corpus").content))
    (name,) = archive.namelist()
    (tmp_path / name).write_bytes(archive.read(name))
    back = read_release(tmp_path / name)
    assert back.text == release.text.strip("\n")
    assert back.published == release.published
    assert back.facts == (
        {
            "company": "Zéphyr",
            "action": "invest",
            "status": "announced",
            "amount": {"value": 6000000, "currency": "EUR", "bound": "at_most"},
            "places": ["Nantes"],
        },
    )
    tagged = {(m.tag, m.text): m.attributes for m in back.mentions}
    assert tagged["amount", "5 M€"] == {"value": "6000000", "currency": "EUR", "role": "investment", "bound": "at_most"}
    assert tagged["place", "Nantes"]["insee"] == "44109"
    assert tagged["company", "Zéphyr"] == {"name": "Zéphyr"}
    assert "Zéphyr" in page.get("/out/facts/csv").text
    assert "Alba" not in page.get("/out/facts/jsonl").text
    assert page.get("/out/facts/exe").status_code == 404


@pytest.mark.parametrize("head", ["a\n---\nb\n", "a\rb\n", "<amount>x\n", "</place>\n"])
def test_a_text_that_the_corpus_cannot_hold_stays(page: Page, head: str) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon"), head=head))
    page.post(f"/fact/{source}/{page.fact(source)}/decide", action="accept", expects="")
    html = page.get("/out").text
    assert "does not fit this format" in html
    assert page.get("/out/corpus").status_code == 404


def test_without_a_day_it_stays(page: Page) -> None:
    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon"), day=""))
    page.post(f"/fact/{source}/{page.fact(source)}/decide", action="accept", expects="")
    assert "no date of publication" in page.get("/out").text


def test_a_source_that_is_read_no_more_keeps_its_page(page: Page) -> None:
    from pipeline.readers import Refusal

    source = put(page.store, told("a.txt", ("Alba", 3, "Lyon")))
    page.post(f"/fact/{source}/{page.fact(source)}/decide", action="accept", expects="")
    ledger.write(page.store, Reading("a.txt", "0" * 64, [Refusal("a.txt", "empty")]), "e1")
    assert "could not be read again" in page.get(f"/release/{source}").text
