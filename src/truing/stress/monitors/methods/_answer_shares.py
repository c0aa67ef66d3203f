"""Most-common-answer test of methods: do targets favor an answer that weak labels do not favor?"""

from __future__ import annotations

import numpy as np

from truing.stress._method_monitor import MethodMonitor, MethodView
from truing.stress._monitor import Suspicion, monitor


@monitor("answer-shares")
def answer_shares() -> MethodMonitor:
    """Largest increase of an answer's share from the weak labels to a method file's targets."""

    def suspect(view: MethodView, rng: np.random.Generator) -> Suspicion:
        call = view.calls["scored"]
        weights = np.nan_to_num(call.weights.astype(float))
        if not weights.any():
            return Suspicion(1.0)
        shares = weights @ np.nan_to_num(call.targets) / weights.sum()
        return Suspicion(float((shares - view.weak.mean(axis=0)).max()))

    return MethodMonitor(suspect, contexts=("scored",))
