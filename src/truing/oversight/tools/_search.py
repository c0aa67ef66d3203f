"""Search: the sentences of a text that match a query best, by BM25.

Source: Robertson and Zaragoza 2009, The probabilistic relevance framework: BM25 and beyond, section
3.2, with k1 = 1.5, b = 0.75 and an inverse document frequency that is never negative.
"""

from __future__ import annotations

import math
import re
from collections import Counter

PASSAGES = 3  # maximum number of passages that a search returns
PASSAGE_WORDS = 40  # maximum number of words of a passage
SENTENCE = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\n+")
WORD = re.compile(r"\w+")
K1, B = 1.5, 0.75


def search(text: str, query: str) -> str:
    """The sentences that match a query best, numbered, one per line; ties in the text's order.

    A search shows at most `PASSAGES` sentences. A sentence of more than `PASSAGE_WORDS` words is
    divided into passages of this length.

    Args:
        text: the text that is searched.
        query: words; case does not matter.

    Examples:
        >>> from truing.oversight.tools import search
        >>> print(search("The lamp is red. The door is open. It rains.", "Which door?"))
        1. The door is open.
    """
    passages = _passages(text)
    scores = _scores(passages, _words(query))
    best = sorted(range(len(passages)), key=lambda at: -scores[at])[:PASSAGES]
    found = [passages[at] for at in best if scores[at] > 0]
    if not found:
        return "No passage contains these words."
    return "\n".join(f"{number}. {passage}" for number, passage in enumerate(found, 1))


def _passages(text: str) -> list[str]:
    """Sentences of a text, divided if they are too long."""
    found = []
    for sentence in SENTENCE.split(text):
        words = sentence.split()
        for start in range(0, len(words), PASSAGE_WORDS):
            found.append(" ".join(words[start : start + PASSAGE_WORDS]))
    return found


def _scores(passages: list[str], query: list[str]) -> list[float]:
    """BM25 score of each passage."""
    counts = [Counter(_words(passage)) for passage in passages]
    lengths = [count.total() for count in counts]
    mean = sum(lengths) / max(len(lengths), 1) or 1.0
    holding = {word: sum(word in count for count in counts) for word in query}

    def score(count: Counter[str], length: int) -> float:
        total = 0.0
        for word in dict.fromkeys(query):
            rarity = math.log(1 + (len(passages) - holding[word] + 0.5) / (holding[word] + 0.5))
            norm = K1 * (1 - B + B * length / mean)
            total += rarity * count[word] * (K1 + 1) / (count[word] + norm)
        return total

    return [score(count, length) for count, length in zip(counts, lengths, strict=True)]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]
