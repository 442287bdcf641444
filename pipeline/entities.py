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

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language

from pipeline.choose import softmax
from pipeline.entity import LIKELY, Entity, Odds
from pipeline.language import pieces, recogniser
from pipeline.wordtypes import Array, Flags, WordTypes, best, layer_of, nodes

Ints: TypeAlias = NDArray[np.int64]

STRETCH = 512  # tokens worked on at a time


class EntityFinder:
    """Built once from the pipeline whose entities it finds. Remembers word types, nothing of any text."""

    def __init__(self, nlp: Language) -> None:
        ner = recogniser(nlp)
        model = ner.model
        tok2vec, lower, upper = model.get_ref("tok2vec"), model.get_ref("lower"), model.get_ref("upper")
        embed, encode = tok2vec.layers[0].get_ref("embed"), tok2vec.layers[0].get_ref("encode")
        self.types = WordTypes(nlp, embed, embed.get_dim("nO"))
        affines, norms = nodes(encode, "maxout"), nodes(encode, "layernorm")
        self._layers = [layer_of(affine, norm) for affine, norm in zip(affines, norms, strict=True)]
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
        starts, ends, words, blank = self.types.read(text)
        if not starts:
            return []
        tokens = self.among_neighbours(words)
        by_token = tokens @ self._token
        scores = self._free_scores(by_token, blank)
        likely = self._likely(scores)
        found = [
            Entity(starts[first], ends[last], label, likely.pop(first))
            for first, last, label in self._decide(tokens, by_token, scores)
        ]
        found += [Entity(starts[at], ends[at], "", odds) for at, odds in likely.items()]
        return sorted(found)

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
        scores: Array = best(sums, self._pieces) @ self._out
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
