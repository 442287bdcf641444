"""The reliability diagram tells a confidence that keeps its word from one that does not."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from pipeline.training.reliability import curve, diagram, table


def rows(share: float, feature: str, count: int = 200) -> list[tuple[dict[str, float], int, int]]:
    """Rows of four slots of which this share is right."""
    return [({"bias": 1.0, feature: 1.0}, round(4 * share), 4)] * count


def test_what_is_right_more_often_is_promised_more() -> None:
    bins = curve(rows(0.25, "weak") + rows(0.75, "strong"))
    assert [(b.slots, round(b.right, 2)) for b in bins] == [(800, 0.25), (800, 0.75)]
    assert all(abs(b.promised - b.right) < 0.02 for b in bins)


def test_a_row_is_judged_by_a_fit_on_others() -> None:
    data = [({"bias": 1.0, f"row={n}": 1.0}, 4 * (n % 2), 4) for n in range(40)]
    bins = curve(data)
    assert sum(b.slots for b in bins) == 160
    assert all(0.3 < b.promised < 0.7 for b in bins)  # by its own feature each row would tell its outcome


def test_table_and_diagram_hold_every_bin() -> None:
    bins = curve(rows(0.25, "weak") + rows(0.75, "strong"))
    assert table(bins).count("\n") == 1 + len(bins)
    circles = ET.fromstring(diagram(bins)).findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == len(bins)
