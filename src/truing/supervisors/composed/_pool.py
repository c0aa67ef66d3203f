"""Pools: labels that combine the labels of several supervisors, without ground truth.

The score of a choice is its log belief minus the mean log belief of the item's choices, so that the
difference of two scores is a log odds. The size of a supervisor is the root mean square of its log
odds over the items that students learn from. All functions are pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.special import softmax

from truing.errors import UserError
from truing.methods import harden, safe_log
from truing.supervisors._registered import Registered

Rule = Literal["mean", "agree"]
FAINT = 1e-6  # a supervisor with smaller log odds has no opinion


@dataclass(frozen=True)
class Combination(Registered):
    """Supervisors, and the rule that combines their labels.

    Attributes:
        rule: name of the rule, see `POOLS`.
        members: specifications of two or more supervisors, in nested form.

    Raises:
        UserError: fewer than two supervisors, or a supervisor that is a combination.

    Examples:
        >>> from truing.supervisors import Combination
        >>> Combination("mean", ("pca-4", "pca-8:l2=0.1")).members
        ('pca-4', 'pca-8:l2=0.1')
    """

    rule: Rule
    members: tuple[str, ...]

    def __post_init__(self) -> None:
        given = f"{self.rule}:{'+'.join(self.members)}"
        for one in self.members:
            if one.partition(":")[0] in get_args(Rule):
                raise UserError(
                    f"{given}: {one.partition(':')[0]} is a combination, and a combination "
                    f"contains none; name all supervisors, {self.rule}:A+B+C"
                )
        if len(self.members) < 2 or not all(self.members):
            raise UserError(
                f"{given}: a combination needs two or more supervisors, joined by +; write "
                f"{self.rule}:A+B"
            )


def score_sizes(
    beliefs: np.ndarray, items: np.ndarray, absent: np.ndarray | None = None
) -> np.ndarray:
    """(M,) root mean square of the log odds of M supervisors, over items and pairs of choices.

    Args:
        beliefs: (M, N, k) labels of the supervisors.
        items: (n,) indices of the items.
        absent: (N, k) whether a choice is absent from an item; None if each item has k choices.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import score_sizes
        >>> beliefs = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.5, 0.5]]])
        >>> score_sizes(beliefs, np.array([0])).round(3).tolist()  # log(9)
        [2.197, 0.0]
    """
    counts = _present(beliefs, absent).sum(axis=1)
    odds = 2 * (_scores(beliefs, absent) ** 2).sum(axis=2) / np.maximum(counts - 1, 1)  # (M, N)
    return np.sqrt(odds[:, items].mean(axis=1))


def pooled(beliefs: np.ndarray, sizes: np.ndarray, absent: np.ndarray | None = None) -> np.ndarray:
    """Labels (N, k) from the mean of normalized scores of M supervisors.

    With scores s and sizes r of the supervisors m, the label of an item is

        softmax(r * mean_m(s_m / r_m)),  r = exp(mean_m(log r_m))

    so that every supervisor has the same influence, however confident it is, and equal supervisors
    make their own labels. For two choices it is the sigmoid of r times the mean of normalized log
    odds. Scores are not centered: each supervisor keeps its threshold, also if a class is rare. A
    supervisor whose labels are all uniform has no size and is left out.

    Source: ensembles of Canavan et al. 2026 (arXiv 2602.20400) divide each probe's scores by their
    standard deviation. The factor r is ours. It changes no order of items or choices, only the
    confidence.

    Args:
        beliefs: (M, N, k) labels of the supervisors.
        sizes: (M,) sizes of their scores, see `score_sizes`.
        absent: (N, k) whether a choice is absent from an item; None if each item has k choices.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import pooled
        >>> one = np.array([[0.9, 0.1], [0.2, 0.8]])
        >>> pooled(np.stack([one, one]), np.ones(2)).round(3).tolist()
        [[0.9, 0.1], [0.2, 0.8]]
        >>> pooled(np.stack([one, one[:, ::-1]]), np.ones(2)).tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    present, heard = _present(beliefs, absent), sizes > FAINT
    if not heard.any():
        return present / present.sum(axis=1, keepdims=True)
    scale = np.exp(np.log(sizes[heard]).mean())
    normalized = _scores(beliefs, absent)[heard] / sizes[heard, None, None]
    return softmax(np.where(present, scale * normalized.mean(axis=0), -np.inf), axis=1)


def _scores(beliefs: np.ndarray, absent: np.ndarray | None) -> np.ndarray:
    """(M, N, k) log beliefs minus their mean over an item's choices, 0 for absent choices."""
    present = _present(beliefs, absent)
    logs = np.where(present, safe_log(beliefs), 0.0)
    mean = logs.sum(axis=2, keepdims=True) / present.sum(axis=1)[:, None]
    return np.where(present, logs - mean, 0.0)


def _present(beliefs: np.ndarray, absent: np.ndarray | None) -> np.ndarray:
    """(N, k) whether an item has a choice."""
    return np.ones(beliefs.shape[1:], bool) if absent is None else ~absent


def agreed(beliefs: np.ndarray) -> np.ndarray:
    """(N,) whether M supervisors have a common likeliest choice; tied choices all count.

    Args:
        beliefs: (M, N, k) labels of the supervisors.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import agreed
        >>> agreed(np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.6, 0.4], [0.7, 0.3]]])).tolist()
        [True, False]
    """
    likeliest = np.stack([harden(own) for own in beliefs])  # (M, N, k)
    return likeliest.min(axis=0).max(axis=1) > 0


def filtered(
    beliefs: np.ndarray, sizes: np.ndarray, absent: np.ndarray | None = None
) -> np.ndarray:
    """Labels (N, k) as of `pooled` where all supervisors agree, and uniform labels elsewhere.

    Args:
        beliefs, sizes, absent: see `pooled`.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import filtered
        >>> one, other = [[0.9, 0.1], [0.2, 0.8]], [[0.9, 0.1], [0.8, 0.2]]
        >>> filtered(np.array([one, other]), np.ones(2)).round(2).tolist()
        [[0.9, 0.1], [0.5, 0.5]]
    """
    present = _present(beliefs, absent)
    uniform = present / present.sum(axis=1, keepdims=True)
    return np.where(agreed(beliefs)[:, None], pooled(beliefs, sizes, absent), uniform)


POOLS = {"mean": pooled, "agree": filtered}
"""Function of each rule: (beliefs (M, N, k), sizes (M,), absent (N, k)) -> labels (N, k)."""
