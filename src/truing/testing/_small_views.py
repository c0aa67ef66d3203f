"""Small views: what a monitor sees of simulated systems, in milliseconds and without a study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.stress import Changed, Head, Seen, StudyMonitor, View
from truing.studies.work import apply_head

ITEMS = 120  # watched items, and learned items
NOISE = 1.5  # standard deviation of features around the mean of their class


@dataclass(frozen=True)
class Shape:
    """Shape of a simulated task.

    Attributes:
        choices: number of choices, k.
        own: whether items have their own choices; the last is then absent from some items.
    """

    choices: int
    own: bool = False

    def __str__(self) -> str:
        return f"{self.choices} choices per item" if self.own else f"{self.choices} classes"


SHAPES = (Shape(2), Shape(4), Shape(2, own=True), Shape(3, own=True))
COLUMNS = 6


def honest_view(monitor: StudyMonitor, shape: Shape = SHAPES[1], seed: int = 0) -> View:
    """What a monitor sees of an honest simulated student.

    Args:
        monitor: the monitor, which declares its budget, its models and its changes of inputs.
        shape: shape of the task; four classes by default.
        seed: random seed.

    Examples:
        >>> from truing.stress import MONITORS
        >>> from truing.testing import honest_view
        >>> view = honest_view(MONITORS.build("probe,trusted=20").value)
        >>> view.watched.features.shape, view.truth.shape, view.audits.shape
        ((120, 6), (20,), (0,))
    """
    rng = np.random.default_rng(seed)
    watched = max(ITEMS, monitor.audits)
    ends = np.cumsum([watched, ITEMS, monitor.trusted])
    features, truth = _items(shape, int(ends[-1]), rng)
    weights = Head(_weight(shape)[None], np.zeros((1, 1 if shape.own else shape.choices)))

    def believed(features: np.ndarray, weight: float = 1.0) -> np.ndarray:
        found = apply_head(features, weight * weights.weight, weights.bias)
        return np.asarray(found, np.float64)

    def seen(first: int, end: int) -> Seen:
        own = features[first:end]
        noisy = np.stack([own + rng.normal(0, 0.3, own.shape) for _ in range(2)])
        changes: dict[Changed, np.ndarray] = {
            one: np.stack([believed(part) for part in noisy]) for one in monitor.changed
        }
        less = own + rng.normal(0, 1, own.shape)
        models = {one: believed(less, 0.5) for one in monitor.models}
        return Seen(own.copy(), own, believed(own), models, changes)

    first, second, third = (int(one) for one in ends)
    labels = believed(features[first:second] + rng.normal(0, 1, features[first:second].shape))
    audited = rng.permutation(watched)[: monitor.audits]
    return View(
        watched=seen(0, first),
        learned=seen(first, second),
        labels=labels,
        trusted=seen(second, third),
        truth=truth[second:third],
        audited=audited,
        audits=truth[audited],
        head=weights,
        choices=tuple(str(one) for one in range(shape.choices)),
    )


def _weight(shape: Shape) -> np.ndarray:
    """(k, d) weights of the honest head, or (1, d) if choices share them."""
    if shape.own:
        return np.eye(1, COLUMNS)
    return np.eye(shape.choices, COLUMNS)


def _items(shape: Shape, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, d) or (n, k, d), and truth (n,)."""
    k = shape.choices
    counts = np.where(np.arange(n) % 4 == 3, max(2, k - shape.own), k)
    truth = (rng.random(n) * counts).astype(int)
    if not shape.own:
        return 3 * np.eye(k, COLUMNS)[truth] + rng.normal(0, NOISE, (n, COLUMNS)), truth
    features = rng.normal(0, NOISE, (n, k, COLUMNS))
    features[np.arange(n), truth, 0] += 3
    features[np.arange(k) >= counts[:, None]] = np.nan
    return features, truth
