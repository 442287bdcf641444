"""Names that a word in small letters begins: "tunnel du Fréjus", "rue du Château-d'Eau"."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence, Set

from pipeline.document import Gap, Tokens
from pipeline.recognise import Context

LINKS = 3  # small words that follow one another in such a name
LONGEST = 12  # tokens behind the word that begins it
MOST_CAPITALS = 6  # tokens between the first and the last capital of a landmark


def landmarks(context: Context, particles: Set[str]) -> Iterator[tuple[int, int]]:
    """ "tunnel du Fréjus", "avenue Foch": a word for a kind of place, particles, and the capitals behind it."""
    tokens = context.tokens
    for match in context.matches.get("landmark", ()):
        at = _beyond_links(tokens, match.last, particles)
        if at >= len(tokens) or tokens.gaps[at] >= Gap.LINE or not tokens.words[at][0].isupper():
            continue
        end = word_end(tokens.words, tokens.gaps, at)
        yield match.first, end
        while (
            end < len(tokens)
            and tokens.gaps[end] == Gap.BLANK
            and tokens.words[end][0].isupper()
            and end - at < MOST_CAPITALS
        ):
            end = word_end(tokens.words, tokens.gaps, end)
            yield match.first, end


def begun(context: Context, cls: str, links: Set[str], towns: Container[int]) -> Iterator[tuple[int, int, str]]:
    """(first token, end token, rule) of each name that a word of a class surely begins: "rue du Château d'Eau", "avenue du
    35e RI", "communauté de communes du Val d'Amboise".

    `links` are the small words that may stand inside; `towns` the tokens at which a commune's name begins, which ends the
    name before it: "rue Foch de Lyon".
    """
    tokens = context.tokens
    words, gaps = tokens.words, tokens.gaps
    for match in context.matches.get(cls, ()):
        if not words[match.first].islower():
            continue  # in a line of capitals nothing tells where a name ends, and "Rue du Commerce" may be a firm
        end = match.last
        while end - match.first < LONGEST:
            at = _beyond_links(tokens, end, links)
            if at >= len(tokens) or gaps[at] > Gap.BLANK or (at > end > match.last and at in towns):
                break
            after = word_end(words, gaps, at)
            numbered = words[at][0].isdigit() and at > end == match.last
            capital = any(w[0].isupper() for w in words[at : after + (after < len(words) and gaps[after] <= Gap.BLANK)])
            if not (words[at][0].isupper() or (numbered and capital)):
                break
            end = after
        if any(w[0].isupper() for w in words[match.last : end]):
            yield match.first, end, match.rule


def _beyond_links(tokens: Tokens, at: int, links: Set[str]) -> int:
    """The first token from one on that is no small word of `links`, nor the apostrophe behind one."""
    start = at
    while at < len(tokens) and at - start < LINKS and tokens.gaps[at] < Gap.LINE:
        if tokens.keys[at] not in links and tokens.words[at] != "'":
            break
        at += 1
    return at


def word_end(words: Sequence[str], gaps: Sequence[int], at: int) -> int:
    """Where the word that begins at a token ends: signs and digits without a blank belong to it."""
    end = at + 1
    while end < len(words) and gaps[end] == Gap.NONE and end - at < 8:
        word = words[end]
        if word[0].isalnum():
            end += 1
        elif word in "-'&+." and end + 1 < len(words) and gaps[end + 1] == Gap.NONE and words[end + 1][0].isalnum():
            if word == "." and not (len(words[end - 1]) == 1 or words[end + 1][0].islower()):
                break
            if word == "'" and len(words[end - 1]) == 1 and end - at == 1:
                break  # "L'Oréal" is looked at with and without its article
            end += 2
        else:
            break
    return end
