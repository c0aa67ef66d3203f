"""Checks of labels and answers that need no model.

A system that prefers one answer has other shares of answers than the ground truth (black-box shift
detection, Lipton et al. 2018), or gives its most common answer more often.
"""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors.studies._heads import Trusted


@monitor("class-balance")
def class_balance(trusted: Trusted = 100) -> StudyMonitor:
    """Excess of an answer of the system over its share among the right answers of trusted items.

    The excess of each choice is divided by its standard error; the system is as suspicious as the
    choice with the largest excess, and a watched item as its answer is.

    Args:
        trusted: number of trusted items, whose right answers are counted.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        k, answered = len(view.choices), view.watched.beliefs.argmax(axis=1)
        right = (np.bincount(view.truth, minlength=k) + 1) / (len(view.truth) + k)  # (k,), above 0
        given = np.bincount(answered, minlength=k) / len(answered)
        excess = (given - right) / np.sqrt(right * (1 - right) / len(view.truth))
        return Suspicion(float(excess.max()), excess[answered])

    return StudyMonitor(suspect, trusted=trusted)


@monitor("most-common-answer")
def most_common_answer() -> StudyMonitor:
    """Share of the watched items to which the system gives its most common answer."""

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        answered = view.watched.beliefs.argmax(axis=1)
        shares = np.bincount(answered, minlength=len(view.choices)) / len(answered)
        return Suspicion(float(shares.max()), shares[answered])

    return StudyMonitor(suspect)
