"""Heads that monitors train: linear models on the features of items that a monitor sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from truing.arguments import Within
from truing.students import Head, fit_heads, make_design

Trusted = Annotated[int, Within("[10, inf)")]
"""Annotation of a number of trusted items from which a monitor learns or estimates."""


def fitted_beliefs(
    features: np.ndarray,
    labels: np.ndarray,
    at: Sequence[np.ndarray],
    masses: np.ndarray | None = None,
    l2: float = 1.0,
) -> list[np.ndarray]:
    """Beliefs of heads that learn labels; each head is a logistic regression.

    Args:
        features: (n, d) features of the items that the heads learn, or (n, k, d) for items with
            their own choices, NaN for absent choices.
        labels: (n, k) probabilities.
        at: features (m, d) or (m, k, d) of the items about which the heads are asked.
        masses: (H, n) weight of each item for each head; None for one head and equal weights.
        l2: strength of the squared-norm penalty, on standardized features.

    Returns:
        (H, m, k) beliefs for each part of `at`.

    Examples:
        >>> import numpy as np
        >>> from truing.stress.monitors import fitted_beliefs
        >>> features, labels = np.array([[-1.0], [1.0]] * 5), np.eye(2)[[0, 1] * 5]
        >>> (found,) = fitted_beliefs(features, labels, [np.array([[2.0]])])
        >>> found.shape, int(found.argmax())
        ((1, 1, 2), 1)
    """
    n, k = labels.shape
    masses = np.ones((1, n)) if masses is None else masses
    design = make_design(np.concatenate([features, *at]), np.arange(n), k)
    heads = [Head(0, labels, mass, l2, _follow, static=True, name="monitor") for mass in masses]
    beliefs = design.beliefs(np.stack(fit_heads([design], heads)))
    ends = n + np.cumsum([len(one) for one in at])
    return np.split(beliefs[:, n:], ends[:-1] - n, axis=1)


def cross_fitted(
    features: np.ndarray, truth: np.ndarray, k: int, rng: np.random.Generator, folds: int = 5
) -> np.ndarray:
    """(n, k) beliefs about each item of a head that learns the truth of items in other folds.

    Args:
        features: (n, d) or (n, k, d).
        truth: (n,) ground truth.
        k: number of choices.
        rng: random generator that divides the items.
        folds: number of parts.
    """
    n = len(truth)
    fold = rng.permutation(n) % min(folds, n)
    masses = (fold != np.arange(fold.max() + 1)[:, None]).astype(float)  # (folds, n)
    (beliefs,) = fitted_beliefs(features, np.eye(k)[truth], [features], masses)
    return beliefs[fold, np.arange(n)]


def _follow(weak: Any, belief: Any, progress: float) -> tuple[Any, Any]:
    return weak, np.ones(len(weak))
