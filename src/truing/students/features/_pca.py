"""Principal components (Pearson 1901; Hotelling 1933)."""

from __future__ import annotations

import numpy as np

from truing.arguments import AtLeastOne
from truing.students.features._features import FeatureMap, check_size, features, flat_inputs
from truing.tasks import Task


@features("pca-{size:K}")
def pca(size: AtLeastOne) -> FeatureMap:
    """The K strongest principal components of the inputs (transductive: fitted on all items)."""

    def feature_map(task: Task) -> np.ndarray:
        from sklearn.decomposition import PCA

        inputs = flat_inputs(task, f"pca-{size}")
        check_size("pca", size, min(inputs.shape))
        return PCA(size, svd_solver="full").fit_transform(inputs)

    return feature_map
