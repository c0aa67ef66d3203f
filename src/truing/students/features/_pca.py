"""Principal components (Pearson 1901; Hotelling 1933)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from truing.arguments import AtLeastOne
from truing.students.features._features import (
    FeatureMap,
    check_size,
    features,
    flat_inputs,
    flat_inputs_like,
)
from truing.tasks import Task

if TYPE_CHECKING:
    from sklearn.decomposition import PCA


@features("pca-{size:K}")
def pca(size: AtLeastOne) -> FeatureMap:
    """The K strongest principal components of the inputs (transductive: fitted on all items)."""
    return _Components(size)


@dataclass(frozen=True)
class _Components:
    """Feature map of principal components."""

    dim: int

    def __call__(self, task: Task) -> np.ndarray:
        return self._fit(task)[1]

    def fitted_on(self, home: Task, other: Task) -> np.ndarray:
        """Components of the items of another task, on the axes of home."""
        return self._fit(home)[0].transform(flat_inputs_like(home, other, f"pca-{self.dim}"))

    def _fit(self, task: Task) -> tuple[PCA, np.ndarray]:
        from sklearn.decomposition import PCA

        inputs = flat_inputs(task, f"pca-{self.dim}")
        check_size("pca", self.dim, min(inputs.shape))
        axes = PCA(self.dim, svd_solver="full")
        return axes, axes.fit_transform(inputs)
