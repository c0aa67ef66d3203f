"""l2=auto: the strength of a head's L2 penalty, chosen by cross-validation on the head's labels.

The learning items are divided into folds by clusters. For each value, a head learns the labels of
all folds but one, and the cross entropy of its beliefs with the labels of the fold that is left out
is the loss of the value. The value with the smallest loss is chosen. The labels are those that the
head learns: weak labels of a student, ground truth of a ceiling. No other label is read.

The values are solved from strong to weak, in blocks of values and folds that share matrix products.
A block starts from the line through the two last solutions, in the logarithm of the value. The
blocks end where the loss has risen, because the weakest penalties take most of the time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_softmax, softmax

from truing.errors import DataError
from truing.students._design import Design
from truing.students._heads import on_present_choices
from truing.students._solver import Problems, minimize

VALUES: tuple[float, ...] = (1e5, 3e4, 1e4, 3e3, 1e3, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1)
"""Values of l2=auto, from strong to weak, two in each decade."""

FOLDS = 5
BLOCKS = (5, 2, 2)  # numbers of values that are solved together, then one value at a time
FARTHEST = 1.5  # largest extrapolation, in distances between the two last solutions
TOLERANCE = 3e-5  # of the solver, see `Problems`: losses need less precision than beliefs
LEAST = 1e-3  # least curvature, where all beliefs are certain
RISEN = 2  # number of values with a larger loss after the best, at which the blocks end


@dataclass(frozen=True)
class Choice:
    """A chosen value.

    Attributes:
        l2: the value with the smallest loss.
        losses: mean cross entropy with the labels of the folds that are left out, in nats per item,
            by value. Values weaker than the end of the path have none.
    """

    l2: float
    losses: dict[float, float]


def check_clusters(clusters: np.ndarray, where: str) -> None:
    """Check that items can be divided into folds.

    Args:
        clusters: (n,) clusters of the learning items.
        where: what contains the items, for the message.

    Raises:
        DataError: fewer clusters than folds.
    """
    count = len(np.unique(clusters))
    if count < FOLDS:
        raise DataError(
            f"l2=auto needs {FOLDS} or more clusters, one for each fold, but {where} contains "
            f"{count}; give l2 a number, such as l2=1, or add items of other clusters"
        )


def assign_folds(clusters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fold (n,) of each item: whole clusters, the largest first, each to the smallest fold.

    Args:
        clusters: (n,) clusters of the learning items.
        rng: order of clusters of equal size.

    Examples:
        >>> import numpy as np
        >>> from truing.students import assign_folds
        >>> folds = assign_folds(np.arange(20) // 2, np.random.default_rng(0))
        >>> np.bincount(folds).tolist(), bool((folds[::2] == folds[1::2]).all())
        ([4, 4, 4, 4, 4], True)
    """
    _, cluster, sizes = np.unique(clusters, return_inverse=True, return_counts=True)
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    fold_of, filled = np.empty(len(sizes), int), np.zeros(FOLDS, int)
    for one in order:
        fold_of[one] = filled.argmin()
        filled[fold_of[one]] += sizes[one]
    return fold_of[cluster]


def choose_l2(
    design: Design, labels: np.ndarray, folds: np.ndarray, deadline: float = math.inf
) -> Choice:
    """Choose the strength of a head's L2 penalty by cross-validation.

    The result depends on these arguments only, so that it is bit-identical in any batch of heads.

    Args:
        design: features of the learning items.
        labels: (n, k) labels of the learning items: probabilities. Soft labels stay soft.
        folds: (n,) fold of each learning item.
        deadline: time by `time.monotonic` at which the choice stops, in seconds.

    Raises:
        TimeoutError: the deadline passed.

    Examples:
        >>> import numpy as np
        >>> from truing.students import assign_folds, choose_l2, make_design
        >>> rng = np.random.default_rng(0)
        >>> features, items = rng.normal(size=(200, 50)), np.arange(200)
        >>> noisy = (features[:, 0] + 2 * rng.normal(size=200) > 0).astype(int)
        >>> design = make_design(features, items, classes=2)
        >>> choose_l2(design, np.eye(2)[noisy], assign_folds(items, rng)).l2
        100.0
    """
    labels = on_present_choices(np.asarray(labels, np.float64), design.absent_learned)
    problem = _Folds(_smallest(design), labels, folds)
    losses: dict[float, float] = {}
    last = [(math.inf, problem.origin)]  # values with their weights
    for block in _blocks():
        weights = problem.solve(block, np.stack([_start(last, one) for one in block]), deadline)
        losses |= zip(block, problem.losses(weights), strict=True)
        best = min(losses, key=losses.__getitem__)  # the strongest of equal values
        if list(losses).index(best) < len(losses) - RISEN:
            break
        last = [*last, *zip(block, weights, strict=True)][-2:]
    return Choice(best, losses)


def _blocks() -> Iterator[tuple[float, ...]]:
    """Values that are solved together: many strong values, which are fast, and few weak ones."""
    left: tuple[float, ...] = VALUES
    for size in (*BLOCKS, *(1 for _ in VALUES)):
        if left:
            yield left[:size]
        left = left[size:]


def _start(last: Sequence[tuple[float, np.ndarray]], value: float) -> np.ndarray:
    """Weights (F, R, D) from which a value is solved: extrapolated from the last solutions."""
    if len(last) < 2:
        return last[0][1]
    (before, earlier), (current, weights) = last
    step = math.log(current / value) / math.log(before / current)
    return weights + np.float32(min(step, FARTHEST)) * (weights - earlier)


def _smallest(design: Design) -> Design:
    """The design with a single row of weights for two classes: half the products.

    Two rows of weights are opposite at the optimum. The difference of their logits has one row.
    """
    return replace(design, classes=1) if design.intercept and design.classes == 2 else design


@dataclass(frozen=True)
class _Folds:
    """Heads (V, F) of values and folds on one design.

    Attributes:
        design: the design; classes = 1 for two classes, see `_smallest`.
        labels: (n, k).
        folds: (n,).
    """

    design: Design
    labels: np.ndarray
    folds: np.ndarray

    @property
    def single(self) -> bool:
        """Whether one row of weights stands for two classes."""
        return self.design.classes == 1

    @property
    def origin(self) -> np.ndarray:
        """Weights (F, R, D) of heads that have learned nothing."""
        return np.zeros((FOLDS, self.design.weight_rows, self.design.columns), np.float32)

    def solve(self, values: Sequence[float], start: np.ndarray, deadline: float) -> np.ndarray:
        """Weights (V, F, R, D), solved from `start`, of heads that learn all folds but one."""
        items, heads = len(self.labels), len(values) * FOLDS
        start = start.reshape(heads, *start.shape[2:])
        targets = self.labels[:, :1] if self.single else self.labels
        learned = (self.folds != np.arange(FOLDS)[:, None]).astype(np.float32)
        ridge = np.repeat(np.array(values) / items, FOLDS) * (0.5 if self.single else 1)
        problems = Problems(
            design=np.zeros(heads, int),
            targets=np.broadcast_to(targets.T.astype(np.float32), (heads, *targets.T.shape)),
            weights=np.tile(learned, (len(values), 1)),
            ridge=ridge,
            start=start,
            curvature=self._curvature(start),
            tolerance=TOLERANCE,
            together=True,
        )
        weights, _ = minimize([self.design], problems, deadline)
        return weights.reshape(len(values), FOLDS, *weights.shape[1:])

    def losses(self, weights: np.ndarray) -> list[float]:
        """Mean cross entropy (V,) of the labels in the folds that were left out."""
        total = np.zeros(len(weights))
        for fold in range(FOLDS):
            out = np.flatnonzero(self.folds == fold)
            logs = log_softmax(self._logits(weights[:, fold], out), axis=1)
            surprise = np.where(np.isfinite(logs), -logs, 0)  # absent choices have label 0
            total += (surprise * self.labels[out].T).sum(axis=(1, 2))
        return (total / len(self.labels)).tolist()

    def _curvature(self, weights: np.ndarray) -> np.ndarray:
        """Mean (H,) of p (1 - p) over all beliefs of heads with weights (H, R, D)."""
        beliefs = softmax(self._logits(weights, np.arange(len(self.labels))), axis=1)
        return np.maximum((beliefs * (1 - beliefs)).mean(axis=(1, 2)), LEAST)

    def _logits(self, weights: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Logits (H, k, n) of heads with weights (H, R, D) on some items."""
        design, absent = self.design, self.design.absent_learned
        columns = design.transposed.reshape(design.columns, -1, len(self.labels))[:, :, items]
        logits = weights.reshape(-1, design.columns) @ columns.reshape(design.columns, -1)
        logits = logits.reshape(len(weights), design.classes, -1).astype(np.float64)
        if self.single:
            logits = np.concatenate([logits, np.zeros_like(logits)], axis=1)
        if absent is not None:
            logits[:, absent[items].T] = -np.inf
        return logits
