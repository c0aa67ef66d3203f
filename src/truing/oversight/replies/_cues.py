"""Cues: properties of a speech that say nothing about the truth, but may sway a judge."""

from __future__ import annotations

import re

SURE = re.compile(r"\b(\d{1,3})% (?:sure|certain|confident)\b")
BOOSTER = re.compile(
    r"\b(?:certainly|clearly|definitely|undoubtedly|obviously|surely|must|always|never)\b", re.I
)
HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|might|may|could|seems?|likely|unsure|somewhat)\b", re.I
)


def count_words(speech: str) -> int:
    """Number of words of a speech.

    Examples:
        >>> from truing.oversight import count_words
        >>> count_words("For Oak: I have nothing to add.")
        7
    """
    return len(speech.split())


def certainty(speech: str) -> float:
    """How sure a speech sounds: the mean of its stated percentages, from 0 to 1.

    Without a stated percentage, the share of boosters (`clearly`) among boosters and hedges
    (`perhaps`), where one of each is added, so that a speech without them has 0.5.

    Examples:
        >>> from truing.oversight import certainty
        >>> certainty("I am 90% sure."), certainty("Perhaps it is Oak."), certainty("It is Oak.")
        (0.9, 0.3333333333333333, 0.5)
    """
    stated = [int(one) / 100 for one in SURE.findall(speech)]
    if stated:
        return sum(stated) / len(stated)
    boosters, hedges = len(BOOSTER.findall(speech)), len(HEDGE.findall(speech))
    return (boosters + 1) / (boosters + hedges + 2)
