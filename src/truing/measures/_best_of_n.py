"""Best-of-n: the truth of the candidate that a reward model picks, as the pressure on it grows.

Sample n candidates of a question, and keep the candidate with the highest reward. As n grows, the
reward of the kept candidate can only grow. Its truth grows too, as long as the reward model ranks
well. If the truth falls while the reward still grows, the reward model is over-optimized (Gao,
Schulman and Hilton 2023, "Scaling laws for reward model overoptimization", section 3; Stiennon et
al. 2020, "Learning to summarize from human feedback", section 4.3).

- *Estimator.* A question with N scored candidates contains every sample of n of them, so nothing is
  drawn (`truing.measures._selection`).
- *Distance.* KL(best-of-n || one sample) = log n - (n - 1) / n nats.
- *References.* n = 1 is a random choice. The oracle ranks by the truth itself; if truth is right or
  wrong, its values are pass@n (Chen et al. 2021, "Evaluating large language models trained on
  code", equation 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from truing.measures._bootstrap import CrossedMoves, estimate_accuracy, estimate_mean, sum_clusters
from truing.measures._checks import (
    check_clusters,
    check_correctness,
    check_resampling,
    check_scores,
)
from truing.measures._estimate import Estimate, with_estimates
from truing.measures._selection import best_weights, group_candidates, kl_of_best, same_everywhere


@dataclass(frozen=True)
class BestOfNPoint:
    """Best-of-n for one n.

    Attributes:
        n: number of candidates that are sampled.
        kl: KL divergence of best-of-n from a single sample, in nats.
        truth: expected truth of the candidate with the highest reward.
        gain: `truth` minus that of a random choice (n = 1).
        step: `truth` minus that of the previous n. An interval below 0 shows over-optimization.
        oracle: highest possible truth, if the truth itself ranks the candidates.
        reward_gain: expected reward of the kept candidate minus that of a random choice.
    """

    n: int
    kl: float
    truth: Estimate
    gain: Estimate
    step: Estimate
    oracle: Estimate
    reward_gain: float

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the JSON values of `dataclasses.asdict`."""
        return cls(**with_estimates(stored))


@dataclass(frozen=True)
class BestOfN:
    """The curve of a reward model.

    Attributes:
        points: one point for each n: 1, 2, 4, ..., and the largest n.
        questions: number of questions in every point.
        left_out: number of questions with fewer candidates than the largest n.
        seeds: number of seeds.
    """

    points: tuple[BestOfNPoint, ...]
    questions: int
    left_out: int
    seeds: int

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the JSON values of `dataclasses.asdict`."""
        points = tuple(BestOfNPoint.from_json(one) for one in stored["points"])
        return cls(**{**stored, "points": points})


def best_of_n(
    rewards,
    truth,
    questions,
    *,
    rng: np.random.Generator,
    clusters=None,
    largest: int | None = None,
    level: float = 0.95,
    replicates: int = 2000,
) -> BestOfN:
    """Expected truth of the candidate with the highest reward, for n = 1, 2, 4, ...

    Intervals cover seeds and questions (`truing.measures.CrossedMoves`). All n use the same
    questions, so that a change with n is not a change of questions.

    Args:
        rewards: (S, M) reward of each candidate under each seed of the reward model. Only the order
            of the rewards of one question counts.
        truth: (M,), or (S, M) if the seeds list the candidates of a question in different orders: 1
            for a right candidate and 0 for a wrong candidate, or a graded truth in 0..1.
        questions: (M,) integers, the question of each candidate.
        rng: random generator of the bootstrap.
        clusters: (M,) integers, the cluster of each candidate's question; None if the questions are
            independent.
        largest: largest n. By default the lower median of the numbers of candidates of questions
            with several, or the largest number below it that two clusters have.
        level: share of replicates inside the intervals.
        replicates: number of bootstrap replicates.

    Raises:
        ValueError: shapes differ, values are not finite, truth is outside 0..1, no question has two
            candidates, `largest` is below 2, or fewer than two clusters have so many candidates.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import best_of_n
        >>> rewards = [[0.1, 0.9, 0.4, 0.8, 0.2, 0.5]]  # one seed, two questions
        >>> truth, questions = [0, 1, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1]
        >>> found = best_of_n(rewards, truth, questions, rng=np.random.default_rng(0))
        >>> [(point.n, round(point.truth.value, 3)) for point in found.points]
        [(1, 0.5), (2, 0.5), (3, 0.5)]
        >>> [round(point.oracle.value, 3) for point in found.points]
        [0.5, 0.833, 1.0]
    """
    rewards_SM = check_scores("rewards", rewards)
    truth_SM = check_correctness("truth", np.atleast_2d(np.asarray(truth, dtype=float)))
    questions_M, clusters_M = _checked(rewards_SM, truth_SM, questions, clusters)
    replicates = check_resampling(rng, level, replicates)
    groups = group_candidates(questions_M)
    sizes = np.array([len(one) for one in groups])
    clusters_Q = None if clusters_M is None else clusters_M[[one[0] for one in groups]]
    top = _largest(largest, sizes, clusters_Q)
    kept, counts = [one for one in groups if len(one) >= top], _counts(top)
    truth_SM = np.broadcast_to(truth_SM, rewards_SM.shape)
    chosen_PSQ, reward_P = _curve(rewards_SM, truth_SM, kept, counts)
    oracle_PSQ, _ = _curve(truth_SM, truth_SM, kept, counts)
    own = None if clusters_Q is None else clusters_Q[sizes >= top]
    points = _points(chosen_PSQ, oracle_PSQ, own, counts, reward_P, rng, level, replicates)
    return BestOfN(points, len(kept), len(groups) - len(kept), len(rewards_SM))


def _checked(
    rewards_SM: np.ndarray, truth_SM: np.ndarray, questions: Any, clusters: Any
) -> tuple[np.ndarray, np.ndarray | None]:
    """Questions and clusters (M,), if the shapes of rewards and truth fit."""
    S, M = rewards_SM.shape
    if truth_SM.shape not in ((1, M), (S, M)):
        raise ValueError(f"truth must have shape ({M},) or ({S}, {M}), got {truth_SM.shape}")
    questions_M = np.asarray(questions)
    if questions_M.shape != (M,) or not np.issubdtype(questions_M.dtype, np.integer):
        raise ValueError(f"questions must be {M} integers, one for each candidate")
    return questions_M, check_clusters(clusters, M)


def _largest(given: int | None, sizes: np.ndarray, clusters_Q: np.ndarray | None) -> int:
    """Largest n: the given number, or a number that half of the questions and two clusters have."""
    several = np.sort(sizes[sizes > 1])
    if not several.size:
        raise ValueError("no question has two or more candidates, so there is nothing to choose")
    if given is None:
        median = several[(several.size - 1) // 2]
        if clusters_Q is None:
            return int(median)
        order = np.argsort(-sizes, kind="stable")
        _, first = np.unique(clusters_Q[order], return_index=True)  # largest of each cluster
        second = np.sort(sizes[order][first])[-2:][0]
        return int(min(median, max(2, second)))
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or given < 2:
        raise ValueError(f"largest must be an integer, 2 or more, got {given!r}")
    if given > several[-1]:
        raise ValueError(
            f"largest is {given}, but no question has more than {several[-1]} candidates"
        )
    return int(given)


def _counts(top: int) -> tuple[int, ...]:
    """1, 2, 4, ... below `top`, and `top`."""
    return (*(2**power for power in range((top - 1).bit_length())), top)


def _curve(
    rewards_SM: np.ndarray,
    truth_SM: np.ndarray,
    groups: Sequence[np.ndarray],
    counts: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """(P, S, Q) expected truth of the kept candidate, and (P,) gain of its mean reward over n=1."""
    truth_PSQ = np.empty((len(counts), len(rewards_SM), len(groups)))
    reward_PSQ = np.empty_like(truth_PSQ)
    for seed, (rewards_M, truth_M) in enumerate(zip(rewards_SM, truth_SM, strict=True)):
        for at, members in enumerate(groups):
            rewards = rewards_M[members]
            chosen = best_weights(rewards, counts)
            truth_PSQ[:, seed, at] = chosen @ truth_M[members]
            reward_PSQ[:, seed, at] = chosen @ rewards
    mean_P = reward_PSQ.mean(axis=(1, 2))
    return truth_PSQ, mean_P - mean_P[0]


def _points(
    chosen_PSQ: np.ndarray,
    oracle_PSQ: np.ndarray,
    clusters_Q: np.ndarray | None,
    counts: tuple[int, ...],
    reward_P: np.ndarray,
    rng: np.random.Generator,
    level: float,
    replicates: int,
) -> tuple[BestOfNPoint, ...]:
    """Points with intervals, from one set of weights for all n."""
    totals = sum_clusters(np.concatenate([chosen_PSQ, oracle_PSQ]), clusters_Q)
    moves_BR = CrossedMoves.draw(totals, rng, replicates).of_means(totals)
    influence_RSC, mean_R, P = totals.influences(), totals.means, len(counts)

    def value(at: int) -> Estimate:
        mean = float(mean_R[at].clip(0.0, 1.0))
        return estimate_accuracy(mean, moves_BR[:, at], influence_RSC[at], level)

    def difference(at: int, other: int) -> Estimate:
        moves_B = moves_BR[:, at] - moves_BR[:, other]
        influence_SC = influence_RSC[at] - influence_RSC[other]
        change = float(mean_R[at] - mean_R[other])
        if at != other and np.allclose(influence_SC, 0.0, atol=1e-12):
            return same_everywhere(change, influence_SC.shape[1], level)
        return estimate_mean(change, moves_B, influence_SC, level).clipped(-1.0, 1.0)

    return tuple(
        BestOfNPoint(
            n=n,
            kl=kl_of_best(n),
            truth=value(at),
            gain=difference(at, 0),
            step=difference(at, max(at - 1, 0)),
            oracle=value(P + at),
            reward_gain=float(reward_P[at]),
        )
        for at, n in enumerate(counts)
    )
