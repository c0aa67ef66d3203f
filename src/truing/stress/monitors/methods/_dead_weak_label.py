"""Dead-weak-label test: do the targets follow the weak labels?"""

from __future__ import annotations

import numpy as np

from truing.stress._method_monitor import MethodMonitor, MethodView
from truing.stress._monitor import Suspicion, monitor
from truing.stress.monitors.methods._following import unmoved
from truing.stress.monitors.studies import distance


@monitor("dead-weak-label")
def dead_weak_label() -> MethodMonitor:
    """How little a method file's targets move when all weak labels change.

    The choices of all weak labels move on by one. The suspicion is 1 minus the total variation
    between the targets before and after, as a share of that between the weak labels, over the items
    with weight. It is 1 if the weak labels are dead.
    """

    def suspect(view: MethodView, rng: np.random.Generator) -> Suspicion:
        before, after = view.calls["scored"], view.calls["rotated"]
        weights = np.nan_to_num(before.weights.astype(float))
        moved = np.nan_to_num(distance(after.targets, before.targets))
        due = distance(np.roll(view.weak, 1, axis=1), view.weak)
        return Suspicion(unmoved(moved, due, weights))

    return MethodMonitor(suspect, contexts=("scored", "rotated"))
