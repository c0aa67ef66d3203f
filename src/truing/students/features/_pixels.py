"""Unchanged inputs, and images averaged to a coarse grid."""

from __future__ import annotations

import numpy as np

from truing.arguments import AtLeastOne
from truing.errors import DataError
from truing.students.features._features import FeatureMap, features, flat_inputs
from truing.tasks import Task


@features("pixels")
def pixels() -> FeatureMap:
    """Unchanged pixels of the image, or entries of the vector."""
    return lambda task: flat_inputs(task, "pixels")


@features("lowres-{size:K}")
def lowres(size: AtLeastOne) -> FeatureMap:
    """Image averaged to K x K cells."""

    def feature_map(task: Task) -> np.ndarray:
        if task.medium != "images":
            raise DataError(f"lowres-{size} needs images, but {task.name} contains {task.medium}")
        _, height, width = task.inputs.shape
        if not 1 <= size <= min(height, width):
            raise DataError(
                f"lowres-{size}: the size must be 1 to {min(height, width)} for images of "
                f"{height} x {width} pixels, got {size}"
            )
        rows, columns = _cells(height, size), _cells(width, size)
        return (rows @ task.inputs.astype(np.float64) @ columns.T).reshape(len(task), -1)

    return feature_map


def _cells(length: int, size: int) -> np.ndarray:
    """(size, length) matrix; each row averages one cell, with pixels weighted by their overlap."""
    edges = np.linspace(0, length, size + 1)
    pixel = np.arange(length)
    upper = np.minimum(edges[1:, None], pixel + 1)
    lower = np.maximum(edges[:-1, None], pixel)
    overlap = np.maximum(upper - lower, 0)
    return overlap / overlap.sum(axis=1, keepdims=True)
