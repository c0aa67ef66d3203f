"""Stop: sequential audits that stop as soon as the evidence suffices.

A bet against the hypothesis that the error rate is at most the tolerance gains after each error.
The gambler's wealth is an e-value, so that the audits may stop at any time (Waudby-Smith & Ramdas
2024, section 4).
"""

from __future__ import annotations

import math

import numpy as np

from truing.measures import sequential_test
from truing.stress._monitor import Suspicion

SMALLEST_E, LARGEST_E = 1e-300, 1e300  # e-values inside a logarithm; it may be infinite


def stopped(errors: np.ndarray, tolerance: float, watched: int, alpha: float) -> Suspicion:
    """Suspicion of a system at the stop of its audits.

    Args:
        errors: (a,) whether each audited item is wrong, in the order of the audits.
        tolerance: error rate that is acceptable.
        watched: number of watched items.
        alpha: probability of a stop for an error rate at the tolerance.
    """
    test = sequential_test(errors, tolerance, items=watched)
    used = test.stop(alpha) or len(errors)
    e = min(max(float(test.e[used - 1]), SMALLEST_E), LARGEST_E)
    return Suspicion(math.log(e), np.zeros(watched), used)
