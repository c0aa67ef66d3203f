"""Features as a head sees them: standardised and rotated on the items that it learns from.

A classification head has weights for each class and an intercept. Where an item brings its own
choices (multiple choice, preference pairs), every choice has features and all choices share one
weight vector (McFadden's conditional logit): the order of the choices can then not matter. Items
may differ in their number of choices: an absent choice has NaN features, no logit and probability
zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

CHUNK = 1 << 16  # rows that are rotated at a time
NOISE = 1e-10  # of the widest column: one that varies less holds rounding errors alone


@dataclass(frozen=True)
class Design:
    """One feature matrix, seen from one set of learning items.

    Attributes:
        matrix: (I, D) float32, the learning items' rotated features. I is N for classification and
            K * N, class-major, where choices share their weights.
        transposed: (D, I), the same, contiguous.
        energy: (D,) mean square of each column, per item.
        everything: (A, D) or (K * A, D), the same columns for all A items of the task.
        classes: K.
        intercept: whether the last column is one and free of the penalty.
        absent: (K, A) whether an item lacks a choice; None where every item has all K.
        learn: (N,) indices of the learning items.
    """

    matrix: np.ndarray
    transposed: np.ndarray
    energy: np.ndarray
    everything: np.ndarray
    classes: int
    intercept: bool
    absent: np.ndarray | None
    learn: np.ndarray

    @cached_property
    def absent_learned(self) -> np.ndarray | None:
        """(N, K) the same for the learning items."""
        return None if self.absent is None else self.absent[:, self.learn].T

    @property
    def items(self) -> int:
        """Rows of the matrix, I."""
        return self.matrix.shape[0]

    @property
    def weight_rows(self) -> int:
        """Rows of a head's weights: K, or 1 where choices share them."""
        return self.classes if self.intercept else 1

    @property
    def columns(self) -> int:
        """Columns of a head's weights, D."""
        return self.matrix.shape[1]

    def beliefs(self, weights: np.ndarray) -> np.ndarray:
        """Probabilities (H, A, K) that heads (H, R, D) give to every item of the task."""
        heads = weights.shape[0]
        logits = np.matmul(weights, self.everything.T).reshape(heads, self.classes, -1)
        if self.absent is not None:
            logits[:, self.absent] = -np.inf
        logits -= logits.max(axis=1)[:, None]
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1)[:, None]
        return np.ascontiguousarray(logits.transpose(0, 2, 1))


def make_design(features: np.ndarray, learn: np.ndarray, classes: int) -> Design:
    """Standardise and rotate features on the learning items.

    Args:
        features: (A, D) for classification; (A, K, D) where items bring their own choices, NaN
            where a choice is absent.
        learn: (N,) indices of the learning items.
        classes: K.
    """
    if features.ndim == 3:
        absent = absent_choices(features)
        mean = np.nanmean if absent is not None else np.mean
        centred = features - mean(features, axis=1, keepdims=True, dtype=np.float64)
        stacked = centred.transpose(1, 0, 2).reshape(-1, features.shape[2])  # class-major
        rows = (np.arange(classes)[:, None] * len(features) + learn).ravel()
        missing = None if absent is None else np.ascontiguousarray(absent.T)
        return _rotated(stacked, rows, learn, classes, absent=missing, intercept=False)
    centre = features[learn].mean(axis=0, dtype=np.float64)
    return _rotated(features - centre, learn, learn, classes, absent=None, intercept=True)


def absent_choices(features: np.ndarray) -> np.ndarray | None:
    """(A, K) whether an item lacks a choice: its features (A, K, D) are NaN; None where none is."""
    absent = np.isnan(features[..., 0])
    return absent if features.ndim == 3 and absent.any() else None


def _rotated(
    centred: np.ndarray,
    rows: np.ndarray,
    learn: np.ndarray,
    classes: int,
    *,
    absent: np.ndarray | None,
    intercept: bool,
) -> Design:
    own = np.asarray(centred[rows], np.float64)
    if absent is not None:
        own = own[~absent.ravel()[rows]]
        centred = np.where(absent.ravel()[:, None], 0, centred)
    scale = np.sqrt(np.square(own).mean(axis=0))
    varies = scale > NOISE * max(float(scale.max(initial=0.0)), 1e-30)
    scaling = np.where(varies, 1 / np.where(varies, scale, 1), 0)
    axes = _principal_axes(own * scaling) * scaling[:, None]
    everything = np.empty((len(centred), axes.shape[1] + intercept), np.float32)
    everything[:, -1] = 1
    for start in range(0, len(centred), CHUNK):
        part = slice(start, start + CHUNK)
        everything[part, : axes.shape[1]] = centred[part] @ axes
    matrix = np.ascontiguousarray(everything[rows])
    energy = np.square(matrix, dtype=np.float64).sum(axis=0) / len(learn)
    transposed = np.ascontiguousarray(matrix.T)
    energy = energy.astype(np.float32)
    return Design(matrix, transposed, energy, everything, classes, intercept, absent, learn)


def _principal_axes(rows: np.ndarray) -> np.ndarray:
    """Orthonormal axes (D, min(rows, D)) of the rows' span, the strongest first, then zeros."""
    tall = rows.shape[0] >= rows.shape[1]
    values, vectors = np.linalg.eigh(rows.T @ rows if tall else rows @ rows.T)
    values, vectors = values[::-1], vectors[:, ::-1]
    real = values > 1e-10 * max(values[0], 1e-30)
    if tall:
        return vectors * real
    return rows.T @ vectors * np.where(real, 1 / np.sqrt(np.where(real, values, 1)), 0)
