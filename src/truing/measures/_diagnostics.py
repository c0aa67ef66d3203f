"""Diagnostics of a study row: why a student did or did not surpass its supervisor.

Each diagnostic lists the assumptions under which its usual interpretation is valid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.measures._accuracy import SMALLEST_BELIEF
from truing.measures._checks import check_belief_matrix, check_same_shape, check_truth

# The texts of assumptions are stored in run folders, so they stay as version 0.1.0 wrote them.
_MISFIT_ASSUMPTIONS = (
    "the student is the projection of the supervisor onto a convex class of predictors",
    "that class contains the truth that errors are measured against, one-hot as it is",
)
_SQUARED = "the student was trained in squared loss, not in cross entropy"
_KL = "the student minimised KL(student || supervisor), the reverse of usual cross entropy"


@dataclass(frozen=True)
class Misfit:
    """Errors of supervisor and student, and the divergence between the two.

    Attributes:
        weak_error: mean error of the supervisor against the ground truth.
        student_error: mean error of the student against the ground truth.
        misfit: mean divergence of the student from the supervisor.
        slack: weak_error - misfit - student_error; at least 0 where the theorem applies.
        loss: 'squared' or 'kl' (nats).
        assumptions: conditions under which slack >= 0 is guaranteed.
    """

    weak_error: float
    student_error: float
    misfit: float
    slack: float
    loss: str
    assumptions: tuple[str, ...]


def misfit(weak, student, truth) -> Misfit:
    """Misfit in squared loss, with error(student) <= error(weak) - misfit for a convex class.

    Source: Charikar, Pabbaraju & Shiragur 2024 (arXiv 2405.15116), Theorem 1. An error is the
    squared distance to the one-hot ground truth, and the misfit the squared distance between the
    two, summed over choices, mean over items.

    Args:
        weak: (N, k) probabilities of the supervisor.
        student: (N, k) probabilities of the student.
        truth: (N,) integers 0..k-1, the right choices.

    Raises:
        ValueError: shapes differ, rows are not probabilities, or truth is out of range.

    Examples:
        >>> from truing.measures import misfit
        >>> weak, student = [[0.6, 0.4], [0.4, 0.6]], [[0.8, 0.2], [0.6, 0.4]]
        >>> found = misfit(weak, student, truth=[0, 0])
        >>> round(found.misfit, 3), round(found.slack, 3)
        (0.08, 0.24)
    """
    weak_Nk, student_Nk, truth_N = _check_pair("weak", weak, "student", student, truth)
    onehot_Nk = np.eye(weak_Nk.shape[1])[truth_N]

    def distance(p_Nk: np.ndarray, q_Nk: np.ndarray) -> float:
        return float(((p_Nk - q_Nk) ** 2).sum(axis=1).mean())

    errors = distance(weak_Nk, onehot_Nk), distance(student_Nk, onehot_Nk)
    apart = distance(student_Nk, weak_Nk)
    slack = errors[0] - apart - errors[1]
    assumptions = (_SQUARED, *_MISFIT_ASSUMPTIONS)
    return Misfit(errors[0], errors[1], apart, slack, "squared", assumptions)


def kl_misfit(weak, student, truth) -> Misfit:
    """Misfit in KL divergence, the Bregman case for classification.

    The generalized Pythagorean inequality KL(truth || weak) >= KL(truth || student) +
    KL(student || weak) is valid if the student minimizes KL(student || weak) over a convex class
    that contains the ground truth. For a one-hot ground truth the errors are cross entropies.
    Source: Mulgund & Pabbaraju 2025 (arXiv 2501.19105), the convex case; Csiszar 1975 for the
    inequality. The student is the first argument of KL(student || weak); usual cross-entropy
    training does not minimize this divergence. Beliefs of supervisor and student are clipped below
    at 1e-12 inside logarithms. All values are in nats.

    Args:
        weak: (N, k) probabilities of the supervisor.
        student: (N, k) probabilities of the student.
        truth: (N,) integers 0..k-1, the right choices.

    Raises:
        ValueError: shapes differ, rows are not probabilities, or truth is out of range.

    Examples:
        >>> from truing.measures import kl_misfit
        >>> weak, student = [[0.6, 0.4], [0.4, 0.6]], [[0.8, 0.2], [0.6, 0.4]]
        >>> found = kl_misfit(weak, student, truth=[0, 0])
        >>> round(found.misfit, 3), round(found.slack, 3)
        (0.086, 0.26)
    """
    weak_Nk, student_Nk, truth_N = _check_pair("weak", weak, "student", student, truth)
    log_weak, log_student = (
        np.log(np.clip(beliefs, SMALLEST_BELIEF, 1.0)) for beliefs in (weak_Nk, student_Nk)
    )
    row = np.arange(truth_N.size)
    errors = [float(-log_belief[row, truth_N].mean()) for log_belief in (log_weak, log_student)]
    apart = float((student_Nk * (log_student - log_weak)).sum(axis=1).mean())
    slack = errors[0] - apart - errors[1]
    assumptions = (_KL, *_MISFIT_ASSUMPTIONS)
    return Misfit(errors[0], errors[1], apart, slack, "kl", assumptions)


@dataclass(frozen=True)
class ErrorCorrection:
    """Shares of the supervisor's errors and right answers that the student corrects or breaks.

    Attributes:
        corrected: share of the supervisor's errors on which the student's answer is right.
        repeated: share of the supervisor's errors that the student repeats with the same wrong
            answer (inheritance).
        differently: share of the supervisor's errors on which the student gives another wrong
            answer. The three shares sum to 1.
        broken: share of the supervisor's right answers on which the student is wrong.
        errors: number of the supervisor's errors.
        assumptions: conditions under which the usual interpretation is valid.

    A share is None if there are no such items.
    """

    corrected: float | None
    repeated: float | None
    differently: float | None
    broken: float | None
    errors: int
    assumptions: tuple[str, ...]


def error_correction(weak, student, truth) -> ErrorCorrection:
    """Correction and inheritance of the supervisor's errors (Burns et al. 2023, section 5.1).

    An answer is the likeliest choice; of exactly tied choices, the first.

    Args:
        weak: (N, k) probabilities of the supervisor on the test items.
        student: (N, k) probabilities of the student on the same items.
        truth: (N,) integers 0..k-1, the right choices.

    Raises:
        ValueError: shapes differ, rows are not probabilities, or truth is out of range.

    Examples:
        >>> from truing.measures import error_correction
        >>> weak = [[0.4, 0.6], [0.3, 0.7], [0.9, 0.1]]
        >>> student = [[0.6, 0.4], [0.2, 0.8], [0.9, 0.1]]
        >>> found = error_correction(weak, student, truth=[0, 0, 0])
        >>> found.corrected, found.repeated, found.broken
        (0.5, 0.5, 0.0)
    """
    weak_Nk, student_Nk, truth_N = _check_pair("weak", weak, "student", student, truth)
    weak_N, student_N = weak_Nk.argmax(axis=1), student_Nk.argmax(axis=1)
    wrong_N, right_N = weak_N != truth_N, weak_N == truth_N
    student_wrong_N = student_N != truth_N
    same_N = student_N == weak_N
    return ErrorCorrection(
        corrected=_share(~student_wrong_N, wrong_N),
        repeated=_share(same_N, wrong_N),
        differently=_share(student_wrong_N & ~same_N, wrong_N),
        broken=_share(student_wrong_N, right_N),
        errors=int(wrong_N.sum()),
        assumptions=(
            "items were not among those that the student learned from",
            "there are more than two choices, so that erring differently is possible",
            "errors are repeated because they were learned: an item hard for all is missed anyway",
        ),
    )


@dataclass(frozen=True)
class CAPA:
    """Chance-adjusted probabilistic agreement (CAPA).

    Attributes:
        value: kappa_p, at most 1; 0 if the models agree as often as with independent errors; None
            if undefined.
        observed: c_obs, the mean probability that the two models give the same answer.
        expected: c_exp, that probability with independent errors and the same accuracies.
        assumptions: conditions under which the usual interpretation is valid.
    """

    value: float | None
    observed: float
    expected: float
    assumptions: tuple[str, ...]


def capa(first, second, truth, choices=None) -> CAPA:
    """CAPA, the similarity of two models' errors (Goel et al. 2025, arXiv 2502.04313, section 2).

    kappa_p = (c_obs - c_exp) / (1 - c_exp), c_obs = mean sum_j p1_j p2_j, c_exp = a1 a2 +
    (1 - a1)(1 - a2)/(k - 1), where a1 and a2 are the models' mean probabilities of the right
    choice. It is undefined if c_exp = 1, that is for two models without errors. If items differ in
    their number of choices, 1/(k - 1) is averaged over the items.

    Args:
        first: (N, k) probabilities of the first model.
        second: (N, k) probabilities of the second model.
        truth: (N,) integers 0..k-1, the right choices.
        choices: (N,) number of choices of each item, 2..k; k for all items by default.

    Raises:
        ValueError: shapes differ, rows are not probabilities, or truth or choices are out of range.

    Examples:
        >>> from truing.measures import capa
        >>> first, second = [[0.9, 0.1], [0.2, 0.8]], [[0.8, 0.2], [0.3, 0.7]]
        >>> round(capa(first, second, truth=[0, 0]).value, 3)
        0.354
    """
    first_Nk, second_Nk, truth_N = _check_pair("first", first, "second", second, truth)
    k = first_Nk.shape[1]
    choices_N = np.full(truth_N.size, k) if choices is None else np.asarray(choices)
    if choices_N.shape != truth_N.shape or not ((choices_N >= 2) & (choices_N <= k)).all():
        raise ValueError(f"choices must be {truth_N.size} integers from 2 to {k}")
    same_error = float((1 / (choices_N - 1)).mean())  # of two independent errors
    observed = float((first_Nk * second_Nk).sum(axis=1).mean())
    a, b = (float(p[np.arange(truth_N.size), truth_N].mean()) for p in (first_Nk, second_Nk))
    expected = a * b + (1.0 - a) * (1.0 - b) * same_error
    value = (observed - expected) / (1.0 - expected) if 1.0 - expected > 1e-12 else None
    return CAPA(
        value,
        observed,
        expected,
        (
            "probabilities are calibrated enough to mean a chance of answering so",
            "by chance a wrong answer falls on each wrong choice alike",
            "choices mean the same in every item only by position: shuffle them in multiple choice",
        ),
    )


def _share(values_N: np.ndarray, among_N: np.ndarray) -> float | None:
    """Share of True values among the items of `among_N`; None if there are no such items."""
    return float(values_N[among_N].mean()) if among_N.any() else None


def _check_pair(name, beliefs, other_name, other, truth):
    beliefs_Nk = check_belief_matrix(name, beliefs)
    other_Nk = check_belief_matrix(other_name, other)
    check_same_shape(**{name: beliefs_Nk, other_name: other_Nk})
    return beliefs_Nk, other_Nk, check_truth(truth, *beliefs_Nk.shape)
