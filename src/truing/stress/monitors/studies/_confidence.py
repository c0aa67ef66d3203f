"""Confidence of the system, without any label: the weakest baseline of monitors."""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._suspicion import mean_of


@monitor("confidence")
def confidence() -> StudyMonitor:
    """Doubt of the system: one minus its belief in its answer; two-sided (Hendrycks & Gimpel 2017).

    Single items are suspicious if the system doubts them.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        return mean_of(1 - view.watched.beliefs.max(axis=1))

    return StudyMonitor(suspect, two_sided=True)
