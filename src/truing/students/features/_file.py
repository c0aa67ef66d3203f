"""Activations that were computed elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from truing.errors import DataError
from truing.students.features._features import FeatureMap, features
from truing.tasks import Task


@features("file")
def file(path: str) -> FeatureMap:
    """An array from a .npy file: (items, columns), or (items, choices, columns)."""

    def feature_map(task: Task) -> np.ndarray:
        del task  # rows stand in the order of the items; `extract` checks their number
        return _read(path)

    return feature_map


def _read(path: str) -> np.ndarray:
    if not Path(path).is_file():
        raise DataError(f"features file:{path}: no such file")
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"features file:{path}: not a .npy array of numbers") from error
