"""Ensemble: students that learn random halves of the labels.

A lie that few labels teach is in some halves and not in others, so the members disagree about it.
Deep partition aggregation trains on disjoint parts for the same reason (Levine & Feizi 2021).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._suspicion import mean_of
from truing.stress.monitors.studies._answers import distance
from truing.stress.monitors.studies._heads import fitted_beliefs


@monitor("ensemble")
def ensemble(members: Annotated[int, Within("[2, 64]")] = 8) -> StudyMonitor:
    """Disagreement of the system with heads that learn random halves of its labels.

    Args:
        members: number of heads.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        n = len(view.labels)
        halves = np.stack([rng.permutation(n) % 2 for _ in range(members)]) * 2.0  # (members, n)
        at = [view.watched.features]
        (beliefs,) = fitted_beliefs(view.learned.features, view.labels, at, halves)
        return mean_of(distance(beliefs, view.watched.beliefs).mean(axis=0))

    return StudyMonitor(suspect)
