"""What every measure asks of its arrays before it computes: right shape, finite, in range."""

from __future__ import annotations

import numpy as np

# Probabilities come out of float32 softmaxes; sums that miss 1 by less than this are rounding.
SUM_TOLERANCE = 1e-4


def check_correctness(name: str, correct) -> np.ndarray:
    """Returns `correct` as floats (seeds, items), each in 0..1, not empty.

    Raises:
        ValueError: not two-dimensional, empty, not finite, or outside 0..1.
    """
    correct_SN = _as_floats(name, correct)
    if correct_SN.ndim != 2 or 0 in correct_SN.shape:
        raise ValueError(
            f"{name} has shape {correct_SN.shape}; allowed is (seeds, items), neither of them 0"
        )
    _check_unit_range(name, correct_SN)
    return correct_SN


def check_same_shape(**arrays: np.ndarray) -> None:
    """Raises ValueError unless all the named arrays have one shape."""
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(f"shapes differ: {listed}; allowed is one shape for all")


def check_beliefs(name: str, beliefs) -> np.ndarray:
    """Returns `beliefs` as floats (..., items, choices): non-negative, summing to 1 over choices.

    Raises:
        ValueError: fewer than two dimensions or two choices, no items, not finite, outside 0..1,
            or a row that does not sum to 1.
    """
    beliefs_Nk = _as_floats(name, beliefs)
    if beliefs_Nk.ndim < 2 or beliefs_Nk.shape[-1] < 2 or 0 in beliefs_Nk.shape:
        raise ValueError(
            f"{name} has shape {beliefs_Nk.shape}; allowed is (..., items, choices), "
            "at least one item and two choices"
        )
    _check_unit_range(name, beliefs_Nk)
    worst = float(np.abs(beliefs_Nk.sum(axis=-1) - 1.0).max())
    if worst > SUM_TOLERANCE:
        raise ValueError(f"{name} has a row whose sum misses 1 by {worst:.3g}; allowed is 1e-4")
    return beliefs_Nk


def check_belief_matrix(name: str, beliefs) -> np.ndarray:
    """As `check_beliefs`, and exactly two-dimensional: (items, choices)."""
    beliefs_Nk = check_beliefs(name, beliefs)
    if beliefs_Nk.ndim != 2:
        raise ValueError(f"{name} has shape {beliefs_Nk.shape}; allowed is (items, choices)")
    return beliefs_Nk


def check_truth(truth, items: int, choices: int) -> np.ndarray:
    """Returns `truth` as integers (items,), each 0..choices-1; ValueError otherwise."""
    truth_N = np.asarray(truth)
    if truth_N.shape != (items,):
        raise ValueError(f"truth has shape {truth_N.shape}; allowed is ({items},), one an item")
    if not np.issubdtype(truth_N.dtype, np.integer):
        raise ValueError(f"truth has type {truth_N.dtype}; allowed are integers")
    if truth_N.min() < 0 or truth_N.max() >= choices:
        raise ValueError(
            f"truth runs from {truth_N.min()} to {truth_N.max()}; allowed is 0 to {choices - 1}"
        )
    return truth_N


def check_clusters(clusters, items: int) -> np.ndarray | None:
    """Returns `clusters` as integers (items,) or None; ValueError on another shape or type."""
    if clusters is None:
        return None
    clusters_N = np.asarray(clusters)
    if clusters_N.shape != (items,):
        raise ValueError(f"clusters have shape {clusters_N.shape}; allowed is ({items},) or None")
    if not np.issubdtype(clusters_N.dtype, np.integer):
        raise ValueError(f"clusters have type {clusters_N.dtype}; allowed are integers")
    return clusters_N


def check_level(level: float) -> float:
    """Returns the confidence level as a float; ValueError unless 0 < level < 1."""
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level!r}; allowed is a number between 0 and 1, such as 0.95")
    return float(level)


def check_replicates(replicates: int, level: float) -> int:
    """Returns the number of replicates; ValueError where each tail would hold less than one."""
    whole = isinstance(replicates, int | np.integer) and not isinstance(replicates, bool)
    if not whole:
        raise ValueError(f"replicates is {replicates!r}; allowed is a whole number")
    fewest = int(np.ceil(2.0 / (1.0 - level) - 1e-9))
    if replicates < fewest:
        raise ValueError(f"replicates is {replicates}; allowed is {fewest} or more at this level")
    return int(replicates)


def check_generator(rng) -> np.random.Generator:
    """Returns `rng`; ValueError unless it is a numpy Generator."""
    is_generator = isinstance(rng, np.random.Generator)
    if not is_generator:
        raise ValueError(f"rng is {type(rng).__name__}; allowed is a numpy.random.Generator")
    return rng


def check_baseline(baseline: str) -> str:
    """Returns the baseline's name; ValueError unless it is 'pinned' or 'paired'."""
    if baseline not in ("pinned", "paired"):
        raise ValueError(f"baseline is {baseline!r}; allowed is 'pinned' or 'paired'")
    return baseline


def _as_floats(name: str, values) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is no array of numbers; allowed are finite numbers") from None
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; allowed are finite numbers")
    return array


def _check_unit_range(name: str, array: np.ndarray) -> None:
    # Softmax rounding may exceed 1 by an ulp of float32; anything more is a mistake.
    low, high = float(array.min()), float(array.max())
    if low < 0.0 or high > 1.0 + 1e-6:
        raise ValueError(f"{name} runs from {low:.6g} to {high:.6g}; allowed is 0 to 1")
