"""Inheritance: trusted items on which the system repeats an error of the labels.

Burns et al. 2023 (section 5.1) measure how often a student imitates the errors of its supervisor.
"""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._heads import Trusted, fitted_beliefs
from truing.stress.monitors._models import TrustedModel


@monitor("inheritance")
def inheritance(model: str = "", trusted: Trusted = 100) -> StudyMonitor:
    """Share of trusted items on which the system repeats an error of the labels.

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
        said, answer = labels.argmax(axis=1), view.trusted.beliefs.argmax(axis=1)
        return Suspicion(float(((said == answer) & (said != view.truth)).mean()))

    return StudyMonitor(suspect, trusted=trusted, models=chosen.models)
