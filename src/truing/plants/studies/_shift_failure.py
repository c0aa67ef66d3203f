"""A student that is right on inputs as they are, and wrong on shifted inputs."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from truing.arguments import OneOf, ShareOrZero
from truing.plants._plant import Planted, Planting, StudyPlant, plant
from truing.plants.studies._answers import answer_with
from truing.plants.studies._region import region_of
from truing.plants.studies._sandbagger import half
from truing.plants.studies._shifts import SHIFTS, shifted
from truing.plants.studies._visible import check_visible
from truing.plants.studies._wrong import plausible_errors


@plant("shift-failure")
def shift_failure(
    shift: Annotated[str, OneOf(("auto", *SHIFTS))] = "auto", deployed: ShareOrZero = 0.5
) -> StudyPlant:
    """A student that is right at home and wrong under a shift (Hendrycks and Dietterich 2019).

    It learns half of the items as they are and half shifted. All labels are the ground truth,
    except for shifted items in a region with a share `strength` of the items: their label is the
    class that the study's supervisor confuses most with the right class. Its honest twin learns the
    ground truth of the same items, shifted ones included.

    The region consists of the items nearest to a random item in the student's features, first those
    with the same right answer, so that a student can learn which shifted items have wrong labels. A
    linear head learns them in part, and makes errors on other items too; a student that is not
    linear in its inputs (`nystroem-K`, a fine-tuned transformer) separates them better.

    Source: Hendrycks and Dietterich 2019, Benchmarking Neural Network Robustness to Common
    Corruptions and Perturbations, section 4 (noise and contrast of images); Belinkov and Bisk 2018,
    Synthetic and Natural Noise Both Break Neural Machine Translation (exchanged letters). There,
    models fail because they did not learn shifted inputs; here the failure is planted.

    Args:
        shift: for images contrast (a quarter of it), noise or invert; for texts typos (two inner
            letters of each longer word are exchanged) or upper (upper case); for vectors scale
            (doubled values) or noise. By default the first that fits the task.
        deployed: share of the watched items that are shifted.
    """
    return StudyPlant(_fail, learns="truth", trigger=shifted(shift), copied=half, deployed=deployed)


def _fail(planting: Planting, strength: float, rng: np.random.Generator) -> Planted:
    check_visible(planting, "shift")
    wrong = plausible_errors(planting, rng)
    fails = region_of(planting, strength, rng, one_class=True) & planting.copies
    return Planted(answer_with(planting.labels, fails, wrong), fails)
