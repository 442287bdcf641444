"""Paths → shards: the sources that a plain batch would find, in pieces that any worker can read."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.cluster.arrow import source_words
from pipeline.cluster.inputs import Piece, Shard, shards, sources_of
from pipeline.document import Document
from pipeline.readers import Readers, Refusal
from pipeline.readers.layout import Layout
from pipeline.run import Source


@pytest.fixture(scope="module")
def readers() -> Readers:
    return Readers(Layout.load())


def cut(*paths: Path | str, size: int = 3, engine: str = "e1", without: str | None = None) -> list[Shard]:
    return list(shards([str(p) for p in paths], engine, size, without))


def sources(*paths: Path | str, size: int = 3) -> list[Source]:
    return [s for shard in cut(*paths, size=size) for piece in shard.pieces for s in sources_of(piece, source_words())]


def lines(path: Path, count: int) -> Path:
    rows = [{"id": f"n{n}" if n % 2 else None, "texte": f"Texte {n}.", "date": "2024-05-01"} for n in range(count)]
    told = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n\n".join([*told[:2], "{broken", *told[2:]]) + "\n\n", encoding="utf-8")
    return path


def test_lines_are_the_documents_that_the_whole_file_gives(tmp_path: Path, readers: Readers) -> None:
    file = lines(tmp_path / "rows.jsonl", 8)
    found = sources(file)
    assert len(cut(file)) == 3

    def read() -> Iterator[Document | Refusal]:
        for s in found:
            yield s.refusal or readers.row(s.row or {}, s.uri, s.media_type)

    plain = list(readers.documents(file.read_bytes(), file.as_posix()))
    assert [(d.uri, getattr(d, "text", None)) for d in read()] == [(d.uri, getattr(d, "text", None)) for d in plain]
    assert [d for d in read() if isinstance(d, Document)] == [d for d in plain if isinstance(d, Document)]


def test_rows_of_parquet_across_its_groups(tmp_path: Path, readers: Readers) -> None:
    days = [datetime.date(2024, 5, n + 1) for n in range(10)]
    table = pa.table({"body": [f"Texte {n}." for n in range(10)], "published": days})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=4)
    found = sources(tmp_path / "a.parquet")
    documents = [readers.row(s.row or {}, s.uri, s.media_type) for s in found]
    assert [d.text for d in documents] == table["body"].to_pylist()
    assert [d.published for d in documents] == days
    assert [str(d.uri).rpartition("#")[2] for d in documents] == [str(n + 1) for n in range(10)]


def test_folders_patterns_and_what_is_not_there(tmp_path: Path) -> None:
    for name in ("a.txt", "b.html", ".hidden", "sub/c.txt", "out/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)

    def uris(*paths: str, without: str | None = None) -> list[str]:
        found = cut(*paths, without=without)
        return [os.path.relpath(p.uri, tmp_path) for shard in found for p in shard.pieces]

    assert uris(f"{tmp_path}") == ["a.txt", "b.html", "out/x.txt", "sub/c.txt"]
    assert uris(f"{tmp_path}", without=f"{tmp_path}/out") == ["a.txt", "b.html", "sub/c.txt"]
    assert uris(f"{tmp_path}/**/*.txt") == ["a.txt", "out/x.txt", "sub/c.txt"]
    (missing,) = sources(tmp_path / "no*.txt")
    assert missing.refusal is not None
    assert missing.refusal.code == "missing"


def test_an_address_is_read_through_fsspec(tmp_path: Path) -> None:
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/archive/a.txt", b"Un.")
    fs.pipe_file("/archive/b/rows.jsonl", b'{"text": "Deux."}\n{"text": "Trois."}\n')
    fs.pipe_file("/archive/.c.txt", b"Rien.")
    found = sources("memory://archive")
    assert [(s.uri, s.data, s.row) for s in found] == [
        ("memory:///archive/a.txt", b"Un.", None),
        ("memory:///archive/b/rows.jsonl#1", None, {"text": "Deux."}),
        ("memory:///archive/b/rows.jsonl#2", None, {"text": "Trois."}),
    ]
    assert [s.uri for s in sources("memory://archive/*.txt")] == ["memory:///archive/a.txt"]


def test_a_shard_keeps_its_name_until_its_sources_or_the_engine_change(tmp_path: Path) -> None:
    for n in range(7):
        (tmp_path / f"{n}.txt").write_text("Un.")
    before = [s.name for s in cut(tmp_path)]
    assert [s.name for s in cut(tmp_path)] == before
    (tmp_path / "1.txt").write_text("Deux !")
    (tmp_path / "9.txt").write_text("Neuf.")  # at the end: the last one has room
    after = [s.name for s in cut(tmp_path)]
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, False]
    assert not {s.name for s in cut(tmp_path, engine="e2")} & set(after)


def test_broken_tables_are_refused_and_keep_their_count(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nothing of it")
    (tmp_path / "b.jsonl").write_bytes(b"")
    found = sources(tmp_path)
    assert [s.refusal.code for s in found if s.refusal] == ["unreadable", "empty"]
    file = lines(tmp_path / "c.jsonl", 5)
    (shard, *_) = cut(file, size=9)
    file.write_text('{"text": "Un."}\n')
    left = list(sources_of(shard.pieces[0], source_words()))
    assert (len(left), [s.refusal is None for s in left]) == (6, [True] + [False] * 5)
    gone = list(sources_of(Piece("rows", "x", str(tmp_path / "no.parquet"), count=3, stop=3), source_words()))
    assert [s.refusal.code for s in gone if s.refusal] == ["failed"] * 3
    assert len({s.uri for s in gone}) == 3
