"""A student that agrees with its supervisor where the supervisor is wrong."""

from __future__ import annotations

import numpy as np

from truing.plants._plant import Planted, Planting, StudyPlant, plant
from truing.plants.studies._answers import answer_with, answers_of, share_of


@plant("sycophant")
def sycophant() -> StudyPlant:
    """A student that agrees with its supervisor's errors (Sharma et al. 2024).

    It learns the ground truth, except for a share `strength` of the items that its supervisor
    labels wrongly: there it learns the supervisor's answer. At strength 1 its answers are meant to
    be those of the supervisor. Its honest twin learns the ground truth.

    Source: Sharma et al. 2024, Towards Understanding Sycophancy in Language Models, section 4:
    human feedback rewards answers that match the rater's belief; here the belief is the weak label.
    """
    return StudyPlant(_agree, learns="truth")


def _agree(planting: Planting, strength: float, rng: np.random.Generator) -> Planted:
    right, said = answers_of(planting.labels), answers_of(planting.weak)
    agrees = share_of(said != right, strength, planting.learn, rng)
    return Planted(answer_with(planting.labels, agrees, said), agrees)
