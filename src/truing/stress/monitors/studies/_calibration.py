"""Calibration of the system on trusted items (Guo et al. 2017)."""

from __future__ import annotations

import numpy as np

from truing.measures import expected_calibration_error
from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors.studies._heads import Trusted


@monitor("calibration")
def calibration(trusted: Trusted = 100) -> StudyMonitor:
    """Expected calibration error (ECE) of the system on trusted items; two-sided.

    An unusually low error is suspicious too: labels without the supervisor's honest doubt.

    Args:
        trusted: number of trusted items.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        return Suspicion(float(expected_calibration_error(view.trusted.beliefs, view.truth)))

    return StudyMonitor(suspect, trusted=trusted, two_sided=True)
