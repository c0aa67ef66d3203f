"""Accuracy, scoring rules and calibration of beliefs against the ground truth."""

from __future__ import annotations

import numpy as np

from truing.measures._checks import check_beliefs, check_truth

# Smallest belief inside a logarithm: a belief of 0 in the truth costs 27.6 nats, not infinity.
SMALLEST_BELIEF = 1e-12


def correctness(beliefs, truth) -> np.ndarray:
    """Whether the likeliest choice is right; exact ties share the hit.

    Args:
        beliefs: (..., N, k) probabilities, such as (seeds, items, choices).
        truth: (N,) integers 0..k-1, the right choices.

    Returns:
        (..., N) floats: 1 for a hit, 0 for a miss. If the right choice is among several choices
        that tie for the highest probability, 1/(number of tied choices), which is the expected hit
        of a random choice among them.

    Raises:
        ValueError: shapes differ, rows are not probabilities, or truth is out of range.

    Examples:
        >>> from truing.measures import correctness
        >>> correctness([[0.9, 0.1], [0.3, 0.7], [0.5, 0.5]], truth=[0, 0, 0])
        array([1. , 0. , 0.5])
    """
    beliefs_Nk, truth_N = _check(beliefs, truth)
    top = beliefs_Nk == beliefs_Nk.max(axis=-1, keepdims=True)  # (..., N, k)
    return _of_truth(top, truth_N) / top.sum(axis=-1)


def brier(beliefs, truth) -> np.ndarray:
    """Brier score, summed over choices, mean over items; 0 (best) to 2 (Brier 1950, equation 2).

    Args:
        beliefs: (..., N, k) probabilities.
        truth: (N,) integers 0..k-1.

    Returns:
        (...) floats, a 0-d array for a single matrix: mean over items of the squared distance to
        the one-hot ground truth.

    Examples:
        >>> from truing.measures import brier
        >>> round(float(brier([[0.9, 0.1], [0.3, 0.7]], truth=[0, 0])), 3)
        0.5
    """
    beliefs_Nk, truth_N = _check(beliefs, truth)
    onehot_Nk = np.eye(beliefs_Nk.shape[-1])[truth_N]
    return np.asarray(((beliefs_Nk - onehot_Nk) ** 2).sum(axis=-1).mean(axis=-1))


def log_score(beliefs, truth) -> np.ndarray:
    """Mean log belief in the right choice, in nats; at most 0, higher is better.

    Beliefs are clipped below at 1e-12, so a certain error costs 27.6 nats, not infinity.

    Args:
        beliefs: (..., N, k) probabilities.
        truth: (N,) integers 0..k-1.

    Returns:
        (...) floats, a 0-d array for one matrix.

    Examples:
        >>> from truing.measures import log_score
        >>> round(float(log_score([[0.9, 0.1], [0.3, 0.7]], truth=[0, 0])), 3)
        -0.655
    """
    beliefs_Nk, truth_N = _check(beliefs, truth)
    in_truth = np.clip(_of_truth(beliefs_Nk, truth_N), SMALLEST_BELIEF, 1.0)
    return np.asarray(np.log(in_truth).mean(axis=-1))


def expected_calibration_error(beliefs, truth, *, bins: int = 10) -> np.ndarray:
    """Expected calibration error: mean |confidence - accuracy| over equal-mass bins.

    Items are sorted by the probability of their likeliest choice and divided into `bins` parts
    whose sizes differ by at most one item (Nguyen & O'Connor 2015). Bins are weighted by their
    number of items. Equal-width bins (Naeini et al. 2015) would leave most bins empty for a
    confident model. Ties for the highest probability are shared as in `correctness`. The value is
    biased upwards by about sqrt(bins / N) even for a calibrated model. Items with equal confidence
    share their mean hit, so the order of items does not matter.

    Args:
        beliefs: (..., N, k) probabilities.
        truth: (N,) integers 0..k-1.
        bins: number of bins, 1 or more; at most N are used.

    Returns:
        (...) floats 0..1, a 0-d array for one matrix.

    Examples:
        >>> from truing.measures import expected_calibration_error
        >>> beliefs = [[0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.8, 0.2]]
        >>> round(float(expected_calibration_error(beliefs, truth=[0, 0, 0, 1])), 3)
        0.05
    """
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise ValueError(f"bins must be a whole number, 1 or more, got {bins!r}")
    beliefs_Nk, truth_N = _check(beliefs, truth)
    confidence = beliefs_Nk.max(axis=-1)
    hits = correctness(beliefs_Nk, truth_N)
    N = truth_N.size
    flat = zip(confidence.reshape(-1, N), hits.reshape(-1, N), strict=True)
    errors = [_calibration_error(*pair, min(int(bins), N)) for pair in flat]
    return np.asarray(errors).reshape(confidence.shape[:-1])


def _calibration_error(confidence_N: np.ndarray, hits_N: np.ndarray, bins: int) -> float:
    order = np.argsort(confidence_N, kind="stable")
    _, index_N, counts = np.unique(confidence_N, return_inverse=True, return_counts=True)
    surplus = confidence_N - (np.bincount(index_N, weights=hits_N) / counts)[index_N]
    parts = np.array_split(surplus[order], bins)
    return float(sum(abs(part.sum()) for part in parts) / confidence_N.size)


def _check(beliefs, truth) -> tuple[np.ndarray, np.ndarray]:
    beliefs_Nk = check_beliefs("beliefs", beliefs)
    return beliefs_Nk, check_truth(truth, *beliefs_Nk.shape[-2:])


def _of_truth(values_Nk: np.ndarray, truth_N: np.ndarray) -> np.ndarray:
    """(..., N) value of each item at its right choice."""
    return values_Nk[..., np.arange(truth_N.size), truth_N]
