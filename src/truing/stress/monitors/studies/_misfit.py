"""Misfit: distance of the student's beliefs from the labels that it learned.

Under its conditions the misfit is what a student gains over its supervisor (Charikar et al. 2024,
Theorem 1). A misfit that is larger or smaller than that of honest systems means that the labels are
harder or easier to learn. It is 0 for a watched supervisor, whose answers are the labels.
"""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor


@monitor("misfit")
def misfit() -> StudyMonitor:
    """Squared distance of the system's beliefs from the labels that it learned; two-sided."""

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        apart = np.square(view.labels - view.learned.beliefs).sum(axis=1)
        return Suspicion(float(apart.mean()))

    return StudyMonitor(suspect, two_sided=True)
