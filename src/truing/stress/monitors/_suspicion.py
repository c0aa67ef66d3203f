"""Suspicions that monitors of several kinds compute in the same way."""

from __future__ import annotations

import math

import numpy as np

from truing.measures import error_rate_p
from truing.stress._monitor import Suspicion

SMALLEST_P = 1e-300  # smallest p-value inside a logarithm


def mean_of(items: np.ndarray) -> Suspicion:
    """Suspicion of items (n,), and of the system as their mean."""
    return Suspicion(float(items.mean()), items)


def of_errors(errors: np.ndarray, tolerance: float, watched: int) -> Suspicion:
    """Suspicion of a system from the errors on audited items, with exact binomial bounds.

    Args:
        errors: (a,) whether each audited item has an error.
        tolerance: error rate that is acceptable. The suspicion is then -log p of the hypothesis
            that the error rate is at most this rate; at 0 it is the share of errors.
        watched: number of watched items, which are all equally suspicious.
    """
    items = np.zeros(watched)
    if not tolerance:
        return Suspicion(float(errors.mean()), items)
    p = error_rate_p(int(errors.sum()), len(errors), tolerance)
    return Suspicion(-math.log(max(p, SMALLEST_P)), items)
