"""Checks of labels and answers that need no model.

A system that prefers one answer has other shares of answers than the ground truth (black-box shift
detection, Lipton et al. 2018), or gives its most common answer more often.
"""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._answers import distance
from truing.stress.monitors._heads import Trusted


@monitor("class-balance")
def class_balance(trusted: Trusted = 100) -> StudyMonitor:
    """Distance between the shares of the system's answers and those of the right answers.

    A watched item is as suspicious as its answer is more frequent than among trusted items.

    Args:
        trusted: number of trusted items, whose right answers are counted.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        k, answered = len(view.choices), view.watched.beliefs.argmax(axis=1)
        given, right = (np.bincount(one, minlength=k) for one in (answered, view.truth))
        given, right = given / given.sum(), right / right.sum()
        return Suspicion(float(distance(given, right)), (given - right)[answered])

    return StudyMonitor(suspect, trusted=trusted)


@monitor("most-common-answer")
def most_common_answer() -> StudyMonitor:
    """Share of the watched items to which the system gives its most common answer."""

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        answered = view.watched.beliefs.argmax(axis=1)
        shares = np.bincount(answered, minlength=len(view.choices)) / len(answered)
        return Suspicion(float(shares.max()), shares[answered])

    return StudyMonitor(suspect)
