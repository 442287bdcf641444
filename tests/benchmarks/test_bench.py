"""The course of the benchmark: everyone reads every text once, each round in another order, and ratios are told."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.bench import Lap, Reader, measure, table


def test_everyone_reads_every_text_once_and_in_turn() -> None:
    texts = [f"un texte de {n} mots" for n in range(7)]
    read: list[tuple[str, str]] = []

    def reader(name: str) -> Reader:
        def take(part: Sequence[str]) -> None:
            read.extend((name, text) for text in part)

        return take

    laps = measure({name: reader(name) for name in "abc"}, texts, 3)
    assert sorted(read) == sorted((name, text) for name in "abc" for text in texts)
    assert [sum(lap.words for lap in laps[name]) for name in "abc"] == [7 * 5] * 3
    order = [name for i, (name, _) in enumerate(read) if i == 0 or read[i - 1][0] != name]
    assert "".join(order) == "abc" + "bca" + "cab"


def test_the_table_tells_medians_and_ratios_within_rounds() -> None:
    ours = [Lap(100, 1.0, 1.0), Lap(100, 2.0, 2.0), Lap(300, 1.0, 1.0)]
    base = [Lap(100, 0.5, 0.5), Lap(100, 4.0, 2.0), Lap(300, 2.0, 2.0)]
    lines = table({"ours": ours, "base": base}, "base").splitlines()
    assert lines[1].split() == ["ours", "100", "50", "–", "300", "2.00", "1.00", "1.00"]
    assert lines[2].split() == ["base", "150", "25", "–", "200", "1.00", "1.00", "0.69"]
