"""Order of answers, which does not depend on which answer is right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence


def hidden_order(texts: Sequence[str], about: str = "") -> tuple[int, ...]:
    """Indices of texts, ordered by a hash of the texts; independent of the order of `texts`.

    An alphabetical order would reveal the right answers if they all begin with the same word.

    Args:
        texts: (k,) different answers.
        about: the question. Equal answers to another question are in another order.

    Examples:
        >>> from truing.tasks import hidden_order
        >>> hidden_order(["yes", "no"]), hidden_order(["no", "yes"])
        ((0, 1), (1, 0))
    """
    salt = json.dumps([about, sorted(texts)])
    ranks = [hashlib.sha256(f"{salt}\0{text}".encode()).digest() for text in texts]
    return tuple(sorted(range(len(ranks)), key=ranks.__getitem__))
