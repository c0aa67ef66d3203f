"""Critic advantage: how much better a critic separates right from wrong answers than the judge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from truing.measures._contrast import Mean, Resampling, estimate_influences
from truing.measures._estimate import UNDEFINED, Estimate
from truing.measures._judgements import Verdicts

AUROC = tuple[float, np.ndarray]
"""An area under the ROC curve, and (C,) its influences by cluster."""


def critic_advantage(verdicts: Verdicts, blind: Verdicts, how: Resampling) -> Estimate:
    """The critic's discrimination minus that of the judge without help, on the same answers.

    Debate helps a weak judge only if the critic classifies answers better than the judge does
    (arXiv 2605.27483). Discrimination is here the area under the ROC curve (AUROC) of the belief in
    an answer, for right against wrong answers; ties count one half. The critic states its belief
    privately before anyone speaks. The judge's belief is the mean of its blind verdicts on the
    question. The answers are the argued answer of each play, or all answers of a play in which no
    single answer is argued. Plays without both beliefs are left out.

    The influences of both areas are the placements of DeLong et al. (1988), summed within clusters
    (Obuchowski 1997). Their differences give a paired interval.

    Args:
        verdicts: verdicts of the protocol with a critic.
        blind: verdicts of the same judge without help.
        how: how the interval is drawn.
    """
    answers = _Answers(verdicts, blind)
    critic, judge = (_auroc(one, answers) for one in (answers.critic, answers.judge))
    if critic is None or judge is None:
        return UNDEFINED
    value, present = critic[0] - judge[0], np.unique(answers.clusters)
    sides = (answers.clusters[one] for one in (answers.right, ~answers.right))
    fewest = min(np.unique(one).size for one in sides)
    if fewest < 2:
        return Estimate.point(value)
    influences_C = (critic[1] - judge[1])[present] * np.sqrt(present.size / (present.size - 1))
    return estimate_influences(value, influences_C, fewest, (-1.0, 1.0), how)


class _Answers:
    """The answers of plays with a critic's belief and a blind verdict.

    Args:
        verdicts: verdicts of the protocol with a critic.
        blind: verdicts of the judge without help.

    Attributes:
        right: (A,) whether the answer is right.
        critic, judge: (A,) beliefs in the answer.
        clusters: (A,) numbers of the clusters.
    """

    def __init__(self, verdicts: Verdicts, blind: Verdicts):
        judge_NK = _mean_beliefs(verdicts, blind)
        known_N = ~np.isnan(verdicts.critics[:, 0]) & ~np.isnan(judge_NK[:, 0])
        places_K = np.arange(verdicts.beliefs.shape[1])
        every_NK = places_K < verdicts.choices[:, None]
        argued_NK = places_K == verdicts.argued[:, None]
        used_NK = np.where((verdicts.argued >= 0)[:, None], argued_NK, every_NK) & known_N[:, None]
        self.right = (places_K == verdicts.truth[:, None])[used_NK]
        self.critic, self.judge = verdicts.critics[used_NK], judge_NK[used_NK]
        self.clusters = np.broadcast_to(verdicts.clusters[:, None], used_NK.shape)[used_NK]


def _mean_beliefs(verdicts: Verdicts, blind: Verdicts) -> np.ndarray:
    """(N, K) mean blind belief on the question of each verdict; NaN without any."""
    questions: Sequence[np.ndarray] = (verdicts.questions, blind.questions)
    count = int(max(one.max(initial=-1) for one in questions)) + 1
    means = [Mean.of(column_N, blind.questions, count) for column_N in blind.beliefs.T]
    beliefs_QK = np.full((count, len(means)), np.nan)
    known_Q = means[0].sizes > 0
    beliefs_QK[known_Q] = np.stack([one.sums / one.sizes.clip(1) for one in means], axis=1)[known_Q]
    return beliefs_QK[verdicts.questions]


def _auroc(belief_A: np.ndarray, answers: _Answers) -> AUROC | None:
    """AUROC of a belief; None without right or without wrong answers."""
    right, wrong = belief_A[answers.right], belief_A[~answers.right]
    if not right.size or not wrong.size:
        return None
    placed_A = np.empty(belief_A.size)
    placed_A[answers.right] = _shares_below(right, wrong)
    placed_A[~answers.right] = 1.0 - _shares_below(wrong, right)
    value = float(placed_A[answers.right].mean())
    sizes_A = np.where(answers.right, right.size, wrong.size)
    return value, np.bincount(answers.clusters, (placed_A - value) / sizes_A)


def _shares_below(values_M: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(M,) share of the others that are below each value; ties count one half."""
    ordered = np.sort(others)
    below, upto = (np.searchsorted(ordered, values_M, side=side) for side in ("left", "right"))
    return (below + upto) / (2.0 * ordered.size)
