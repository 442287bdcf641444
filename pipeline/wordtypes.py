"""Texts as tokens, and what the recogniser's network makes of each token by itself.

The tokens are those of spaCy's tokenizer, which cuts each stretch without blanks by itself: such a chunk is cut once, and
remembered, and each word type goes through the first layers of the network once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import IDX, LENGTH, NORM, ORTH
from spacy.language import Language

from pipeline.language import runs

Array: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]
Type: TypeAlias = tuple[int, int]  # ORTH and NORM of a token: the rest of its lexeme follows from these

MAX_KNOWN = 100_000  # tokens of chunks remembered, with the types of these: 95 MB where all differ
EPSILON = 1e-8  # of thinc's layer normalisation
AT_ONCE = 8  # word types worked out together
_BLANKS = re.compile(r"(\s+)")


class Words(NamedTuple):
    """The tokens of a text: offsets, a row for each of what the network makes of it by itself, and which are blanks."""

    starts: list[int]
    ends: list[int]
    rows: Array
    blank: Flags


class Layer(NamedTuple):
    """Words and their neighbours → as many numbers a word: the best of some linear pieces, normalised."""

    weights: Array  # (inputs, pieces x width), piece by piece
    bias: Array
    pieces: int
    gain: Array
    shift: Array

    def __call__(self, inputs: Array) -> Array:
        sums = inputs @ self.weights
        sums += self.bias
        out = best(sums, self.pieces)
        out -= out.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", out, out) / np.float32(out.shape[1])
        out *= ((spread + np.float32(EPSILON)) ** np.float32(-0.5))[:, None]
        out *= self.gain
        out += self.shift
        return out


def best(sums: Array, pieces: int) -> Array:
    """The highest of the pieces, which lie one behind the other in each row."""
    width = sums.shape[1] // pieces
    out = np.maximum(sums[:, :width], sums[:, width : 2 * width])
    for n in range(2, pieces):
        np.maximum(out, sums[:, n * width : (n + 1) * width], out=out)
    return out


def layer_of(affine: Any, norm: Any) -> Layer:
    """A layer with the weights of thinc's maxout and layer normalisation."""
    weights, bias = affine.get_param("W"), affine.get_param("b")  # (width, pieces, inputs), (width, pieces)
    width, count, inputs = weights.shape
    flat = np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(inputs, count * width))
    return Layer(flat, bias.T.reshape(-1).copy(), count, norm.get_param("G"), norm.get_param("b"))


def nodes(model: Any, name: str) -> list[Any]:
    """The parts of a thinc model that have a name, in its order."""
    return [node for node in model.walk() if node.name == name]


class _Embed:
    """What the network makes of word types by themselves: rows of hashed tables for their norm, prefix, suffix and
    shape, and their vector, all through one layer. spaCy's own layers do the same with many more steps between."""

    def __init__(self, embed: Any, vectors: Any) -> None:
        columns = nodes(embed, "extract_features")[0].attrs["columns"]
        if columns != ["NORM", "PREFIX", "SUFFIX", "SHAPE"]:
            raise ValueError(f"the recogniser looks at other features of words: {columns}")
        self._tables = [(node.get_param("E"), node.attrs["seed"], node.ops) for node in nodes(embed, "hashembed")]
        self._vectors = vectors
        self._project: Array = np.ascontiguousarray(nodes(embed, "static_vectors")[0].get_param("W").T)
        self._layer = layer_of(nodes(embed, "maxout")[0], nodes(embed, "layernorm")[0])

    def __call__(self, orths: Sequence[int], features: Sequence[tuple[int, int, int, int]]) -> Array:
        """A row for each word type, given as its ORTH and its (NORM, PREFIX, SUFFIX, SHAPE)."""
        parts: list[Array] = []
        columns = np.array(features, dtype=np.uint64).T
        for ids, (table, seed, ops) in zip(columns, self._tables, strict=True):
            parts.append(ops.gather_add(table, ops.hash(np.ascontiguousarray(ids), seed) % len(table)))
        at = self._vectors.find(keys=np.array(orths, dtype=np.uint64))
        projected = _evenly(lambda rows: rows @ self._project, self._vectors.data[at])
        projected[at < 0] = 0  # a word without a vector
        parts.append(projected)
        return _evenly(lambda rows: self._layer(rows), np.hstack(parts))


def _evenly(product: Callable[[Array], Array], rows: Array) -> Array:
    """A product of matrices, AT_ONCE rows at a time: BLAS rounds a row alike whatever the others hold, but not however
    many they are; and what is made of a word must not depend on the words met with it for the first time."""
    size = len(rows)
    whole = np.zeros((-(-size // AT_ONCE) * AT_ONCE, rows.shape[1]), dtype=np.float32)
    whole[:size] = rows
    return np.concatenate([product(whole[n : n + AT_ONCE]) for n in range(0, len(whole), AT_ONCE)])[:size]


class WordTypes:
    """Chunks and word types met so far. Remembers nothing of any text."""

    def __init__(self, nlp: Language, embed: Any, width: int) -> None:
        self._nlp, self._embed = nlp, _Embed(embed, nlp.vocab.vectors)
        self._chunks: dict[str, tuple[tuple[int, int, int], ...]] = {}  # → its tokens: start, end, row of the type
        self._held = 0  # tokens of all these
        self._rows: dict[Type, int] = {}
        self._table: Array = np.empty((1024, width), dtype=np.float32)
        self._blank: Flags = np.empty(1024, dtype=bool)

    def read(self, text: str) -> Words:
        """The tokens of a text, those of `language.tokenised`."""
        chunks = list(_chunks(text))
        new = dict.fromkeys(chunk for _, chunk in chunks if chunk not in self._chunks)
        if new:
            if self._held > MAX_KNOWN:
                self._chunks.clear()
                self._rows.clear()
                self._held = 0
                new = dict.fromkeys(chunk for _, chunk in chunks)
            self._learn(list(new))
        starts: list[int] = []
        ends: list[int] = []
        rows: list[int] = []
        for at, chunk in chunks:
            for start, end, row in self._chunks[chunk]:
                starts.append(at + start)
                ends.append(at + end)
                rows.append(row)
        of = np.array(rows, dtype=np.intp)
        return Words(starts, ends, self._table[of], self._blank[of])

    def _learn(self, chunks: Sequence[str]) -> None:
        blanks = [[chunk] for chunk in chunks if chunk.isspace()]
        words = [chunk for chunk in chunks if not chunk.isspace()]
        cut = {chunk: tokens for of in (*blanks, words) for chunk, tokens in zip(of, self._cut(of), strict=True)}
        types = dict.fromkeys(kind for tokens in cut.values() for _, _, kind in tokens)
        self._learn_types([kind for kind in types if kind not in self._rows])
        for chunk, tokens in cut.items():
            self._chunks[chunk] = tuple((start, end, self._rows[kind]) for start, end, kind in tokens)
            self._held += len(tokens)

    def _cut(self, chunks: Sequence[str]) -> Iterator[list[tuple[int, int, Type]]]:
        """The tokens of each chunk, with their offsets in it."""
        doc = self._nlp.make_doc("\n".join(chunks))  # a line break is a token of its own
        tokens = doc.to_array([IDX, LENGTH, ORTH, NORM]).tolist() if len(doc) else []
        at = n = 0
        for chunk in chunks:
            first, end = n, at + len(chunk)
            while n < len(tokens) and tokens[n][0] < end:
                n += 1
            yield [(start - at, start - at + size, (orth, norm)) for start, size, orth, norm in tokens[first:n]]
            at, n = end + 1, n + 1

    def _learn_types(self, new: Sequence[Type]) -> None:
        if not new:
            return
        first, size = len(self._rows), len(self._rows) + len(new)
        if size > len(self._table):
            room = max(size, 2 * len(self._table))
            self._table = np.resize(self._table, (room, self._table.shape[1]))
            self._blank = np.resize(self._blank, room)
        lexemes: list[Any] = [self._nlp.vocab[orth] for orth, _ in new]
        features = [(norm, x.prefix, x.suffix, x.shape) for (_, norm), x in zip(new, lexemes, strict=True)]
        self._table[first:size] = self._embed([orth for orth, _ in new], features)
        self._blank[first:size] = [x.is_space for x in lexemes]
        self._rows.update((kind, first + n) for n, kind in enumerate(new))


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """What spaCy cuts by itself, with its offset: words with the signs that stick to them, and blanks but for the one
    space behind a word."""
    at = 0
    for part in runs(text):
        begun = at
        for piece in _BLANKS.split(part):
            spaced = piece[:1] == " " and at > begun
            if spaced and len(piece) == 1:
                at += 1
            elif piece:
                yield at + spaced, piece[spaced:]
                at += len(piece)
