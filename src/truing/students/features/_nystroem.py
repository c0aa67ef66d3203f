"""Features of a Gaussian kernel by the Nyström method (Williams and Seeger 2001)."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from truing.arguments import AtLeastOne, Within
from truing.students.features._features import FeatureMap, check_size, features, flat_inputs
from truing.tasks import Task


@features("nystroem-{size:K}")
def nystroem(size: AtLeastOne, width: Annotated[float, Within("(0, inf)")] = 1.0) -> FeatureMap:
    """Gaussian kernel features with K landmarks (transductive: landmarks from all items).

    Args:
        size: number of landmarks and of columns.
        width: width of the kernel, in units of the median distance between items.
    """

    def feature_map(task: Task) -> np.ndarray:
        from sklearn.kernel_approximation import Nystroem

        inputs = flat_inputs(task, f"nystroem-{size}")
        check_size("nystroem", size, len(task))
        gamma = 0.5 / (width * _median_distance(inputs)) ** 2
        return Nystroem(gamma=gamma, n_components=size, random_state=0).fit_transform(inputs)

    return feature_map


def _median_distance(inputs: np.ndarray) -> float:
    """Median distance of up to 1,000 evenly spaced items to the item half the list away."""
    some = inputs[np.linspace(0, len(inputs) - 1, min(len(inputs), 1000)).astype(int)]
    distances = np.linalg.norm(some - np.roll(some, len(some) // 2, axis=0), axis=1)
    return float(np.median(distances)) or 1.0
