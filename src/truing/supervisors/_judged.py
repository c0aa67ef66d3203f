"""Judges as supervisors: a sparse judge of images labels them alone, or helped by programs.

The judge is trained on most of the supervise split's truth; how far its verdicts are to be believed
is read off the rest, by the one temperature t of softmax(t evidence) that makes the truth of those
items likeliest. Nobody, debaters included, knows the truth of any other item: the labels are real
weak labels and not simulated ones. All judged supervisors of a task and seed share their judge, so
that their difference is the help alone.

A debate is one look of the judge at k pixels, as the unaided judge's and the consulted one's are.
`views` gives the unaided judge more random looks, which is what help must be compared with where
looks are not scarce. Digits, 4 pixels, three seeds (`python benchmarks/pixel_debate.py --labels`):

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
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from truing.errors import DataError
from truing.oversight.pixels import _answers, _images, _judge
from truing.supervisors._supervisor import Labeller, supervisor
from truing.tasks import Task

HELD_OUT = 0.2  # of the supervise split's clusters: they set the temperature
COLDEST, HOTTEST = np.log(1e-3), np.log(1e3)  # bounds of the temperature's logarithm

Evidence = Callable[[_judge.SparseJudge, np.ndarray, np.random.Generator], np.ndarray]


@supervisor("pixel-judge")
def pixel_judge(pixels: int = 4, views: int = 1) -> Labeller:
    """A sparse judge, unaided: it sees a few random pixels of each image.

    Args:
        pixels: how many are shown at a look.
        views: looks at each image, whose log beliefs it averages.
    """
    _images.check_pixels(pixels)
    if views < 1:
        raise ValueError(f"views must be 1 or more, not {views}")

    def evidence(judge, images, rng) -> np.ndarray:
        return _answers.look(judge, images, pixels, views, rng)

    return _judged(pixels, evidence, helped=False)


@supervisor("pixel-debate")
def pixel_debate(pixels: int = 4, every_pair: bool = False) -> Labeller:
    """The same judge, helped by an open debate: two programs show pixels for rival answers.

    Args:
        pixels: how many are shown in a debate, in turns.
        every_pair: debate every two answers in both orders, and count what each answer wins.
    """
    _images.check_pixels(pixels)

    def evidence(judge, images, rng) -> np.ndarray:
        return _answers.debate(judge, images, pixels, every_pair)

    return _judged(pixels, evidence, helped=True)


@supervisor("pixel-consultancy")
def pixel_consultancy(pixels: int = 4) -> Labeller:
    """The same judge, helped by one program that shows pixels for the answer it argues best."""
    _images.check_pixels(pixels)

    def evidence(judge, images, rng) -> np.ndarray:
        return _answers.consult(judge, images, pixels)

    return _judged(pixels, evidence, helped=True)


def _judged(pixels: int, evidence: Evidence, helped: bool) -> Labeller:
    def label(task: Task, truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        images = _images.flat_images(task, pixels)
        for_judge, for_views, for_halves = rng.spawn(3)
        taught, held_out = _divide(task, np.flatnonzero(truth >= 0), for_halves)
        judge = _judge.train_judge(
            images[taught], truth[taught], len(task.choices), pixels, for_judge
        )
        found = evidence(judge, images, for_views)
        return softmax(_temperature(found[held_out], truth[held_out]) * found, axis=1)

    unaided = f"pixel-judge,pixels={pixels}" if helped else None
    return Labeller(label, sees="supervise", heavy=True, unaided=unaided)


def _divide(
    task: Task, known: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Items whose truth is known: those that train the judge, and those held out; by clusters."""
    groups = rng.permutation(np.unique(task.clusters[known]))
    if len(groups) < 2:
        raise DataError(f"{task.name}: the supervise split is one cluster; a judge needs two")
    held = np.isin(task.clusters[known], groups[: max(1, round(HELD_OUT * len(groups)))])
    return known[~held], known[held]


def _temperature(evidence: np.ndarray, truth: np.ndarray) -> float:
    """The t under which softmax(t evidence) gives the truth the highest likelihood."""
    rows = np.arange(len(truth))

    def cost(log_t: float) -> float:
        return -log_softmax(np.exp(log_t) * evidence, axis=1)[rows, truth].mean()

    return float(np.exp(minimize_scalar(cost, bounds=(COLDEST, HOTTEST), method="bounded").x))
