"""Selection: the best of n candidates in expectation over all samples of n among N candidates.

With the candidates sorted by score, the mean over all samples of the value of the best candidate is

    sum_i C(i - 1, n - 1) / C(N, n) value_i,     i = 1 (lowest score) ... N,

an unbiased estimate for independent candidates and n <= N (Nakano et al. 2021, "WebGPT", appendix
I; pass@n of Chen et al. 2021, "Evaluating large language models trained on code", equation 1, is
the case in which the score is the value). Candidates with equal scores share their weights, which
is the mean over all ways to break the tie.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from truing.measures._estimate import Estimate


def best_weights(scores_N: np.ndarray, counts: tuple[int, ...]) -> np.ndarray:
    """(P, N) probability that each candidate is the best of n, for the P values of n.

    Candidates with equal scores share it.

    Args:
        scores_N: (N,) score of each candidate.
        counts: values of n, each at most N.
    """
    ordered = np.sort(scores_N)
    below = np.searchsorted(ordered, scores_N, "left")
    up_to = np.searchsorted(ordered, scores_N, "right")
    lowest = _among_lowest(len(scores_N), counts)
    return (lowest[:, up_to] - lowest[:, below]) / (up_to - below)


@lru_cache(maxsize=256)
def _among_lowest(candidates: int, counts: tuple[int, ...]) -> np.ndarray:
    """(P, N + 1) probability C(i, n) / C(N, n) that n samples are among the i lowest scores."""
    ranks = range(candidates + 1)
    return np.array([[math.comb(i, n) / math.comb(candidates, n) for i in ranks] for n in counts])


def group_candidates(questions_M: np.ndarray) -> list[np.ndarray]:
    """Indices of the candidates of each question, in the order of the sorted questions."""
    sizes = np.unique(questions_M, return_counts=True)[1]
    return np.split(np.argsort(questions_M, kind="stable"), np.cumsum(sizes)[:-1])


def kl_of_best(n: int) -> float:
    """KL(best-of-n || one sample) = log n - (n - 1) / n nats (Stiennon et al. 2020, appendix G.3).

    This assumes scores without ties; with ties it is an upper bound (Beirami et al. 2024,
    "Theoretical guarantees on the best-of-n alignment policy", theorem 1).
    """
    return math.log(n) - (n - 1) / n


def same_everywhere(change: float, clusters: int, level: float, reach: float = 1.0) -> Estimate:
    """Interval of a difference that is the same in all clusters, so that none varies.

    At confidence `level`, other clusters have at most the share p = 1 - ((1 - level) / 2)^(1/C) of
    the population (Clopper and Pearson 1934), and their difference is from -reach to reach.
    """
    others = 1.0 - ((1.0 - level) / 2.0) ** (1.0 / clusters)
    middle, reach = (1.0 - others) * change, others * reach
    return Estimate(change, middle - reach, middle + reach)
