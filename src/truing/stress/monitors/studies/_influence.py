"""Influence: learned items that raise the loss on trusted items.

The influence of a learned item on the loss of trusted items is -g' H^-1 g_i, for the gradients g of
the trusted loss and g_i of the item's loss (Koh & Liang 2017, equation 2). The model is a linear
head that learns the labels. H is approximated by the second moment of its inputs, as in
Kronecker-factored curvature (Grosse et al. 2023), so one inverse serves all classes.
"""

from __future__ import annotations

import numpy as np

from truing.stress._monitor import StudyMonitor, Suspicion, View, monitor
from truing.stress.monitors.studies._heads import Trusted, fitted_beliefs

DAMPING = 0.1  # share of the mean eigenvalue that is added to the second moment
FLAT = 1e-12  # standard deviation of a feature that is constant


@monitor("influence")
def influence(trusted: Trusted = 100) -> StudyMonitor:
    """Harm of the learned labels to the loss on trusted items (Koh & Liang 2017).

    A watched item is as suspicious as the harm if the head learned the system's answer to it.

    Args:
        trusted: number of trusted items.
    """

    def suspect(view: View, rng: np.random.Generator) -> Suspicion:
        k = len(view.choices)
        seen = (view.learned, view.trusted, view.watched)
        inputs = _standardized([one.features for one in seen])
        beliefs = [one[0] for one in fitted_beliefs(inputs[0], view.labels, inputs)]
        answered = np.eye(k)[view.watched.beliefs.argmax(axis=1)]
        targets = [view.labels, np.eye(k)[view.truth], answered]
        errors = [belief - target for belief, target in zip(beliefs, targets, strict=True)]
        pull = _gradient(inputs[1], errors[1])
        away = _inverse(inputs[0], pull)
        harm = [-_products(inputs[at], errors[at], away) for at in (0, 2)]
        return Suspicion(float(np.maximum(harm[0], 0).mean()), harm[1])

    return StudyMonitor(suspect, trusted=trusted)


def _standardized(parts: list[np.ndarray]) -> list[np.ndarray]:
    """Features with mean 0 and standard deviation 1 on the first part, and a constant column.

    Choices that share weights have a mean of 0 in each item and no constant; absent choices are 0.
    """
    if parts[0].ndim == 3:
        parts = [np.nan_to_num(one - np.nanmean(one, axis=1, keepdims=True)) for one in parts]
        spread = np.sqrt(np.square(parts[0]).mean(axis=(0, 1)))
        return [one / np.where(spread > FLAT, spread, np.inf) for one in parts]
    middle, spread = parts[0].mean(axis=0), parts[0].std(axis=0)
    parts = [(one - middle) / np.where(spread > FLAT, spread, np.inf) for one in parts]
    return [np.column_stack([one, np.ones(len(one))]) for one in parts]


def _gradient(inputs: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """(k, d) mean gradient of the cross entropy, or (1, d) for choices that share weights."""
    if inputs.ndim == 3:
        return np.einsum("nkd,nk->d", inputs, errors)[None] / len(inputs)
    return errors.T @ inputs / len(inputs)


def _inverse(inputs: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Gradient times the inverse of the damped second moment of the inputs."""
    rows = inputs.reshape(-1, inputs.shape[-1])
    moment = rows.T @ rows / len(rows)
    moment += DAMPING * np.trace(moment) / len(moment) * np.eye(len(moment))
    return np.linalg.solve(moment, gradient.T).T


def _products(inputs: np.ndarray, errors: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """(n,) inner product of each item's gradient with a direction."""
    return np.asarray((errors * (inputs @ direction.T).reshape(errors.shape)).sum(axis=1))
