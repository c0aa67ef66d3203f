"""Agreement of beliefs with a field of the items up to sign: with the truth, or with a distractor.

A direction that is found without labels has no sign. Its agreement a with a field of two values is
therefore the larger of a and 1 - a, for each seed. Probes without labels often find the most
salient feature in place of the truth (Farquhar et al. 2023, arXiv 2312.10029).
"""

from __future__ import annotations

import numpy as np

from truing.measures._accuracy import correctness
from truing.measures._bootstrap import CrossedMoves, estimate_accuracy, sum_clusters
from truing.measures._checks import check_clusters, check_resampling
from truing.measures._estimate import Estimate


def agreement(
    beliefs,
    values,
    *,
    clusters=None,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> Estimate:
    """Agreement of beliefs with a field of two values up to sign, mean over seeds.

    For each seed the sign is the sign with the higher agreement on all items, and the interval is
    conditional on it. Chance is therefore not 0.5 but about 0.5 + 0.4 / sqrt(N) for N independent
    items. If the field is the ground truth, this is the oracle-signed accuracy.

    Args:
        beliefs: (S, N, 2) probabilities, for each seed.
        values: (N,) integers 0 or 1, the field of each item.
        clusters: (N,) integers, equal for related items; None if the items are independent.
        rng: random generator of the bootstrap.
        level: confidence level.
        replicates: number of replicates of the bootstrap.

    Raises:
        ValueError: there are more than two choices, or as in `correctness`.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import agreement
        >>> values = np.array([0, 1] * 50)
        >>> beliefs = np.eye(2)[[1 - values, values]]  # the first seed has the other sign
        >>> agreement(beliefs, values, rng=np.random.default_rng(0)).value
        1.0
    """
    replicates = check_resampling(rng, level, replicates)
    agreeing_SN = correctness(beliefs, values)
    if np.shape(beliefs)[-1] != 2:
        raise ValueError(f"agreement needs two choices, got {np.shape(beliefs)[-1]}")
    other_sign = agreeing_SN.mean(axis=1, keepdims=True) < 0.5
    agreeing_SN = np.where(other_sign, 1 - agreeing_SN, agreeing_SN)
    totals = sum_clusters(agreeing_SN[None], check_clusters(clusters, agreeing_SN.shape[1]))
    moves_B = CrossedMoves.draw(totals, rng, replicates).of_means(totals)[:, 0]
    return estimate_accuracy(float(totals.means[0]), moves_B, totals.influences()[0], level)
