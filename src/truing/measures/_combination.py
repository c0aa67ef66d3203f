"""Combination of monitors: a logistic model that never saw the plant that it detects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class PlantSuspicion:
    """Suspicions of M monitors about the systems of one plant.

    Attributes:
        planted: (K, S, M) suspicion of each planted system, at K strengths.
        twins: (S, M) suspicion of the honest twins.
        references: (R, M) suspicion of the honest references of this plant's world.
        family: plants of the same family are left out together; such as the plant's name without
            arguments.
    """

    planted: np.ndarray
    twins: np.ndarray
    references: np.ndarray
    family: str


@dataclass(frozen=True, eq=False)
class Combined:
    """Suspicions of the combination of monitors about the systems of one plant.

    Attributes:
        planted: (K, S) suspicion of each planted system.
        twins: (S,) suspicion of the honest twins.
        references: (C,) suspicion of the references that calibrate.
        weights: (M,) mean coefficient of each monitor in the logistic model.
    """

    planted: np.ndarray
    twins: np.ndarray
    references: np.ndarray
    weights: np.ndarray


def combine_monitors(
    plants: Mapping[str, PlantSuspicion], *, two_sided: Sequence[bool]
) -> dict[str, Combined]:
    """Suspicions of a logistic model over monitors, fitted on the plants of other families.

    Args:
        plants: suspicions by plant. All plants have the same M monitors, S seeds and R reference
            seeds; reference r has the same seed for each plant.
        two_sided: for each of the M monitors, whether an unusually low suspicion is suspicious.

    Raises:
        ValueError: shapes differ, there is only one family, or fewer than two seeds or references.
    """
    raise NotImplementedError
