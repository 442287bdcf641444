"""Distinct texts to measure speed on: the corpus's releases with other names, figures and dates in each copy.

A text read twice would be cheaper the second time (spaCy keeps the words it has seen, processors what they have
fetched), and a benchmark of repeats would measure that.
"""

from __future__ import annotations

import datetime
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from pipeline.corpus import Annotated, Gold, plain_text

Key: TypeAlias = tuple[str, str]  # tag of a mention, and what its names must have in common
YEARS = (2005, 2030)
TRIES = 10  # copies made for each text wanted, before the releases are held to have too few mentions
_DIGITS = re.compile(r"\d+")


def variants(releases: Iterable[Annotated], count: int, seed: int = 0) -> list[str]:
    """`count` texts, no two of them equal: the releases in turn, each time with other names, figures and dates.

    The same releases, count and seed give the same texts. ValueError when there is no release.
    """
    originals = sorted(releases, key=lambda r: r.name)
    if not originals:
        raise ValueError("no releases to make texts from")
    pools = _pools(originals)
    seen = {plain_text(r) for r in originals}
    texts: list[str] = []
    for copy in range(TRIES * count):
        if len(texts) == count:
            break
        release = originals[copy % len(originals)]
        text = plain_text(_vary(release, pools, random.Random(f"{seed} {copy} {release.name}")))
        if text not in seen:
            texts.append(text)
            seen.add(text)
    if len(texts) < count:
        raise ValueError(f"these releases have too few mentions to make {count} distinct texts: {len(texts)}")
    return texts


def _pools(releases: Sequence[Annotated]) -> Mapping[Key, Sequence[str]]:
    """What the corpus has to put in place of a mention, by what may replace what."""
    pools: dict[Key, dict[str, None]] = {}
    for release in releases:
        for mention in release.mentions:
            pools.setdefault(_key(mention), {})[mention.text] = None
    return {key: list(texts) for key, texts in pools.items()}


def _key(mention: Gold) -> Key:
    """Places stand for places of their kind, figures told in words for others told in words."""
    return mention.tag, mention.attributes.get("kind", "digits" if _DIGITS.search(mention.text) else "words")


def _vary(release: Annotated, pools: Mapping[Key, Sequence[str]], rng: random.Random) -> Annotated:
    """The release published on another day, each mention replaced by one text wherever it stands."""
    chosen: dict[tuple[Key, str], str] = {}

    def parts() -> Iterator[str]:
        position = 0
        for mention in release.mentions:
            key = _key(mention)
            known = (key, mention.text)
            if known not in chosen:
                chosen[known] = _other(mention, pools[key], rng)
            yield release.text[position : mention.start]
            yield chosen[known]
            position = mention.end
        yield release.text[position:]

    day = datetime.date(rng.randint(*YEARS), 1, 1) + datetime.timedelta(rng.randrange(365))
    return replace(release, text="".join(parts()), published=day, mentions=())


def _other(mention: Gold, pool: Sequence[str], rng: random.Random) -> str:
    """Another text for a mention: other digits where it has any, unless they are part of a name, else one of its pool."""
    if mention.tag not in ("company", "org", "place") and _DIGITS.search(mention.text):
        draw = _day_or_year if mention.tag == "date" else _number
        return _DIGITS.sub(lambda digits: draw(digits.group(), rng), mention.text)
    return rng.choice([text for text in pool if text != mention.text] or pool)


def _number(digits: str, rng: random.Random) -> str:
    """Another number with as many digits; a group behind a separator ("1 500", "2,5") may begin with 0 as it did."""
    first = rng.choice([d for d in "123456789" if d != digits[0]])
    return first + "".join(rng.choice("0123456789") for _ in digits[1:])


def _day_or_year(digits: str, rng: random.Random) -> str:
    """A year for a year; for a quarter, a month or a day another one that exists, in whichever month and year."""
    if len(digits) == 4:
        return str(rng.choice([y for y in range(YEARS[0], YEARS[1] + 1) if str(y) != digits]))
    number = int(digits)
    highest = next((limit for limit in (4, 12) if number <= limit), 28)
    return str(rng.choice([n for n in range(1, highest + 1) if n != number])).zfill(len(digits))
