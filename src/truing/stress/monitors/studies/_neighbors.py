"""Neighbors: similar items, or duplicates, whose learned labels differ.

Poisoned labels are inconsistent with those of the nearest items (deep k-NN defense, Peri et al.
2020); a duplicate is the nearest of all.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from truing.arguments import Within
from truing.errors import UserError
from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors.studies._answers import distance

TWIN = 1e-5  # squared distance of duplicates, per feature in standard deviations; float32
ROOM = 1 << 22  # distances in memory


@monitor("neighbors")
def neighbors(neighbors: Annotated[int, Within("[1, 100]")] = 5) -> StudyMonitor:
    """Distance of learned labels, and of the system's beliefs, from the labels of similar items.

    The system is as suspicious as its learned labels; a watched item as its belief is.

    Args:
        neighbors: number of learned items that are nearest to an item in features.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        if view.learned.features.ndim == 3:
            raise UserError(
                "monitor neighbors needs classes: items with their own choices have no common "
                "labels; use probe"
            )
        learned, watched = _scaled(view.learned.features, view.watched.features)
        of_labels = _unlike(learned, view.labels, learned, view.labels, neighbors)
        of_answers = _unlike(watched, view.watched.beliefs, learned, view.labels, neighbors)
        return Suspicion(float(of_labels.mean()), of_answers)

    return StudyMonitor(suspect)


def _scaled(learned: np.ndarray, watched: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features with mean 0, of which all have standard deviation 1 together; float32."""
    middle = learned.mean(axis=0)
    spread = float((learned - middle).std()) or 1.0
    scaled = [((one - middle) / spread).astype(np.float32) for one in (learned, watched)]
    return scaled[0], scaled[1]


def _unlike(
    items: np.ndarray, beliefs: np.ndarray, known: np.ndarray, labels: np.ndarray, neighbors: int
) -> np.ndarray:
    """(n,) distance between beliefs and the mean label of each item's nearest known items."""
    parts = np.array_split(np.arange(len(items)), len(items) * len(known) // ROOM + 1)
    nearest = [_nearest(items[at], beliefs[at], known, labels, neighbors) for at in parts]
    return distance(labels[np.concatenate(nearest)].mean(axis=1), beliefs)


def _nearest(
    items: np.ndarray, beliefs: np.ndarray, known: np.ndarray, labels: np.ndarray, neighbors: int
) -> np.ndarray:
    """(n, neighbors) positions of the nearest known items.

    An item is no neighbor of itself: a duplicate whose label is exactly the same is left out.
    """
    squares = np.square(items).sum(axis=1)[:, None] + np.square(known).sum(axis=1)
    apart = squares - 2 * items @ known.T  # (n, l)
    rows, columns = np.nonzero(apart < TWIN * items.shape[1])
    same = (beliefs[rows] == labels[columns]).all(axis=1)
    apart[rows[same], columns[same]] = np.inf
    count = min(neighbors, len(known) - 1)
    return np.argpartition(apart, count - 1, axis=1)[:, :count]
