"""Laplacian eigenmaps (Belkin and Niyogi 2003): self-supervised features of unlabeled inputs."""

from __future__ import annotations

import warnings

import numpy as np

from truing.arguments import AtLeastOne
from truing.errors import DataError
from truing.students.features._features import FeatureMap, check_size, features, flat_inputs
from truing.tasks import Task


@features("spectral-{size:K}")
def spectral(size: AtLeastOne, neighbors: AtLeastOne = 10) -> FeatureMap:
    """K eigenvectors of the unlabeled nearest-neighbor graph (transductive: fitted on all items).

    The graph connects every item of the task, test items included, to its nearest neighbors. The
    features describe the geometry of the unlabeled data; a new item would need a new graph.

    Args:
        size: number of eigenvectors after the constant eigenvector, and of columns.
        neighbors: number of neighbors of every item in the graph.
    """

    def feature_map(task: Task) -> np.ndarray:
        from sklearn.manifold import spectral_embedding
        from sklearn.neighbors import kneighbors_graph

        inputs = flat_inputs(task, f"spectral-{size}")
        check_size("spectral", size, len(task) - 2)
        if not 1 <= neighbors < len(task):
            raise DataError(
                f"spectral-{size}: `neighbors` must be 1 to {len(task) - 1}, got {neighbors}"
            )
        near = kneighbors_graph(inputs, neighbors, include_self=False)
        with warnings.catch_warnings():
            # A graph of several components has a constant eigenvector for each: clusters, no error.
            warnings.filterwarnings("ignore", message="Graph is not fully connected")
            return spectral_embedding(0.5 * (near + near.T), n_components=size, random_state=0)

    return feature_map
