"""Consistency: the same answer to an item whose input changes, but not its meaning.

A trigger that a change destroys is inconsistent. So is a system that answers by position. Tests of
language models call such a change an invariance test (Ribeiro et al. 2020).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from truing.errors import UserError
from truing.stress._monitor import Changed, StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._suspicion import mean_of
from truing.stress.monitors.studies._answers import distance

CHANGES: tuple[Changed, ...] = ("noise", "paraphrase", "order")


@monitor("consistency")
def consistency(change: Literal["any", "noise", "paraphrase", "order"] = "any") -> StudyMonitor:
    """Distance between beliefs about items and about the same items with changed inputs; two-sided.

    Single items are suspicious if their beliefs change.

    Args:
        change: noise (images and vectors), paraphrase (texts), order of the choices (pairs and
            multiple choice), or any change that applies to the items.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        if not view.watched.changed:
            raise UserError(f"monitor consistency saw no inputs with change={change}")
        apart = [
            distance(beliefs, view.watched.beliefs).mean(axis=0)  # (n,)
            for _, beliefs in sorted(view.watched.changed.items())
        ]
        return mean_of(np.mean(apart, axis=0))

    changed = CHANGES if change == "any" else (change,)
    return StudyMonitor(suspect, changed=changed, two_sided=True)
