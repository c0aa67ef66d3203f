"""Difference of means: directions between the mean features of right and wrong choices.

The direction from the mean of false statements to that of true statements is a probe without
training (mass-mean probing, Marks & Tegmark 2023). With more than two classes, the class
with the nearest mean is the right one.
"""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors._suspicion import mean_of
from truing.stress.monitors.studies._heads import Trusted

FLAT = 1e-12  # standard deviation of a feature that is constant


@monitor("difference-of-means")
def difference_of_means(trusted: Trusted = 100) -> StudyMonitor:
    """How far means of trusted items prefer another answer than the system's.

    Args:
        trusted: number of trusted items.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        own = view.watched.features.ndim == 3
        scores = _of_choices(view) if own else _of_classes(view)  # (n, k)
        answered = view.watched.beliefs.argmax(axis=1)
        best = np.nanmax(scores, axis=1)
        return mean_of(best - scores[np.arange(len(scores)), answered])

    return StudyMonitor(suspect, trusted=trusted)


def _of_classes(view: View) -> np.ndarray:
    """(n, k) minus half the squared distance to the mean of each class, per feature.

    A class without trusted items has the mean of all trusted items.
    """
    known, watched = view.trusted.features, view.watched.features
    middle, spread = known.mean(axis=0), known.std(axis=0)
    spread = np.where(spread > FLAT, spread, np.inf)  # a constant feature says nothing
    known, watched = (known - middle) / spread, (watched - middle) / spread
    belongs = np.eye(len(view.choices))[view.truth]  # (t, k)
    means = belongs.T @ known / np.maximum(belongs.sum(axis=0), 1)[:, None]
    return (watched @ means.T - np.square(means).sum(axis=1) / 2) / watched.shape[1]


def _of_choices(view: View) -> np.ndarray:
    """(n, k) features of each choice along the direction from wrong to right; NaN if absent."""
    known = view.trusted.features
    spread = np.nanstd(known, axis=(0, 1))
    spread = np.where(spread > FLAT, spread, np.inf)
    right = known[np.arange(len(known)), view.truth]  # (t, d)
    others = known.copy()
    others[np.arange(len(known)), view.truth] = np.nan
    direction = (right - np.nanmean(others, axis=1)).mean(axis=0) / spread
    return view.watched.features @ (direction / spread) / known.shape[2]
