"""Names of the gazetteers in a text: the longest that begins at each word, with the places it may stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pipeline.document import Gap, fold
from pipeline.recognise import Context
from rules import Rules
from rules.gazetteers import Entry, Gazetteer

MOST_WORDS = 9  # of a name
HAMLET = 500  # inhabitants from which a commune's short form is looked at
JOINERS = frozenset("-'")
SHORT_FORMS = {"st": "saint", "ste": "sainte"}


class Places:
    """Spellings by their folded words; built once."""

    def __init__(self, rules: Rules, gazetteer: Gazetteer) -> None:
        of_class: dict[str, set[str]] = {c: set() for c in ("leading_article", "contracted_article", "region_head")}
        for _, rule in rules.rules():
            if rule.cls in of_class:
                for form, _ in rule.expressions():
                    of_class[rule.cls] |= {fold(w) for w in re.findall(r"[^\W\d_]+", form)}
        self.articles, self.contracted = of_class["leading_article"], of_class["contracted_article"]
        self._names: dict[str, list[Entry]] = {}
        self._longest: dict[str, int] = {}
        self._beginnings: dict[str, list[Entry]] = {}
        for name, entries in gazetteer.spellings.items():
            words = normal(name)
            self._index(words, entries)
            if len(words) > 1 and words[0] in self.articles:
                self._index(["*", *words[1:]], entries)
        for entry in gazetteer.communes.values():
            words = normal(entry.name)
            if len(words) > 1 and entry.population > HAMLET:
                begin = words[0] if words[0] not in self.articles else " ".join(words[:2])
                self._beginnings.setdefault(begin, []).append(entry)
        # Words that names begin with in small letters, as in "mer du Nord".
        self._small = {normal(name)[0] for name in gazetteer.spellings if name[:1].islower()} | of_class["region_head"]

    def _index(self, words: list[str], entries: list[Entry]) -> None:
        key = " ".join(words)
        self._names.setdefault(key, []).extend(entries)
        at = words[1] if words[0] == "*" else words[0]
        self._longest[at] = max(self._longest.get(at, 0), len(words))

    def matches(self, context: Context) -> Iterator[tuple[int, int, list[Entry]]]:
        """(first token, end token, entries) for each name whose accents fit, longest first at each word."""
        tokens = context.tokens
        at, size = 0, len(tokens)
        while at < size:
            if not tokens.words[at][0].isupper() and not (
                tokens.keys[at] in self._small and _capital_near(context, at)
            ):
                at += 1
                continue
            found = self._longest_match(context, at)
            if found is None or self._article_apart(context, at):
                at += 1
                continue
            last, entries = found
            entries = [e for e in entries if self._accents_fit(context, at, last, e)]
            if entries:
                yield at, last, entries
            at = last if entries else at + 1

    def _article_apart(self, context: Context, at: int) -> bool:
        """Whether a small article stands before the name of a department: "la Marne" is not the commune La Marne."""
        if context.tokens.words[at][0].isupper() or context.tokens.keys[at] not in self.articles:
            return False
        bare = self._longest_match(context, at + 1) if at + 1 < len(context.tokens) else None
        return bare is not None and any(e.kind == "department" for e in bare[1])

    def beginning(self, words: Sequence[str]) -> Sequence[Entry]:
        """The communes whose longer name begins so: "Carhaix" for Carhaix-Plouguer."""
        return self._beginnings.get(" ".join(words), ())

    def named(self, words: Sequence[str]) -> Sequence[Entry]:
        """The places of that name, given by its folded words."""
        return self._names.get(" ".join(words), ())

    def with_article(self, words: Sequence[str]) -> Sequence[Entry]:
        """The places whose name is an article and these words: "Port" of "au Port" is Le Port."""
        return self._names.get(" ".join(["*", *words]), ())

    def _longest_match(self, context: Context, at: int) -> tuple[int, list[Entry]] | None:
        tokens = context.tokens
        key = SHORT_FORMS.get(tokens.keys[at], tokens.keys[at])
        most = self._longest.get(key)
        if most is None:
            return None
        contracted = at > 0 and tokens.keys[at - 1] in self.contracted and tokens.gaps[at] == Gap.BLANK
        spelled = ""
        count = 0
        best: tuple[int, list[Entry]] | None = None
        i = at
        while i < len(tokens) and count < min(most, MOST_WORDS):
            if i > at and tokens.gaps[i] >= Gap.LINE:
                break
            if tokens.keys[i] in JOINERS:
                i += 1
                continue
            word = SHORT_FORMS.get(tokens.keys[i], tokens.keys[i])
            spelled = f"{spelled} {word}" if count else word
            count += 1
            entries = self._names.get(spelled)
            if entries is None and contracted:
                entries = self._names.get("* " + spelled)
            if entries is not None:
                best = i + 1, entries
            i += 1
        return best

    def _accents_fit(self, context: Context, first: int, last: int, entry: Entry) -> bool:
        """Whether the accents written are those of the name: only capitals may go without."""
        said = [w for w in context.tokens.words[first:last] if w not in JOINERS]
        if all(w.isupper() for w in said):
            return True
        name = re.findall(r"[^\W_]+", entry.name)
        if len(name) > len(said) and fold(name[0]) in self.articles:
            name = name[1:]
        if len(name) != len(said) or fold(name[-1]) != fold(said[-1]):
            return said[-1][0].isupper() or not entry.name[0].isupper() or entry.kind == "other"  # an alias
        for a, b in zip(said, name, strict=True):
            if b[0].isupper() and a[0].islower() and fold(b) not in self.articles:
                return False
            if fold(a) == fold(b) and len(a) == len(b):
                for x, y in zip(a, b, strict=True):
                    if x.lower() != y.lower() and not x.isupper():
                        return False
        return True


def normal(name: str) -> list[str]:
    """The folded words of a name."""
    words = re.findall(r"[^\W_]+", fold(name.replace("’", "'")))
    return [SHORT_FORMS.get(w, w) for w in words]


def _capital_near(context: Context, token: int) -> bool:
    """Whether a capital, or a name in small letters, may follow within a name that begins with a small letter."""
    words = context.tokens.words[token + 1 : token + 4]
    return any(w[0].isupper() for w in words) or (bool(words) and words[0].islower())
