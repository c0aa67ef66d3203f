"""Wording that every message shares: numbers with their nouns, and lists of names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 seed`, `2 seeds`.

    Args:
        number: the number.
        noun: the noun for one.
        plural: the noun for several; by default with an s.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def listed(names: Iterable[Any], most: int = 12) -> str:
    """Names as `a, b and c`; of more than `most`, the first and the number of others."""
    words = [str(one) for one in names]
    if len(words) > most:
        words = [*words[:most], f"{len(words) - most} others"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
