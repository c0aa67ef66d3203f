"""Cues: properties of an answer or its speeches that say nothing about the truth.

A judge with a bias adds the cue of each answer, times its lean, to the answer's log odds. One unit
of a cue is 10 words, 10 percentage points of stated certainty, or a position.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from truing.oversight.agents._brief import Brief, side_of
from truing.oversight.replies import certainty, count_words

TYPICAL_WORDS, TYPICAL_CERTAINTY = 40, 0.75
"""Words and certainty that a biased judge takes for granted, as of an answer without a speech."""
PER_UNIT = 10.0


def _position(brief: Brief, letter: str) -> float:
    listed = list(brief.options.values()) or sorted(brief.answers)  # a forced choice lists options
    return -float(listed.index(letter))


def _name(brief: Brief, letter: str) -> float:
    return -float(sorted(brief.answers.values()).index(brief.answers[letter]))


def _length(brief: Brief, letter: str) -> float:
    speeches = _speeches(brief, letter)
    return length_cue(sum(map(count_words, speeches))) if speeches else 0.0


def _confidence(brief: Brief, letter: str) -> float:
    found = [certainty(speech) for speech in _speeches(brief, letter)]
    return confidence_cue(sum(found) / len(found)) if found else 0.0


def length_cue(words: int) -> float:
    """Units of length of speeches with so many words in all."""
    return (words - TYPICAL_WORDS) / PER_UNIT


def confidence_cue(mean: float) -> float:
    """Units of confidence of speeches with a mean certainty."""
    return (mean - TYPICAL_CERTAINTY) * PER_UNIT


def _speeches(brief: Brief, letter: str) -> list[str]:
    own = brief.answers[letter]
    return [speech for _, speech in brief.turns if side_of(speech) == own]


CUES: dict[str, Callable[[Brief, str], float]] = {
    "position": _position,
    "length": _length,
    "confidence": _confidence,
    "name": _name,
}
"""Cue of an answer, by its letter: an early position, the length and the certainty of its speeches,
and an early place in alphabetical order."""


def sway(belief: Sequence[float], leans: Sequence[float]) -> list[float]:
    """Beliefs after a lean was added to the log odds of each answer.

    Examples:
        >>> from truing.oversight.agents import sway
        >>> [round(p, 3) for p in sway([0.5, 0.5], [1.0, 0.0])]
        [0.731, 0.269]
    """
    top = max(leans)
    weights = [p * math.exp(lean - top) for p, lean in zip(belief, leans, strict=True)]
    total = sum(weights)
    return [one / total for one in weights] if total else list(belief)
