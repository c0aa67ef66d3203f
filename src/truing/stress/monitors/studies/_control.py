"""Control: a monitor without information, whose AUROC is 0.5."""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor


@monitor("random")
def random() -> StudyMonitor:
    """Control: random suspicions, which detect nothing."""

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        return Suspicion(float(rng.random()), rng.random(len(view.watched.beliefs)))

    return StudyMonitor(suspect)
