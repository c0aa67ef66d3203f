"""How right, and how well calibrated, beliefs are against the truth."""

from __future__ import annotations

import numpy as np

from truing.measures._checks import check_beliefs, check_truth

# A belief of 0 in the truth would cost infinity; this is the least that is charged for (27.6 nats).
SMALLEST_BELIEF = 1e-12


def correctness(beliefs, truth) -> np.ndarray:
    """Whether the likeliest choice is the true one; an exact tie for the top is shared.

    Args:
        beliefs: (..., N, k) probabilities, such as (seeds, items, choices).
        truth: (N,) integers 0..k-1.

    Returns:
        (..., N) floats: 1 for a hit, 0 for a miss, 1/(number tied) where the truth is among the
        choices tied for the top: the expected hit of a guess among them.

    Raises:
        ValueError: shapes, ranges or sums are not those of probabilities and their truth.
    """
    beliefs_Nk, truth_N = _check(beliefs, truth)
    top = beliefs_Nk == beliefs_Nk.max(axis=-1, keepdims=True)  # (..., N, k)
    return _of_truth(top, truth_N) / top.sum(axis=-1)


def brier(beliefs, truth) -> np.ndarray:
    """Brier score over all choices, 0 (best) to 2, mean over items (Brier 1950, equation 2).

    Args:
        beliefs: (..., N, k) probabilities.
        truth: (N,) integers 0..k-1.

    Returns:
        (...) floats, a 0-d array for one matrix: mean over items of the squared distance to the
        one-hot truth.
    """
    beliefs_Nk, truth_N = _check(beliefs, truth)
    onehot_Nk = np.eye(beliefs_Nk.shape[-1])[truth_N]
    return np.asarray(((beliefs_Nk - onehot_Nk) ** 2).sum(axis=-1).mean(axis=-1))


def log_score(beliefs, truth) -> np.ndarray:
    """Mean log belief in the truth, in nats, at most 0: higher is better.

    Beliefs are clipped below at 1e-12, so that one certain mistake costs 27.6 nats, not infinity.

    Args:
        beliefs: (..., N, k) probabilities.
        truth: (N,) integers 0..k-1.

    Returns:
        (...) floats, a 0-d array for one matrix.
    """
    beliefs_Nk, truth_N = _check(beliefs, truth)
    in_truth = np.clip(_of_truth(beliefs_Nk, truth_N), SMALLEST_BELIEF, 1.0)
    return np.asarray(np.log(in_truth).mean(axis=-1))


def expected_calibration_error(beliefs, truth, *, bins: int = 10) -> np.ndarray:
    """Gap between confidence and accuracy over equal-mass bins, weighted by their items.

    Items are sorted by the probability of their likeliest choice and cut into `bins` parts of
    equal size, up to one item (Nguyen & O'Connor 2015). Equal-width bins (Naeini et al. 2015)
    leave most bins empty for a confident model. Ties for the top are shared as in `correctness`.
    The figure is biased upwards by about sqrt(bins / N) even for a calibrated model. Equal
    confidences are one point and share their mean hit, so that the order of items does not matter.

    Args:
        beliefs: (..., N, k) probabilities.
        truth: (N,) integers 0..k-1.
        bins: number of bins; at most N are used.

    Returns:
        (...) floats 0..1, a 0-d array for one matrix.
    """
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise ValueError(f"bins is {bins!r}; allowed is a whole number, 1 or more")
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
    """(..., N) each item's value at its true choice."""
    return values_Nk[..., np.arange(truth_N.size), truth_N]
