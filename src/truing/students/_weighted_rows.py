"""Weighted rows: soft targets for classifiers that learn one class per row.

Each item is repeated for each class, with weight target * weight. The sum of the weighted losses of
these rows is the cross entropy between targets and beliefs, for every classifier that minimizes a
log loss.
"""

from __future__ import annotations

from typing import Any

import numpy as np

SUM = 1e-3  # maximum deviation of a target's sum from 1


def make_rows(targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """Rows of soft targets; classes with weight 0 have no row.

    Args:
        targets: (n, k) probabilities.
        weights: (n,) weights of the items.

    Returns:
        Position of the item, class and weight of each row.

    Examples:
        >>> import numpy as np
        >>> from truing.students import make_rows
        >>> items, classes, weights = make_rows(np.array([[0.25, 0.75], [1.0, 0.0]]), np.ones(2))
        >>> items.tolist(), classes.tolist(), weights.tolist()
        ([0, 0, 1], [0, 1, 0], [0.25, 0.75, 1.0])
    """
    masses = targets * weights[:, None]
    items, classes = np.nonzero(masses > 0)
    return items, classes, masses[items, classes]


def are_probabilities(targets: np.ndarray, weights: np.ndarray) -> bool:
    """Whether the targets (n, k) of all items with a weight (n,) above 0 are probabilities."""
    own = targets[weights > 0]
    return bool((own >= -SUM).all() and (np.abs(own.sum(axis=1) - 1) < SUM).all())


def fit_beliefs(
    estimator: Any, inputs: Any, learn: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Fit a classifier on soft targets; its beliefs (A, k) about all items.

    Args:
        estimator: a classifier, which is fitted in place. The steps before the last step of a
            Pipeline are fitted on the items with weight above 0, each once, with its likeliest
            class.
        inputs: inputs of all A items.
        learn: (n,) indices of the learning items.
        targets: (n, k) probabilities.
        weights: (n,) weights of the learning items.

    Returns:
        Probabilities, 0 for a class without rows. Without any row all classes are equally likely.
    """
    items, classes, masses = make_rows(targets, weights)
    present, encoded = np.unique(classes, return_inverse=True)
    found = np.zeros((_count(inputs), targets.shape[1]))
    if len(present) < 2:  # most classifiers refuse a single class
        found[:, present if len(present) else slice(None)] = 1 / (len(present) or found.shape[1])
        return found
    seen = np.unique(items)
    likeliest = np.searchsorted(present, targets[seen].argmax(axis=1))
    last, inputs = _transformed(estimator, inputs, learn[seen], likeliest)
    last.fit(_rows_at(inputs, learn[items]), encoded, sample_weight=masses)
    found[:, present] = last.predict_proba(inputs)
    return found


def _transformed(
    estimator: Any, inputs: Any, items: np.ndarray, classes: np.ndarray
) -> tuple[Any, Any]:
    """The last step of a Pipeline, and the output of the steps before it for all items."""
    from sklearn.pipeline import Pipeline

    while isinstance(estimator, Pipeline):
        before, estimator = estimator[:-1], estimator[-1]
        if len(before.steps):
            before.fit(_rows_at(inputs, items), classes)
            inputs = before.transform(inputs)
    return estimator, inputs


def _rows_at(inputs: Any, items: np.ndarray) -> Any:
    """Rows of an array, a sparse matrix or a data frame."""
    return inputs.iloc[items] if hasattr(inputs, "iloc") else inputs[items]


def _count(inputs: Any) -> int:
    return int(inputs.shape[0])
