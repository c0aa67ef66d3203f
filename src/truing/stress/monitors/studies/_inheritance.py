"""Inheritance: errors of the labels that the system repeats on trusted items.

A student may imitate the errors of its supervisor (Burns et al. 2023, section 5.1). For beliefs,
the probability that system and labels independently give the same wrong answer takes the place of
that share, as in the agreement of CAPA (Goel et al. 2025, section 2).
"""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors.studies._heads import Trusted, fitted_beliefs
from truing.stress.monitors.studies._models import TrustedModel


@monitor("inheritance")
def inheritance(model: str = "", trusted: Trusted = 100) -> StudyMonitor:
    """Probability that the system repeats an error of the labels on a trusted item.

    Args:
        model: supervisor whose errors may be repeated, such as `pca-8`; by default a linear head
            that learns the same labels as the student.
        trusted: number of trusted items.
    """
    chosen = TrustedModel.parse(model)

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        if chosen.name:
            labels = chosen.on_trusted(view, rng)
        else:
            at = [view.trusted.features]
            (beliefs,) = fitted_beliefs(view.learned.features, view.labels, at)
            labels = beliefs[0]
        same = labels * view.trusted.beliefs  # (t, k)
        right = same[np.arange(len(same)), view.truth]
        return Suspicion(float((same.sum(axis=1) - right).mean()))

    return StudyMonitor(suspect, trusted=trusted, models=chosen.models)
