"""Release rule: how much of a true score a researcher sees, given that the researcher may try to
learn the labels.

Exact scores reveal the labels: by least squares, by flipping answers, or by a vote of random
guesses. The Ladder (Blum & Hardt 2015, "The Ladder: a reliable leaderboard for
machine learning competitions", section 3, algorithm 1) releases a score only if it beats the
best released score by a step, and rounds it to that step. Every other submission receives the best
released score again. This reveals only that the submission was less than a step better.

This Ladder starts at the baseline, a gain of 0, and not at the first submission. Otherwise a first
submission that is wrong on purpose would create steps below the baseline. A researcher who knows
some of the labels could then climb these steps, and each step would reveal which of many guesses
about the other labels was right by luck.

The step cannot shrink. In the parameter-free Ladder (section 3.1, algorithm 3) it is the standard
error of the difference between two submissions, which approaches 0 as they become alike. Flips of
a few answers then climb as if the score were exact. The test suite demonstrates this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import UserError

BASELINE = 0.0  # the gain of the baseline over itself; every ladder starts here
# A score exactly on a step must not be rounded to a lower step: 0.58 / 0.02 is 28.999999999999996.
SLACK = 1e-9


@dataclass(frozen=True)
class Released:
    """The referee's answer to a submission.

    Attributes:
        score: best released score so far, including this submission; 0 is the baseline.
        improved: whether this submission raised the best released score.
    """

    score: float
    improved: bool


@dataclass(frozen=True)
class ReleaseRule:
    """A Ladder over gains in accuracy that starts at the baseline, a gain of 0.

    The step is the larger of `step` and `min_step_se` standard errors of chance accuracy
    (0.5 / sqrt(n)). Scores are rounded down, so a released score is never above the true score.
    An honest researcher has three disadvantages. The best released score is up to one step below
    the best true score. Gains smaller than a step are released only when they add up to a step. The
    score of a submission that is less than a step better, or below the baseline, is never released.

    The leak is bounded but not zero. The best of 800 random guesses at 1,263 labels reaches a step
    in about two of three runs (`python benchmarks/release.py`). A researcher who knows labels that
    are worth r steps above the baseline can learn from r releases. The final verdict is therefore
    computed on a split that is scored only once.

    Attributes:
        step: smallest step, in the unit of the score.
        min_step_se: smallest step, in standard errors. 0 means a fixed step, which does not protect
            against flips of large blocks of answers if n is small.

    Raises:
        UserError: `step` is not above 0, or `min_step_se` is below 0.
    """

    step: float = 0.02
    min_step_se: float = 3.0

    def __post_init__(self) -> None:
        if not 0.0 < self.step < math.inf:
            raise UserError(f"step must be a number above 0, such as 0.02, got {self.step!r}")
        if not 0.0 <= self.min_step_se < math.inf:
            raise UserError(
                f"min_step_se must be 0 or a number above 0, such as 3, got {self.min_step_se!r}"
            )

    def step_at(self, n: float) -> float:
        """The step of a score that is computed from n items.

        Args:
            n: number of independent items, see `count_items`. More seeds do not increase it,
                because they are scored on the same labels. For clustered items see
                `count_clusters`; for tasks with common items see `count_groups`. A score in which
                one item can change the sum by w instead of 1 (PGR: w = 1 / (ceiling - weak)) has
                n / w**2.

        Raises:
            UserError: n is not above 0.
        """
        if not 0.0 < n < math.inf:
            raise UserError(f"n must be a number of items above 0, got {n!r}")
        return max(self.step, 0.5 * self.min_step_se / math.sqrt(n))

    def release(self, best: float, score: float, n: float) -> Released:
        """The score to release for a submission. The result is deterministic.

        Args:
            best: best score released so far to any researcher; at first 0, the baseline.
            score: true gain over the baseline, averaged over seeds and then over tasks.
            n: number of independent items of the score, see `step_at`.

        Raises:
            UserError: `best` is below 0, or `score` is not finite (failures have no score).
        """
        step = self.step_at(n)
        if not best >= BASELINE:
            raise UserError(f"best must be 0 (the baseline) or more, got {best!r}")
        if not math.isfinite(score):
            raise UserError(
                f"score must be finite, got {score!r}; record the submission as failed instead"
            )
        if score < best + step - SLACK:
            return Released(best, False)
        rounded = round(math.floor(score / step + SLACK) * step, 12)
        return Released(max(rounded, best), True)  # the step of `best` may differ


def count_clusters(clusters: np.ndarray) -> float:
    """Effective number of clusters: (sum w)^2 / sum w^2 over the cluster sizes w.

    If all items of a cluster are right or wrong together, the accuracy has the standard error of
    this number of independent items (the effective sample size of Kish 1965, "Survey Sampling").
    For clusters of equal size it is the number of clusters. If sizes have a coefficient of
    variation c, it is the number of clusters / (1 + c^2).

    Args:
        clusters: (n,) cluster of each scored item.

    Raises:
        UserError: there are no items.
    """
    if not len(clusters):
        raise UserError("clusters must contain 1 or more scored items, got none")
    sizes = np.unique(clusters, return_counts=True)[1].astype(float)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def count_items(counts: Sequence[float]) -> float:
    """Number of independent items with the same standard error as a mean over tasks.

    1 / n is the mean of 1 / n_t over the tasks, divided by the number of tasks. Tasks of equal
    size add up; one small task among large tasks reduces n strongly.

    Args:
        counts: (tasks,) number of independent items of each task, see `count_clusters`.

    Raises:
        UserError: there is no task, or a task has no items.
    """
    if not counts or not all(0.0 < count < math.inf for count in counts):
        raise UserError(f"counts must contain a number above 0 for each task, got {list(counts)!r}")
    return len(counts) ** 2 / math.fsum(1.0 / count for count in counts)


def count_groups(groups: Sequence[np.ndarray]) -> float:
    """Effective number of groups of a mean over tasks, in which tasks may have common groups.

    It is 1 / sum a^2. Here a is the part of the mean that a group decides in all tasks together,
    if its items are right or wrong together. For tasks without common groups it is `count_items` of
    `count_clusters`. Two tasks with the same items count like one of them.

    Args:
        groups: (tasks, n) group of each scored item. The same number in two tasks is the same
            group.

    Raises:
        UserError: there is no task, or a task has no items.
    """
    counts = [count_clusters(own) for own in groups]
    if not counts:
        return count_items(counts)
    names = np.unique(np.concatenate(groups))
    shares, squares = np.zeros(len(names)), np.zeros(len(names))
    for own in groups:
        share = np.bincount(np.searchsorted(names, own), minlength=len(names)) / len(own)
        shares += share
        squares += share**2
    common = shares**2 - squares  # exactly 0 for a group of one task
    return len(counts) ** 2 / math.fsum([*(1.0 / count for count in counts), *common])
