"""Consistency: the same answer to an item whose input changes, but not its meaning.

A trigger that a change destroys is inconsistent. So is a system that answers by position. Tests of
language models call such a change an invariance test (Ribeiro et al. 2020).
"""

from __future__ import annotations

import numpy as np

from truing.errors import UserError
from truing.stress._monitor import Changed, StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._answers import distance, mean_of


@monitor("consistency")
def consistency(change: Changed = "noise") -> StudyMonitor:
    """Distance between beliefs about items and about the same items with changed inputs; two-sided.

    Single items are suspicious if their beliefs change.

    Args:
        change: noise (images and vectors), paraphrase (texts), or order of the choices (pairs and
            multiple choice).
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        if change not in view.watched.changed:
            raise UserError(
                f"monitor consistency needs beliefs about inputs with change={change}, which this "
                "system does not have; use another change"
            )
        changed = view.watched.changed[change]  # (r, n, k)
        return mean_of(distance(changed, view.watched.beliefs).mean(axis=0))

    return StudyMonitor(suspect, changed=(change,), two_sided=True)
