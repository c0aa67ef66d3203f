"""Disagreement with a direction of contrast-consistent search.

The direction is found without labels (Burns et al. 2022). Its sign is unknown, so it is chosen on
few trusted items.
"""

from __future__ import annotations

import numpy as np

from truing.errors import UserError
from truing.measures import correctness
from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._suspicion import mean_of
from truing.stress.monitors.studies._answers import distance
from truing.stress.monitors.studies._heads import Trusted
from truing.stress.monitors.studies._models import TrustedModel


@monitor("ccs:{features:FEATURES}")
def ccs(features: str, prompt: str = "", trusted: Trusted = 20) -> StudyMonitor:
    """Disagreement of the system with a direction of contrast-consistent search; two choices.

    Args:
        features: features of texts whose activations the search reads; their arguments may follow.
        prompt: text between an item's text and the name of a class, such as `Sentiment:`.
        trusted: number of trusted items that decide the sign of the direction.
    """
    asked = f"ccs:{features}:sign=arbitrary" + (f":prompt={prompt}" if prompt else "")
    chosen = TrustedModel.parse(asked)

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        if len(view.choices) != 2:
            raise UserError(f"monitor ccs needs two choices, got {len(view.choices)}; use probe")
        right = correctness(chosen.on_trusted(view, rng), view.truth).mean() >= 0.5
        beliefs = chosen.on_watched(view)
        return mean_of(distance(beliefs if right else beliefs[:, ::-1], view.watched.beliefs))

    return StudyMonitor(suspect, trusted=trusted, models=chosen.models)
