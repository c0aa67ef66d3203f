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

Rule = Literal["mean", "agree"]
FAINT = 1e-6  # a supervisor with smaller log odds has no opinion


@dataclass(frozen=True)
class Combination:
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


def pooled(beliefs: np.ndarray, items: np.ndarray, absent: np.ndarray | None = None) -> np.ndarray:
    """Labels (N, k) from the mean of normalized scores of M supervisors.

    With scores s and sizes r of the supervisors m, the label of an item is

        softmax(r * mean_m(s_m / r_m)),  r = exp(mean_m(log r_m))

    so that every supervisor has the same influence, however confident it is, and equal supervisors
    make their own labels. For two choices it is the sigmoid of the mean of normalized log odds.
    Scores are not centered: each supervisor keeps its threshold, also if a class is rare. A
    supervisor whose labels are all uniform has no size and is left out.

    Source: ensembles of Canavan et al. 2026 (arXiv 2602.20400) divide each probe's scores by their
    standard deviation. The factor r is ours. It changes no order of items or choices, only the
    confidence.

    Args:
        beliefs: (M, N, k) labels of the supervisors.
        items: (n,) indices of the items that determine the sizes.
        absent: (N, k) whether a choice is absent from an item; None if each item has k choices.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors._pool import pooled
        >>> one = np.array([[0.9, 0.1], [0.2, 0.8]])
        >>> pooled(np.stack([one, one]), np.arange(2)).round(3).tolist()
        [[0.9, 0.1], [0.2, 0.8]]
        >>> pooled(np.stack([one, one[:, ::-1]]), np.arange(2)).tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    present = np.ones(beliefs.shape[1:], bool) if absent is None else ~absent
    counts = present.sum(axis=1)
    logs = np.where(present, safe_log(beliefs), 0.0)
    scores = np.where(present, logs - (logs.sum(axis=2) / counts)[..., None], 0.0)
    odds = 2 * (scores**2).sum(axis=2) / np.maximum(counts - 1, 1)  # (M, N) mean square log odds
    sizes = np.sqrt(odds[:, items].mean(axis=1))
    heard = sizes > FAINT
    if not heard.any():
        return present / counts[:, None]
    scale = np.exp(np.log(sizes[heard]).mean())
    mean = (scores[heard] / sizes[heard, None, None]).mean(axis=0)
    return softmax(np.where(present, scale * mean, -np.inf), axis=1)


def agreed(beliefs: np.ndarray) -> np.ndarray:
    """(N,) whether M supervisors have a common likeliest choice; tied choices all count.

    Args:
        beliefs: (M, N, k) labels of the supervisors.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors._pool import agreed
        >>> agreed(np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.6, 0.4], [0.7, 0.3]]])).tolist()
        [True, False]
    """
    likeliest = np.stack([harden(own) for own in beliefs])  # (M, N, k)
    return likeliest.min(axis=0).max(axis=1) > 0


def filtered(
    beliefs: np.ndarray, items: np.ndarray, absent: np.ndarray | None = None
) -> np.ndarray:
    """Labels (N, k) as of `pooled` where all supervisors agree, and uniform labels elsewhere.

    Args:
        beliefs, items, absent: see `pooled`.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors._pool import filtered
        >>> one, other = [[0.9, 0.1], [0.2, 0.8]], [[0.9, 0.1], [0.8, 0.2]]
        >>> filtered(np.array([one, other]), np.arange(2)).round(2).tolist()
        [[0.9, 0.1], [0.5, 0.5]]
    """
    present = np.ones(beliefs.shape[1:], bool) if absent is None else ~absent
    uniform = present / present.sum(axis=1, keepdims=True)
    return np.where(agreed(beliefs)[:, None], pooled(beliefs, items, absent), uniform)


POOLS = {"mean": pooled, "agree": filtered}
"""Function of each rule: (beliefs (M, N, k), items (n,), absent (N, k)) -> labels (N, k)."""
