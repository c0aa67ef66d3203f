"""Judges as supervisors: a sparse judge labels images without help, or helped by programs.

The judge is trained on the ground truth of most of the supervise split. The remaining items of the
split calibrate it: the temperature t of softmax(t * evidence) maximizes the likelihood of their
ground truth. Neither the judge nor the debaters know the ground truth of any other item, so that
the labels are real weak labels and not simulated. All judged supervisors of a task and seed share
their judge, so that they differ only in the help.

In a debate the judge looks once at k pixels, as it does unaided and in a consultancy. `views` gives
the unaided judge more random looks: the baseline for help if looks are not scarce. Results on
digits, 4 pixels, three seeds (`python benchmarks/pixel_debate.py --labels`):

| | label accuracy | student (spectral-64, naive) |
|---|---|---|
| unaided, one look | 0.47 [0.43, 0.51] | 0.79 [0.76, 0.82] |
| consultancy | 0.71 [0.67, 0.76] | 0.83 [0.79, 0.86] |
| debate | 0.83 [0.80, 0.85] | 0.91 [0.85, 0.97] |
| unaided, 90 looks | 0.87 [0.84, 0.89] | 0.92 [0.90, 0.94] |
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import log_softmax, softmax

from truing.arguments import AtLeastOne
from truing.errors import DataError
from truing.oversight import pixels as parts
from truing.oversight.pixels import Pixels
from truing.supervisors._supervisor import Labeler, supervisor
from truing.tasks import Task

HELD_OUT = 0.2  # share of the supervise split's clusters that calibrate the temperature
COLDEST, HOTTEST = np.log(1e-3), np.log(1e3)  # bounds of the temperature's logarithm

Evidence = Callable[[parts.SparseJudge, np.ndarray, np.random.Generator], np.ndarray]


@supervisor("pixel-judge")
def pixel_judge(pixels: Pixels = 4, views: AtLeastOne = 1) -> Labeler:
    """A judge without help, which sees a few random pixels of each image.

    Args:
        pixels: number of pixels per look.
        views: number of looks at each image; the log beliefs are averaged.
    """
    return _judged(
        pixels,
        lambda judge, images, rng: parts.look(judge, images, pixels, views, rng),
        helped=False,
    )


@supervisor("pixel-debate")
def pixel_debate(pixels: Pixels = 4, every_pair: bool = False) -> Labeler:
    """A judge in a debate: two programs argue for rival answers and choose the pixels it sees.

    Args:
        pixels: number of pixels shown in a debate, in turns.
        every_pair: debate every pair of answers in both orders, and count the wins of each answer.
    """
    return _judged(
        pixels,
        lambda judge, images, rng: parts.debate(judge, images, pixels, every_pair),
        helped=True,
    )


@supervisor("pixel-consultancy")
def pixel_consultancy(pixels: Pixels = 4) -> Labeler:
    """A judge with a consultant: one program argues for an answer and chooses the pixels."""
    return _judged(
        pixels, lambda judge, images, rng: parts.consult(judge, images, pixels), helped=True
    )


def _judged(pixels: int, evidence: Evidence, helped: bool) -> Labeler:

    def label(task: Task, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        images = parts.flat_images(task, pixels)
        for_judge, for_views, for_halves = rng.spawn(3)
        taught, held_out = _divide(task, np.flatnonzero(truth >= 0), for_halves)
        judge = parts.train_judge(
            images[taught], truth[taught], len(task.choices), pixels, for_judge
        )
        found = evidence(judge, images, for_views)
        return softmax(_temperature(found[held_out], truth[held_out]) * found, axis=1)

    unaided = f"pixel-judge,pixels={pixels}" if helped else None
    return Labeler(label, sees="supervise", heavy=True, unaided=unaided)


def _divide(
    task: Task, known: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Split the items with known truth by clusters: training items of the judge, held-out items."""
    groups = rng.permutation(np.unique(task.clusters[known]))
    if len(groups) < 2:
        raise DataError(
            f"{task.name}: the supervise split has only one cluster; a judge needs two or more"
        )
    held_out = np.isin(task.clusters[known], groups[: max(1, round(HELD_OUT * len(groups)))])
    return known[~held_out], known[held_out]


def _temperature(evidence: np.ndarray, truth: np.ndarray) -> float:
    """Temperature t at which softmax(t * evidence) maximizes the likelihood of the truth."""
    from scipy.optimize import minimize_scalar  # takes a fifth of a second

    rows = np.arange(len(truth))

    def cost(log_t: float) -> float:
        return -log_softmax(np.exp(log_t) * evidence, axis=1)[rows, truth].mean()

    return float(np.exp(minimize_scalar(cost, bounds=(COLDEST, HOTTEST), method="bounded").x))
