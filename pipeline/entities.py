"""The recogniser run by hand: the entities that spaCy's `ner` finds, in a fraction of its time.

Three things make the difference. What the network makes of a word by itself depends on the word type alone: it is
worked out once, and remembered. What the network makes of a word among its neighbours are products of matrices, done
here by numpy's BLAS and one stretch of a text at a time, so that they stay in the processor's cache. And as long as no
entity is open, what is best at a token does not depend on what was chosen before it: all tokens are decided at once,
and only the few on which an entity of several tokens may begin are followed further. For the same reason it is known of
each token how near the network came to beginning a name there, which spaCy does not tell.

Sums are taken in another order than spaCy takes them, so that scores differ by rounding (about one millionth).
`language.read_texts` is the plain way; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import IDX, LENGTH, NORM, ORTH
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.choose import softmax
from pipeline.entity import LIKELY, Entity, Odds
from pipeline.language import pieces, recogniser, tokenised

Array: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

STRETCH = 512  # tokens worked on at a time
MAX_KNOWN = 50_000  # word types remembered: 20 MB
EPSILON = 1e-8  # of thinc's layer normalisation
AT_ONCE = 8  # word types worked out together


class _Layer(NamedTuple):
    """Words and their neighbours → as many numbers a word: the best of some linear pieces, normalised."""

    weights: Array  # (inputs, pieces x width), piece by piece
    bias: Array
    pieces: int
    gain: Array
    shift: Array

    def __call__(self, inputs: Array) -> Array:
        sums = inputs @ self.weights
        sums += self.bias
        out = _best(sums, self.pieces)
        out -= out.mean(axis=1, keepdims=True)
        spread = np.einsum("ij,ij->i", out, out) / np.float32(out.shape[1])
        out *= ((spread + np.float32(EPSILON)) ** np.float32(-0.5))[:, None]
        out *= self.gain
        out += self.shift
        return out


def _best(sums: Array, pieces: int) -> Array:
    """The highest of the pieces, which lie one behind the other in each row."""
    width = sums.shape[1] // pieces
    out = np.maximum(sums[:, :width], sums[:, width : 2 * width])
    for n in range(2, pieces):
        np.maximum(out, sums[:, n * width : (n + 1) * width], out=out)
    return out


def _layer(affine: Any, norm: Any) -> _Layer:
    weights, bias = affine.get_param("W"), affine.get_param("b")  # (width, pieces, inputs), (width, pieces)
    width, count, inputs = weights.shape
    flat = np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(inputs, count * width))
    return _Layer(flat, bias.T.reshape(-1).copy(), count, norm.get_param("G"), norm.get_param("b"))


def _nodes(model: Any, name: str) -> list[Any]:
    return [node for node in model.walk() if node.name == name]


class _Embed:
    """What the network makes of word types by themselves: rows of hashed tables for their norm, prefix, suffix and
    shape, and their vector, all through one layer. spaCy's own layers do the same with many more steps between."""

    def __init__(self, embed: Any, vectors: Any) -> None:
        columns = _nodes(embed, "extract_features")[0].attrs["columns"]
        if columns != ["NORM", "PREFIX", "SUFFIX", "SHAPE"]:
            raise ValueError(f"the recogniser looks at other features of words: {columns}")
        self._tables = [(node.get_param("E"), node.attrs["seed"], node.ops) for node in _nodes(embed, "hashembed")]
        self._vectors = vectors
        self._project: Array = np.ascontiguousarray(_nodes(embed, "static_vectors")[0].get_param("W").T)
        self._layer = _layer(_nodes(embed, "maxout")[0], _nodes(embed, "layernorm")[0])

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


class _WordTypes:
    """What the network makes of each word type by itself: one row of a table, worked out once."""

    def __init__(self, nlp: Language, embed: Any, width: int) -> None:
        self._vocab, self._embed = nlp.vocab, _Embed(embed, nlp.vocab.vectors)
        self._rows: dict[tuple[int, int], int] = {}  # (ORTH, NORM) → row; the rest of a lexeme follows from these
        self._table: Array = np.empty((1024, width), dtype=np.float32)
        self._blank: Flags = np.empty(1024, dtype=bool)

    def of(self, types: list[tuple[int, int]]) -> tuple[Array, Flags]:
        """A row for each of some (ORTH, NORM) pairs, and which of them are blanks."""
        rows = list(map(self._rows.get, types))
        if None in rows:
            new = list(dict.fromkeys(t for t, row in zip(types, rows, strict=True) if row is None))
            if len(self._rows) + len(new) > MAX_KNOWN:
                self._rows.clear()
                new = list(dict.fromkeys(types))
            self._learn(new)
            rows = [self._rows[t] for t in types]
        at = np.array(rows, dtype=np.intp)
        return self._table[at], self._blank[at]

    def _learn(self, new: list[tuple[int, int]]) -> None:
        first, size = len(self._rows), len(self._rows) + len(new)
        if size > len(self._table):
            room = max(size, 2 * len(self._table))
            self._table = np.resize(self._table, (room, self._table.shape[1]))
            self._blank = np.resize(self._blank, room)
        lexemes: list[Any] = [self._vocab[orth] for orth, _ in new]
        features = [(norm, x.prefix, x.suffix, x.shape) for (_, norm), x in zip(new, lexemes, strict=True)]
        self._table[first:size] = self._embed([orth for orth, _ in new], features)
        self._blank[first:size] = [x.is_space for x in lexemes]
        self._rows.update((key, first + n) for n, key in enumerate(new))


class EntityFinder:
    """Built once from the pipeline whose entities it finds. Remembers word types, nothing of any text."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        ner = recogniser(nlp)
        model = ner.model
        tok2vec, lower, upper = model.get_ref("tok2vec"), model.get_ref("lower"), model.get_ref("upper")
        embed, encode = tok2vec.layers[0].get_ref("embed"), tok2vec.layers[0].get_ref("encode")
        self._types = _WordTypes(nlp, embed, embed.get_dim("nO"))
        affines, norms = _nodes(encode, "maxout"), _nodes(encode, "layernorm")
        self._layers = [_layer(affine, norm) for affine, norm in zip(affines, norms, strict=True)]
        narrow = tok2vec.layers[-1]
        self._narrow: Array = np.ascontiguousarray(narrow.get_param("W").T)
        self._narrow_bias: Array = narrow.get_param("b")
        # What the token to decide on, the first of an open entity and the one before add to a state, piece by piece.
        weights, bias, pad = lower.get_param("W"), lower.get_param("b"), lower.get_param("pad")[0]
        feats, width, self._pieces, inputs = weights.shape
        flat = weights.transpose(0, 3, 2, 1).reshape(feats, inputs, self._pieces * width)
        self._token, self._first, self._before = (np.ascontiguousarray(f) for f in flat)
        _, self._no_first, self._no_before = (p.T.reshape(-1) for p in pad)
        self._state_bias: Array = bias.T.reshape(-1)
        self._out: Array = np.ascontiguousarray(upper.get_param("W").T)
        self._out_bias: Array = upper.get_param("b")
        names = [ner.moves.get_class_name(n) for n in range(ner.moves.n_moves)]  # `move_names` leaves one out
        moves = [name.partition("-")[::2] for name in names]
        if model.attrs["unseen_classes"]:
            raise ValueError("the recogniser bars some of its labels")
        labels = [label for action, label in moves if action == "B"]
        number = {(action, label): n for n, (action, label) in enumerate(moves)}
        # Where no entity is open: out, begin or single, in the order of the moves, the first of equals being taken.
        self._free = [n for n, (action, label) in enumerate(moves) if action == "O" or (action in "BU" and label)]
        self._free_moves = [moves[n] for n in self._free]
        self._begins = np.array([action == "B" for action, _ in self._free_moves])
        self._named = np.array([action != "O" for action, _ in self._free_moves])
        self._labels = labels
        self._label_of = np.array([labels.index(la) if la in labels else -1 for _, la in self._free_moves])
        self._of_label = (self._label_of[:, None] == np.arange(len(labels))).astype(np.float32)
        self._inside = np.array([number["I", label] for label in labels])
        self._last = np.array([number["L", label] for label in labels])

    def find(self, view: str) -> list[Entity]:
        """The entities of a text, given as its matching view, and the tokens at which one might have begun, in order."""
        return [
            e._replace(start=start + e.start, end=start + e.end)
            for start, end in pieces(view)
            for e in self._found(view[start:end])
        ]

    def _found(self, text: str) -> list[Entity]:
        doc = tokenised(self._nlp, text)
        if not len(doc):
            return []
        starts, lengths = doc.to_array([IDX, LENGTH]).T.tolist()
        words, blank = self.words(doc)
        tokens = self.among_neighbours(words)
        by_token = tokens @ self._token
        scores = self._free_scores(by_token, blank)
        likely = self._likely(scores)
        found = [
            Entity(starts[first], starts[last] + lengths[last], label, likely.pop(first))
            for first, last, label in self._decide(tokens, by_token, scores)
        ]
        found += [Entity(starts[at], starts[at] + lengths[at], "", odds) for at, odds in likely.items()]
        return sorted(found)

    def words(self, doc: Doc) -> tuple[Array, Flags]:
        """A row for each token, of what the network makes of it by itself; and which tokens are blanks."""
        orths, norms = doc.to_array([ORTH, NORM]).T.tolist()
        return self._types.of(list(zip(orths, norms, strict=True)))

    def among_neighbours(self, words: Array) -> Array:
        """Words by themselves → a row for each token, of what the network makes of it among its neighbours."""
        reach = len(self._layers)
        size, width = words.shape
        edged = np.zeros((size + 2 * reach, width), dtype=np.float32)
        edged[reach:-reach] = words
        out = np.empty((size, self._narrow.shape[1]), dtype=np.float32)
        for start in range(0, size, STRETCH):
            end = min(start + STRETCH, size)
            part = edged[start : end + 2 * reach]
            for layer in self._layers:
                window = np.zeros((len(part), 3 * width), dtype=np.float32)
                window[1:, :width] = part[:-1]
                window[:, width : 2 * width] = part
                window[:-1, 2 * width :] = part[1:]
                part = layer(window) + part
            out[start:end] = part[reach:-reach] @ self._narrow
        out += self._narrow_bias
        return out

    def _scores(self, sums: Array) -> Array:
        scores: Array = _best(sums, self._pieces) @ self._out
        scores += self._out_bias
        return scores

    def _free_scores(self, by_token: Array, blank: Flags) -> Array:
        """(tokens, moves): the score of each move that may be made where no entity is open."""
        scores = self._scores(by_token + self._no_first + self._no_before + self._state_bias)[:, self._free]
        scores[-1, self._begins] = -np.inf  # nothing is left for it to go on with
        scores[np.ix_(blank, self._named)] = -np.inf  # no entity begins with a blank
        return scores

    def _likely(self, scores: Array) -> dict[int, Odds]:
        """Token → how probable it is that a name begins there, were none open; of the tokens where one is likely."""
        by_label = softmax(scores) @ self._of_label
        tokens = np.flatnonzero((by_label > LIKELY).any(axis=1))
        return {
            at: tuple((label, round(p, 4)) for label, p in zip(self._labels, row, strict=True) if p > LIKELY)
            for at, row in zip(tokens.tolist(), by_label[tokens].tolist(), strict=True)
        }

    def _decide(self, tokens: Array, by_token: Array, scores: Array) -> list[tuple[int, int, str]]:
        """(first token, last token, label) of the entities that spaCy's greedy transitions give."""
        best = scores.argmax(axis=1)
        begins = np.flatnonzero(self._begins[best])
        ends = self._follow(tokens, by_token, begins, self._label_of[best[begins]])
        found, free = [], 0
        for at in np.flatnonzero(self._named[best]).tolist():
            if at >= free:
                last = ends.get(at, at)
                found.append((at, last, self._labels[self._label_of[best[at]]]))
                free = last + 1
        return found

    def _follow(self, tokens: Array, by_token: Array, begins: Ints, labels: Ints) -> dict[int, int]:
        """Where the entities that may begin at some tokens end: all of them a token further at each step."""
        ends: dict[int, int] = {}
        first = tokens[begins] @ self._first
        at = begins + 1
        while len(at):
            sums = by_token[at] + first + tokens[at - 1] @ self._before + self._state_bias
            scores = self._scores(sums)
            each = np.arange(len(at))
            stay, leave = scores[each, self._inside[labels]], scores[each, self._last[labels]]
            order = self._inside[labels] < self._last[labels]
            goes_on = np.where(order, stay >= leave, stay > leave) & (at < len(tokens) - 1)
            done = ~goes_on
            ends.update(zip(begins[done].tolist(), at[done].tolist(), strict=True))
            begins, labels, first, at = begins[goes_on], labels[goes_on], first[goes_on], at[goes_on] + 1
        return ends
