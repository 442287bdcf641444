"""Sources → documents, or refusals."""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path

import pytest

from pipeline.readers import Layout, Refusal, document_of, read, release_id

LAYOUT = Layout.load()
ARTICLE = Path(__file__).parents[2] / "corpus/provence-ia-2025.txt"


def test_a_file() -> None:
    data = ARTICLE.read_bytes()
    document = read(ARTICLE, uri="corpus/provence-ia-2025.txt", layout=LAYOUT)
    assert document.text == data.decode()
    assert document.uri == "corpus/provence-ia-2025.txt"
    assert document.media_type == "text/plain"
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert document.blocks


def test_bytes_and_path_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Une usine à Lyon\n".encode("cp1252"))
    assert read(path, layout=LAYOUT).text == read(path.read_bytes(), layout=LAYOUT).text == "Une usine à Lyon\n"
    assert read(path, layout=LAYOUT).uri == path.as_posix()


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"", "empty", ""),
        (b" \r\n\t", "empty", ""),
        (b"\xef\xbb\xbf", "empty", ""),
        (b"12 34\n5 6", "no_words", ""),
        (b"\0\1\2\3" * 50, "binary", ""),
        (b"text with a \0 null", "binary", ""),
        (b"<?xml version='1.0'?><other/>", "kind_unsupported", "xml"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "kind_unsupported", "ole"),
        (b"{\\rtf1\\ansi}", "kind_unsupported", "rtf"),
        (b"\x1f\x8b\x08\0", "kind_unsupported", "gzip"),
        (b"\x89PNG\r\n\x1a\n", "kind_unsupported", "image"),
    ],
)
def test_refused_bytes(data: bytes, code: str, detail: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(data, uri="in/source.txt", layout=LAYOUT)
    assert (refusal.value.uri, refusal.value.code, refusal.value.detail) == ("in/source.txt", code, detail)


@pytest.mark.parametrize(
    "text", ["From: la gare, tout change", "{Une accolade} ouvre", "<< Une usine >> à Lyon", "[Lyon]"]
)
def test_text_that_looks_like_something_else(text: str) -> None:
    assert read(text.encode(), layout=LAYOUT).text == text


def test_refused_paths(tmp_path: Path) -> None:
    answers = tmp_path / "a.release"
    answers.write_text("published: 2024-01-01\n---\n---\n[]", encoding="utf-8")
    for path, code in ((tmp_path, "folder"), (tmp_path / "none", "missing"), (answers, "holds_answers")):
        with pytest.raises(Refusal) as refusal:
            read(path, layout=LAYOUT)
        assert refusal.value.code == code


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Une usine", encoding="utf-8")
    path.chmod(0)
    with pytest.raises(Refusal, match="unreadable"):
        read(path, layout=LAYOUT)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(Refusal, match="not_a_file"):
        read(path, layout=LAYOUT)


def test_a_str_is_kept_to_the_letter() -> None:
    text = "PubliÃ© le 3\r\n\u2028e\u0301 mil-\nlions  \n"
    assert document_of(text).text == text


def test_a_lone_surrogate_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"U\+D800 at 3"):
        document_of("abc\ud800")


def test_refusals_travel_between_processes() -> None:
    refusal = Refusal("a.txt", "unreadable", "no\nway")
    assert pickle.loads(pickle.dumps(refusal)) == refusal
    assert refusal.detail == "no way"


def test_ids_follow_the_uri() -> None:
    assert release_id("a.txt", "0" * 64) == release_id("a.txt", "1" * 64) != release_id("b.txt", "0" * 64)
    assert release_id(None, "0" * 64) != release_id(None, "1" * 64)
