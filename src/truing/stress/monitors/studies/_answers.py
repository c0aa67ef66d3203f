"""What monitors compute from beliefs: answers, and how far two beliefs differ."""

from __future__ import annotations

import numpy as np

SMALLEST = 1e-6  # smallest belief inside a logarithm; a head is never more certain than that


def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(..., n) total variation distance between beliefs (..., n, k), from 0 to 1.

    Examples:
        >>> import numpy as np
        >>> from truing.stress.monitors import distance
        >>> distance(np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]])).round(2).tolist()
        [0.7]
    """
    return np.abs(first - second).sum(axis=-1) / 2


def surprise(beliefs: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """(n,) -log of the beliefs (n, k) in the likeliest choice by other beliefs (n, k), in nats.

    Examples:
        >>> import numpy as np
        >>> from truing.stress.monitors import surprise
        >>> surprise(np.array([[0.9, 0.1]]), np.array([[0.2, 0.8]])).round(2).tolist()
        [2.3]
    """
    given = beliefs[np.arange(len(beliefs)), answered.argmax(axis=1)]
    return -np.log(np.maximum(given, SMALLEST))
