"""Loss of the system on trusted items."""

from __future__ import annotations

import numpy as np

from truing.measures import log_score
from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors.studies._heads import Trusted


@monitor("trusted-loss")
def trusted_loss(trusted: Trusted = 100) -> StudyMonitor:
    """Mean cross entropy of the system on trusted items, in nats.

    Args:
        trusted: number of trusted items.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        return Suspicion(-float(log_score(view.trusted.beliefs, view.truth)))

    return StudyMonitor(suspect, trusted=trusted)
