"""Differences in accuracy between oversight protocols, judges, and agents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from truing.measures._conditions import Between, Condition, Design
from truing.measures._contrast import Contrast, Mean, Resampling
from truing.measures._differences import holm, paired_difference
from truing.measures._estimate import UNDEFINED, Estimate
from truing.measures._judgements import Verdicts
from truing.measures._verdict import decide_verdict

FEW_CHANGES = 10  # with fewer clusters that differ, a bootstrap covers too rarely
ROUNDING = 1e-12  # differences of means of equal numbers


@dataclass(frozen=True)
class Comparison:
    """Difference in accuracy between two conditions, first minus second.

    Attributes:
        first, second: names of the conditions: the protocols, with agent and judge if these have
            separate rows.
        questions: number of shared questions.
        shared: paired difference: mean over the shared questions of the difference on each
            question. `p` refers to it. Undefined without shared questions.
        overall: difference of the accuracies over all judgements of each protocol. It uses more
            data, and includes differences between the questions that are not shared.
        p: two-sided p-value of the hypothesis of no difference; None without shared questions or
            with one cluster.
        p_holm: p-value corrected for all comparisons (Holm 1979); None if p is None.
        verdict: `better`, `worse` or `inconclusive`, about the first condition, at p_holm < 0.05.
        between: what differs: the `protocols`, the `judges` or the `agents`.
        conditions: the two conditions.
    """

    first: str
    second: str
    questions: int
    shared: Estimate
    overall: Estimate
    p: float | None
    p_holm: float | None
    verdict: str
    between: Between
    conditions: tuple[Condition, Condition]


def compare_conditions(
    verdicts: Mapping[Condition, Verdicts], design: Design, how: Resampling
) -> tuple[Comparison, ...]:
    """Comparisons of the pairs of a design, with p-values corrected over all of them.

    Args:
        verdicts: verdicts of each condition.
        design: the conditions and their pairs, which are one family of comparisons.
        how: how intervals are drawn.
    """
    pairs = design.pairs
    found = [_difference(verdicts[first], verdicts[second], how) for first, second, _ in pairs]
    p_values = [math.nan if p is None else p for _, _, p in found]
    made = []
    for (first, second, between), (questions, shared, p), p_holm in zip(
        pairs, found, holm(p_values).tolist(), strict=True
    ):
        sides = [verdicts[one].mean(verdicts[one].right) for one in (first, second)]
        overall = Contrast(sides[:1], sides[1:], (-1.0, 1.0)).estimate(how)
        corrected = None if p is None else p_holm
        names = first.label, second.label
        verdict = decide_verdict(shared.value, corrected)
        about = between, (first, second)
        made.append(Comparison(*names, questions, shared, overall, p, corrected, verdict, *about))
    return tuple(made)


def _difference(
    first: Verdicts, second: Verdicts, how: Resampling
) -> tuple[int, Estimate, float | None]:
    """Number of shared questions, mean difference of accuracy over them, and its p-value."""
    shared = np.intersect1d(first.questions, second.questions)
    if shared.size == 0:
        return 0, UNDEFINED, None
    (first_M, clusters_M), (second_M, _) = (_by_question(v, shared) for v in (first, second))
    mean = Mean.of(first_M - second_M, clusters_M, first.cluster_count)
    estimate = _few_changes(mean, how) or Contrast([mean], bounds=(-1.0, 1.0)).estimate(how)
    if mean.clusters == 1:
        return shared.size, estimate, None
    paired = paired_difference(
        first_M[None],
        second_M[None],
        clusters=clusters_M,
        rng=how.rng(),
        level=how.level,
        replicates=how.replicates,
    )
    return shared.size, estimate, paired.p


def _few_changes(mean: Mean, how: Resampling) -> Estimate | None:
    """Interval of a mean difference if 1 to 9 clusters differ, which a bootstrap cannot resample.

    One cluster that improves by 1 and one that worsens by 1 are added, and the interval is that of
    the normal distribution. With one question in each cluster and differences of -1, 0 and 1, this
    is the adjusted interval of Bonett & Price (2012); the extension to other differences is ours.
    If each of 40 questions differs with probability 0.1 by chance, it contains 0 in 98% of all
    cases, and the interval of the bootstrap in 83%.
    """
    changes = int(np.count_nonzero(np.abs(mean.sums) > ROUNDING))
    if not 0 < changes < FEW_CHANGES or mean.clusters == 1:
        return None
    known_C = mean.sizes > 0
    typical = float(mean.sizes[known_C].mean())
    sums = np.append(mean.sums[known_C], (typical, -typical))
    sizes = np.append(mean.sizes[known_C], (typical, typical))
    middle = float(sums.sum() / sizes.sum())
    spread = float(np.linalg.norm(sums - middle * sizes) / sizes.sum())
    reach = float(ndtri((1.0 + how.level) / 2.0)) * spread
    low, high = min(middle - reach, mean.value), max(middle + reach, mean.value)
    return Estimate(mean.value, low, high).clipped(-1.0, 1.0)


def _by_question(verdicts: Verdicts, shared_M: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(M,) accuracy on each shared question, and (M,) the cluster of each shared question."""
    selected = verdicts.where(np.isin(verdicts.questions, shared_M))
    _, first_M, at_N = np.unique(selected.questions, return_index=True, return_inverse=True)
    right = Mean.of(selected.right, at_N, shared_M.size)
    return right.sums / right.sizes, selected.clusters[first_M]
