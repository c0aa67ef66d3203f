"""Checks of the arguments of measures: shapes, finite numbers, ranges."""

from __future__ import annotations

import numpy as np

# Probabilities come from float32 softmaxes; a smaller difference of a sum from 1 is rounding.
SUM_TOLERANCE = 1e-4


def check_correctness(name: str, correct) -> np.ndarray:
    """Return `correct` as a non-empty float array (seeds, items) with values in 0..1.

    Raises:
        ValueError: the array is not two-dimensional, empty, not finite, or has values outside 0..1.
    """
    correct_SN = check_scores(name, correct)
    _check_unit_range(name, correct_SN)
    return correct_SN


def check_scores(name: str, scores) -> np.ndarray:
    """Return `scores` as a non-empty float array (seeds, items).

    Raises:
        ValueError: the array is not two-dimensional, empty or not finite.
    """
    scores_SN = _as_floats(name, scores)
    if scores_SN.ndim != 2 or 0 in scores_SN.shape:
        raise ValueError(
            f"{name} must have shape (seeds, items), both above 0, got {scores_SN.shape}"
        )
    return scores_SN


def check_same_shape(**arrays: np.ndarray) -> None:
    """Raise ValueError unless all arrays have the same shape."""
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"shapes differ: {listed}; all must have the same shape")


def check_beliefs(name: str, beliefs) -> np.ndarray:
    """Return `beliefs` as floats (..., items, choices) in 0..1 that sum to 1 over choices.

    Raises:
        ValueError: there are fewer than two dimensions, fewer than two choices or no items, values
            are not finite or outside 0..1, or a row does not sum to 1.
    """
    beliefs_Nk = _as_floats(name, beliefs)
    if beliefs_Nk.ndim < 2 or beliefs_Nk.shape[-1] < 2 or 0 in beliefs_Nk.shape:
        raise ValueError(
            f"{name} must have shape (..., items, choices) with at least one item and two choices, "
            f"got {beliefs_Nk.shape}"
        )
    _check_unit_range(name, beliefs_Nk)
    worst = float(np.abs(beliefs_Nk.sum(axis=-1) - 1.0).max())
    if worst > SUM_TOLERANCE:
        raise ValueError(
            f"each row of {name} must sum to 1 within {SUM_TOLERANCE:g}, not {worst:.3g}"
        )
    return beliefs_Nk


def check_belief_matrix(name: str, beliefs) -> np.ndarray:
    """As `check_beliefs`, for exactly two dimensions: (items, choices)."""
    beliefs_Nk = check_beliefs(name, beliefs)
    if beliefs_Nk.ndim != 2:
        raise ValueError(f"{name} must have shape (items, choices), got {beliefs_Nk.shape}")
    return beliefs_Nk


def check_truth(truth, items: int, choices: int) -> np.ndarray:
    """Return `truth` as integers (items,) in 0..choices-1; raise ValueError otherwise."""
    truth_N = np.asarray(truth)
    if truth_N.shape != (items,):
        raise ValueError(f"truth must have shape ({items},), got {truth_N.shape}")
    if not np.issubdtype(truth_N.dtype, np.integer):
        raise ValueError(f"truth must contain integers, got {truth_N.dtype}")
    if truth_N.min() < 0 or truth_N.max() >= choices:
        raise ValueError(
            f"truth must be from 0 to {choices - 1}, got {truth_N.min()} to {truth_N.max()}"
        )
    return truth_N


def check_clusters(clusters, items: int) -> np.ndarray | None:
    """Return `clusters` as integers (items,) or None; raise ValueError otherwise."""
    if clusters is None:
        return None
    clusters_N = np.asarray(clusters)
    if clusters_N.shape != (items,):
        raise ValueError(f"clusters must have shape ({items},) or be None, got {clusters_N.shape}")
    if not np.issubdtype(clusters_N.dtype, np.integer):
        raise ValueError(f"clusters must contain integers, got {clusters_N.dtype}")
    return clusters_N


def check_resampling(rng, level: float, replicates: int) -> int:
    """Return the number of replicates; raise ValueError if an option of a resampling is invalid.

    The generator must be a numpy.random.Generator, the level must be between 0 and 1, and each tail
    outside the interval must contain at least one replicate.
    """
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy.random.Generator, got {type(rng).__name__}")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, such as 0.95, got {level!r}")
    whole = isinstance(replicates, int | np.integer) and not isinstance(replicates, bool)
    if not whole:
        raise ValueError(f"replicates must be a whole number, got {replicates!r}")
    fewest = int(np.ceil(2.0 / (1.0 - level) - 1e-9))
    if replicates < fewest:
        raise ValueError(
            f"replicates must be {fewest} or more at level {level:g}, got {replicates}"
        )
    return int(replicates)


def check_baseline(baseline: str) -> str:
    """Return the name of the baseline; raise ValueError unless it is 'pinned' or 'paired'."""
    if baseline not in ("pinned", "paired"):
        raise ValueError(f"baseline must be 'pinned' or 'paired', got {baseline!r}")
    return baseline


def _as_floats(name: str, values) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be an array of finite numbers") from None
    if not np.isfinite(array).all():
        raise ValueError(f"{name} contains NaN or infinity; all numbers must be finite")
    return array


def _check_unit_range(name: str, array: np.ndarray) -> None:
    # Rounding in a softmax may exceed 1 by an ulp of float32; a larger excess is an error.
    low, high = float(array.min()), float(array.max())
    if low < 0.0 or high > 1.0 + 1e-6:
        raise ValueError(f"{name} must be from 0 to 1, got {low:.6g} to {high:.6g}")
