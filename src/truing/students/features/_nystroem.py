"""Features of a Gaussian kernel by the Nyström method (Williams and Seeger 2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from truing.arguments import AtLeastOne, Within
from truing.students.features._features import (
    FeatureMap,
    check_size,
    features,
    flat_inputs,
    flat_inputs_like,
)
from truing.tasks import Task

if TYPE_CHECKING:
    from sklearn.kernel_approximation import Nystroem


@features("nystroem-{size:K}")
def nystroem(size: AtLeastOne, width: Annotated[float, Within("(0, inf)")] = 1.0) -> FeatureMap:
    """Gaussian kernel features with K landmarks (transductive: landmarks from all items).

    Args:
        size: number of landmarks and of columns.
        width: width of the kernel, in units of the median distance between items.
    """
    return _Kernel(size, width)


@dataclass(frozen=True)
class _Kernel:
    """Feature map of a Gaussian kernel."""

    dim: int
    width: float

    def __call__(self, task: Task) -> np.ndarray:
        return self._fit(task)[1]

    def fitted_on(self, home: Task, other: Task) -> np.ndarray:
        """Features of the items of another task, with the landmarks of home."""
        return self._fit(home)[0].transform(flat_inputs_like(home, other, f"nystroem-{self.dim}"))

    def _fit(self, task: Task) -> tuple[Nystroem, np.ndarray]:
        from sklearn.kernel_approximation import Nystroem

        inputs = flat_inputs(task, f"nystroem-{self.dim}")
        check_size("nystroem", self.dim, len(task))
        gamma = 0.5 / (self.width * _median_distance(inputs)) ** 2
        kernel = Nystroem(gamma=gamma, n_components=self.dim, random_state=0)
        return kernel, kernel.fit_transform(inputs)


def _median_distance(inputs: np.ndarray) -> float:
    """Median distance of up to 1,000 evenly spaced items to the item half the list away."""
    some = inputs[np.linspace(0, len(inputs) - 1, min(len(inputs), 1000)).astype(int)]
    distances = np.linalg.norm(some - np.roll(some, len(some) // 2, axis=0), axis=1)
    return float(np.median(distances)) or 1.0
