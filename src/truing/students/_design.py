"""Design matrices: features that are standardized and rotated on a head's learning items.

A classification head has weights for each class and an intercept. If items have their own choices
(multiple choice, preference pairs), every choice has features, and all choices share one weight
vector and there is no intercept (McFadden's conditional logit), so that the order of the choices
has no effect. Items may differ in their number of choices: an absent choice has NaN features, no
logit and probability zero.

For preference pairs this is the reward model of Bradley and Terry (1952): each text x has the
scalar reward r(x) = w . features(x), and P(a > b) = exp r(a) / (exp r(a) + exp r(b)) =
sigmoid(r(a) - r(b)), trained by the cross entropy (Christiano et al. 2017, section 2.2.3, equation
1; Ouyang et al. 2022, section 3.5, equation 1). Swapping the texts swaps the beliefs, and adding a
constant to both rewards changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

CHUNK = 1 << 16  # rows per matrix product of the rotation
NOISE = 1e-10  # share of the largest column scale; columns below it contain only rounding errors


@dataclass(frozen=True)
class Design:
    """A feature matrix, standardized and rotated on one set of learning items.

    Attributes:
        matrix: (I, D) float32, the learning items' rotated features. I is N for classification and
            K * N, class-major, where choices share their weights.
        transposed: (D, I), the transposed matrix, contiguous.
        energy: (D,) sum of squares of each column, divided by N.
        everything: (A, D) or (K * A, D), these columns for all A items of the task.
        classes: K.
        intercept: the last column is constant 1, and its weight is not penalized.
        absent: (K, A) True where an item lacks a choice; None if every item has all K choices.
        learn: (N,) indices of the learning items.
        center: (F,) mean of the F features over the learning items; 0 where choices share their
            weights, since a constant changes no belief then.
        axes: (F, D) standardization and rotation of features, without the intercept.
    """

    matrix: np.ndarray
    transposed: np.ndarray
    energy: np.ndarray
    everything: np.ndarray
    classes: int
    intercept: bool
    absent: np.ndarray | None
    learn: np.ndarray
    center: np.ndarray
    axes: np.ndarray

    @cached_property
    def absent_learned(self) -> np.ndarray | None:
        """(N, K) `absent` of the learning items, one row per item."""
        return None if self.absent is None else self.absent[:, self.learn].T

    @property
    def items(self) -> int:
        """Number of rows of the matrix, I."""
        return self.matrix.shape[0]

    @property
    def weight_rows(self) -> int:
        """Number of rows of a head's weights: K, or 1 if the choices share them."""
        return self.classes if self.intercept else 1

    @property
    def columns(self) -> int:
        """Number of columns of a head's weights, D."""
        return self.matrix.shape[1]

    def on_features(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights (H, R, F) and intercepts (H, R) on the features, of heads (H, R, D); float64.

        `features @ weights.T + intercepts` are the logits, except for a constant per item.
        """
        weights = weights.astype(np.float64)
        own, offset = weights, np.zeros(weights.shape[:2])
        if self.intercept:
            own, offset = weights[..., :-1], weights[..., -1]
        on_features = own @ self.axes.T
        return on_features, offset - on_features @ self.center

    def beliefs(self, weights: np.ndarray) -> np.ndarray:
        """Probabilities (H, A, K) for every item of the task, of heads with weights (H, R, D)."""
        heads = weights.shape[0]
        logits = np.matmul(weights, self.everything.T).reshape(heads, self.classes, -1)
        if self.absent is not None:
            logits[:, self.absent] = -np.inf
        logits -= logits.max(axis=1)[:, None]
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1)[:, None]
        return np.ascontiguousarray(logits.transpose(0, 2, 1))


def make_design(features: np.ndarray, learn: np.ndarray, classes: int) -> Design:
    """Standardize features on the learning items and rotate them to their principal axes.

    Args:
        features: (A, D) for classification; (A, K, D) if items have their own choices, NaN for
            absent choices.
        learn: (N,) indices of the learning items.
        classes: K.

    Examples:
        >>> import numpy as np
        >>> from truing.students import make_design
        >>> features = np.array([[0.0, 1.0], [2.0, 1.0], [1.0, 5.0]])
        >>> design = make_design(features, learn=np.array([0, 1]), classes=2)
        >>> design.matrix.shape, design.everything.shape  # the last column is the intercept
        ((2, 3), (3, 3))
    """
    if features.ndim == 3:
        absent = absent_choices(features)
        mean = np.nanmean if absent is not None else np.mean
        centered = features - mean(features, axis=1, keepdims=True, dtype=np.float64)
        stacked = centered.transpose(1, 0, 2).reshape(-1, features.shape[2])  # class-major
        rows = (np.arange(classes)[:, None] * len(features) + learn).ravel()
        missing = None if absent is None else np.ascontiguousarray(absent.T)
        center = np.zeros(features.shape[2])
        return _rotated(stacked, center, rows, learn, classes, absent=missing, intercept=False)
    center = features[learn].mean(axis=0, dtype=np.float64)
    centered = features - center
    return _rotated(centered, center, learn, learn, classes, absent=None, intercept=True)


def absent_choices(features: np.ndarray) -> np.ndarray | None:
    """(A, K) True where a choice is absent: its features (A, K, D) are NaN; None if none is.

    Examples:
        >>> import numpy as np
        >>> from truing.students import absent_choices
        >>> absent_choices(np.array([[[0.5], [0.1]], [[0.5], [np.nan]]])).tolist()
        [[False, False], [False, True]]
    """
    absent = np.isnan(features[..., 0])
    return absent if features.ndim == 3 and absent.any() else None


def _rotated(
    centered: np.ndarray,
    center: np.ndarray,
    rows: np.ndarray,
    learn: np.ndarray,
    classes: int,
    *,
    absent: np.ndarray | None,
    intercept: bool,
) -> Design:
    own = np.asarray(centered[rows], np.float64)
    if absent is not None:
        own = own[~absent.ravel()[rows]]
        centered = np.where(absent.ravel()[:, None], 0, centered)
    scale = np.sqrt(np.square(own).mean(axis=0))
    varies = scale > NOISE * max(float(scale.max(initial=0.0)), 1e-30)
    scaling = np.where(varies, 1 / np.where(varies, scale, 1), 0)
    axes = _principal_axes(own * scaling) * scaling[:, None]
    everything = np.empty((len(centered), axes.shape[1] + intercept), np.float32)
    everything[:, -1] = 1
    for start in range(0, len(centered), CHUNK):
        part = slice(start, start + CHUNK)
        everything[part, : axes.shape[1]] = centered[part] @ axes
    matrix = np.ascontiguousarray(everything[rows])
    energy = np.square(matrix, dtype=np.float64).sum(axis=0) / len(learn)
    transposed = np.ascontiguousarray(matrix.T)
    energy = energy.astype(np.float32)
    return Design(
        *(matrix, transposed, energy, everything, classes),
        *(intercept, absent, learn, center, axes),
    )


def _principal_axes(rows: np.ndarray) -> np.ndarray:
    """Principal axes (D, min(rows, D)) of the rows, by descending variance."""
    tall = rows.shape[0] >= rows.shape[1]
    values, vectors = np.linalg.eigh(rows.T @ rows if tall else rows @ rows.T)
    values, vectors = values[::-1], vectors[:, ::-1]
    real = values > 1e-10 * max(values[0], 1e-30)
    if tall:
        return vectors * real
    return rows.T @ vectors * np.where(real, 1 / np.sqrt(np.where(real, values, 1)), 0)
