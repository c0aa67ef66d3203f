"""Bradley-Terry fits of many data sets on the same pairings at once, by Newton's method."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

# Weight of the squared strengths, in games. It is far below any data, and keeps a reweighted fit
# finite if the only wins of one side have nearly no weight.
RIDGE = 1e-9
LONGEST_STEP = 2.0  # in log odds; the log likelihood is concave, so limited steps do not diverge
STEPS = 200
CONVERGED = 1e-9


def fit_strengths(
    pairs_E2: np.ndarray, wins_BE: np.ndarray, losses_BE: np.ndarray, count: int
) -> np.ndarray:
    """Maximum likelihood strengths of B data sets, in log odds, each with mean 0.

    Args:
        pairs_E2: (E, 2) numbers of the two players of each pairing; the graph of all pairings is
            connected.
        wins_BE: (B, E) games that the first player won; need not be whole.
        losses_BE: (B, E) games that the second player won.
        count: number of players P.

    Returns:
        (B, P) strengths.
    """
    played_BE = wins_BE + losses_BE
    strengths_BP = np.zeros((played_BE.shape[0], count))
    open_B = np.arange(played_BE.shape[0])
    for _ in range(STEPS):
        step = _newton_step(pairs_E2, wins_BE[open_B], played_BE[open_B], strengths_BP[open_B])
        longest = np.abs(step).max(axis=1)
        step *= np.minimum(1.0, LONGEST_STEP / np.maximum(longest, CONVERGED))[:, None]
        strengths_BP[open_B] += step
        open_B = open_B[longest > CONVERGED]
        if open_B.size == 0:
            break
    return strengths_BP - strengths_BP.mean(axis=1, keepdims=True)


def _newton_step(pairs_E2, wins_BE, played_BE, strengths_BP) -> np.ndarray:
    """(B, P) full Newton steps; the mean of the strengths, which is not identified, stays."""
    (B, P), (i, j) = strengths_BP.shape, pairs_E2.T
    ends_EP = np.zeros((i.size, P))
    ends_EP[np.arange(i.size), i] = 1.0
    ends_EP[np.arange(i.size), j] = -1.0
    chance_BE = expit(strengths_BP[:, i] - strengths_BP[:, j])
    gradient_BP = (wins_BE - played_BE * chance_BE) @ ends_EP - RIDGE * strengths_BP
    curvature_BE = played_BE * chance_BE * (1.0 - chance_BE)
    diagonal_BP = curvature_BE @ np.abs(ends_EP) + RIDGE
    hessian_BPP = np.zeros((B, P, P))
    hessian_BPP[:, i, j] = hessian_BPP[:, j, i] = -curvature_BE  # each pairing occurs once
    hessian_BPP[:, np.arange(P), np.arange(P)] = diagonal_BP
    # Regularizes the common shift of all strengths, in which the likelihood is flat.
    hessian_BPP += diagonal_BP.mean(axis=1)[:, None, None] / P
    return np.linalg.solve(hessian_BPP, gradient_BP[..., None])[..., 0]
