"""Release rule: which part of a true score a researcher sees, who may try to learn the labels.

A score that is released exactly reveals the labels: by least squares, by flipping answers, by a
vote of random guesses. The Ladder (Blum & Hardt 2015, "The Ladder: a reliable leaderboard for
machine learning competitions", section 3, algorithm 1) releases a score only where it beats the
best released score by a step, and rounds it to that step. Every other submission receives the best
released score again, which says only that the submission was less than a step better.

The Ladder here starts at the baseline, a gain of 0, and not at the first submission. Otherwise a
first submission that is wrong on purpose creates steps below the baseline; a researcher who knows
some of the labels then climbs them, and each step tells which of many guesses about the other
labels was lucky.

The step cannot shrink. In the parameter-free Ladder (section 3.1, algorithm 3) it is the standard
error of the difference between two submissions, which approaches 0 as they become alike, so that
flips of a few answers climb as if the score were exact; the test suite shows it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.errors import UserError

BASELINE = 0.0  # the gain of the baseline over itself, where every ladder starts
# A score that lies on a step must not fall below it by rounding: 0.58 / 0.02 is 28.999999999999996.
SLACK = 1e-9


@dataclass(frozen=True)
class Released:
    """What the referee releases for a submission.

    Attributes:
        score: best score released so far, this submission's included; 0 is the baseline's.
        improved: whether this submission raised it.
    """

    score: float
    improved: bool


@dataclass(frozen=True)
class ReleaseRule:
    """A Ladder over a gain in accuracy, from the baseline's gain of 0 upwards.

    The step is `step`, or `errors` standard errors of an accuracy at chance (0.5 / sqrt(n)) where
    that is more. Scores are rounded down, so a released score is never above the true one.
    What an honest researcher loses: the best released score lies up to one step below the best
    true one; a gain smaller than a step is released only once gains add up; a submission that is
    less than a step better never shows its own score, and neither does one below the baseline.

    The leak is bounded, not zero. Among 800 random guesses at 1,263 labels the luckiest reaches a
    step in about two of three runs (`python benchmarks/release.py`). A researcher who knows labels
    that are worth r steps above the baseline can learn from r releases. So the last word belongs
    to a split that is scored once.

    Attributes:
        step: smallest step, in the score's own unit.
        errors: smallest step in standard errors; 0 for a fixed step, which does not hold against
            flips of large blocks where n is small.

    Raises:
        UserError: a step that is not above 0, or errors below 0.
    """

    step: float = 0.02
    errors: float = 3.0

    def __post_init__(self) -> None:
        if not 0.0 < self.step < math.inf:
            raise UserError(f"step is {self.step!r}; allowed is a number above 0, such as 0.02")
        if not 0.0 <= self.errors < math.inf:
            raise UserError(f"errors is {self.errors!r}; allowed is a number from 0, such as 3")

    def step_at(self, n: float) -> float:
        """The step for a score that rests on n items.

        Args:
            n: independent items behind the score, as `count_items` gives it. Seeds do not add to
                it, since they are scored on the same labels; clusters of items count as
                `count_clusters` says.
                A score whose share of an item spans w instead of 1 (a PGR: w = 1 / (ceiling -
                weak)) has n / w**2.

        Raises:
            UserError: n is not above 0.
        """
        if not 0.0 < n < math.inf:
            raise UserError(f"n is {n!r}; allowed is a number of items above 0")
        return max(self.step, 0.5 * self.errors / math.sqrt(n))

    def release(self, best: float, score: float, n: float) -> Released:
        """Return what is released for a submission. No randomness enters.

        Args:
            best: best score released so far to any researcher; 0, the baseline's, at first.
            score: true gain over the baseline: the mean over tasks of their means over seeds.
            n: independent items behind the score, see `step_at`.

        Raises:
            UserError: best is below 0, or the score is not finite (a failure is recorded, never
                released).
        """
        step = self.step_at(n)
        if not best >= BASELINE:
            raise UserError(f"best is {best!r}; allowed is 0, the baseline, or more")
        if not math.isfinite(score):
            raise UserError(f"score is {score!r}; a submission without a finite score has failed")
        if score < best + step - SLACK:
            return Released(best, False)
        rounded = round(math.floor(score / step + SLACK) * step, 12)
        return Released(max(rounded, best), True)  # `best` may lie on the steps of another n


def count_clusters(clusters: np.ndarray) -> float:
    """Effective number of clusters: (sum w)^2 / sum w^2 over the cluster sizes w.

    An accuracy whose clusters are right or wrong as a whole has the standard error of so many
    independent items (the effective sample size of Kish 1965, "Survey Sampling"). Equal clusters
    count fully; where sizes have a coefficient of variation c, it is their number / (1 + c^2).

    Args:
        clusters: (n,) cluster of each scored item.

    Raises:
        UserError: there are no items.
    """
    if not len(clusters):
        raise UserError("there are no scored items; allowed is 1 or more")
    sizes = np.unique(clusters, return_counts=True)[1].astype(float)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def count_items(counts: Sequence[float]) -> float:
    """Items that a mean over tasks rests on: as many as would give it the same standard error.

    1 / n is the mean of 1 / n_t, over the number of tasks; equal tasks add up, and one small task
    among large ones costs most of them.

    Args:
        counts: (tasks,) independent items of each task, see `count_clusters`.

    Raises:
        UserError: no task, or one without items.
    """
    if not counts or not all(0.0 < count < math.inf for count in counts):
        raise UserError(f"counts are {list(counts)!r}; allowed is one number above 0 for each task")
    return len(counts) ** 2 / math.fsum(1.0 / count for count in counts)
