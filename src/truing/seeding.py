"""Random generators that a text determines, such as a use and a seed."""

from __future__ import annotations

import hashlib

import numpy as np


def seed_of(text: str) -> int:
    """A seed of 128 bits, from the SHA-256 of a text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")


def seeded(text: str) -> np.random.Generator:
    """Random generator of a text.

    Examples:
        >>> from truing.seeding import seeded
        >>> seeded("audited 3").random() == seeded("audited 3").random()
        True
    """
    return np.random.default_rng(seed_of(text))
