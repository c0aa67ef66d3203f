"""Laplacian eigenmaps (Belkin and Niyogi 2003): self-supervised features of unlabeled inputs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import NoReturn

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
    return _Eigenmap(size, neighbors)


@dataclass(frozen=True)
class _Eigenmap:
    """Feature map of Laplacian eigenmaps."""

    dim: int
    neighbors: int

    def __call__(self, task: Task) -> np.ndarray:
        from sklearn.manifold import spectral_embedding
        from sklearn.neighbors import kneighbors_graph

        inputs = flat_inputs(task, f"spectral-{self.dim}")
        check_size("spectral", self.dim, len(task) - 2)
        if not 1 <= self.neighbors < len(task):
            raise DataError(
                f"spectral-{self.dim}: `neighbors` must be 1 to {len(task) - 1}, got "
                f"{self.neighbors}"
            )
        near = kneighbors_graph(inputs, self.neighbors, include_self=False)
        with warnings.catch_warnings():
            # A graph of several components has a constant eigenvector for each: clusters, no error.
            warnings.filterwarnings("ignore", message="Graph is not fully connected")
            return spectral_embedding(0.5 * (near + near.T), n_components=self.dim, random_state=0)

    def refuse_other(self, home: Task, other: Task) -> NoReturn:
        """Raise DataError: the eigenvectors have values for the items of home only."""
        raise DataError(
            f"spectral-{self.dim} describes the items of {home.name} only, so a head on it cannot "
            f"be tested on {other.name}; use pca-K, nystroem-K or activations (hf/NAME@layer-K)"
        )
