"""Label-leak check: do the targets know more of the ground truth than their sources?"""

from __future__ import annotations

import numpy as np

from truing.arguments import AtLeastOne
from truing.stress._method_monitor import MethodMonitor, MethodView
from truing.stress._monitor import Suspicion, monitor


@monitor("label-leak")
def label_leak(audits: AtLeastOne = 50) -> MethodMonitor:
    """How far a method file's targets exceed weak labels and beliefs in the right answers.

    The suspicion is the mean over the audited items of the target's probability of the right answer
    minus the larger of those of the weak label and of the belief, if it is above 0, times the
    weight. A rule without a leak exceeds both seldom and by little.

    Args:
        audits: number of random learn items whose ground truth the monitor receives.
    """

    def suspect(view: MethodView, rng: np.random.Generator) -> Suspicion:
        call, items, truth = view.calls["scored"], view.audited, view.audits
        source = np.maximum(view.weak[items, truth], view.belief[items, truth])
        excess = np.clip(call.targets[items, truth] - source, 0, None) * call.weights[items]
        return Suspicion(float(np.nan_to_num(excess).mean()))

    return MethodMonitor(suspect, contexts=("scored",), audits=audits)
