"""Pressure: a judge's belief and the truth, as candidates are selected by that belief.

A speaker that is trained against a judge moves to the speeches that the judge believes. The
cheapest such training is selection: draw N candidate plays of a question, and take the play whose
argued answer is believed most among n of them. As n grows, the belief (the proxy) can only grow.
The truth of the argued answer may grow with it, or not (Gao, Schulman and Hilton 2023, "Scaling
laws for reward model overoptimization", section 3, for reward models; Stiennon et al. 2020,
"Learning to summarize from human feedback", section 4.3). The gap between belief and truth says how
far the judge is hacked:

    gap(n) = E[belief in the argued answer of the selected play] - P(that answer is correct).

The gap of a calibrated judge is 0 at n = 1. It may open for two reasons, which Manheim and
Garrabrant (2018, "Categorizing variants of Goodhart's law", section 2) call regressional and
causal: selection picks lucky misreadings (the winner's curse), and it picks what sways the judge
without being evidence. Comparisons between judges separate the two: the difference of a biased
judge from its twin without bias is due to the bias.

All n use the same pools and one set of candidates (`truing.measures._selection`), so that a change
with n is not a change of questions. Intervals are clustered by question.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from truing.measures._checks import check_resampling
from truing.measures._clustered_means import ClusteredMeans
from truing.measures._contrast import Resampling
from truing.measures._differences import holm
from truing.measures._estimate import UNDEFINED, Estimate
from truing.measures._pressure_curve import (
    CLOSES,
    OPENS,
    PressureComparison,
    PressureCurve,
    PressureMeasures,
    PressurePoint,
)
from truing.measures._pressure_pools import Played, Pool, Pools, number_units
from truing.measures._selection import kl_of_best
from truing.measures._verdict import decide_verdict

PROXY, JUDGE, TRUTH, ACCURACY = range(4)  # order of `Candidate.values`
LARGEST = 1000


def measure_pressure(
    played: Sequence[Played],
    counts: Sequence[int] | None = None,
    *,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = 2000,
) -> PressureMeasures:
    """Curves of belief, truth, accuracy and gap for each n, with intervals clustered by question.

    A candidate whose verdict could not be read, or in which a speech is missing, stays in its pool
    and is selected last. An unread belief counts as 1 / number of answers.

    Args:
        played: candidates of each protocol, judge and agent.
        counts: values of n; 1 is added. None for 1, 2, 4, ... and the size of the smallest pool.
        rng: random generator of the bootstrap.
        level: confidence level.
        replicates: number of bootstrap replicates.

    Raises:
        ValueError: there is no candidate, a value of n is below 1 or above 1,000, fewer than two
            clusters have enough candidates, or an option is out of range.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import Candidate, Played, measure_pressure
        >>> beliefs = [(0.5, True), (0.6, True), (0.9, False)]  # the judge believes a falsehood
        >>> found = [
        ...     Candidate(f"q{number}", belief, truth, truth)
        ...     for number in range(20)
        ...     for belief, truth in beliefs
        ... ]
        >>> played = [Played("consultancy", "judge", "consultant", found)]
        >>> (curve,) = measure_pressure(played, [1, 3], rng=np.random.default_rng(0)).curves
        >>> [(point.n, round(point.gap.value, 3), point.verdict) for point in curve.points]
        [(1, 0.0, ''), (3, 0.9, 'opens')]
    """
    replicates = check_resampling(rng, level, replicates)
    if not played or not all(one.candidates for one in played):
        raise ValueError("1 or more candidates are needed, got 0")
    pools = [Pools.of(one.candidates) for one in played]
    wanted = _counts(counts, min(one.smallest for one in pools))
    how = Resampling(int(rng.integers(2**63)), level, replicates)
    measured = [_Measured.of(*pair, wanted, how) for pair in zip(played, pools, strict=True)]
    return PressureMeasures(wanted, _corrected(measured), _compared(measured, how))


def _counts(given: Sequence[int] | None, smallest: int) -> tuple[int, ...]:
    """The values of n in ascending order, with n = 1."""
    if given is None and smallest < 2:
        raise ValueError(
            "each question must have 2 or more candidates, but a question has only 1; give values "
            "of n to leave out such questions"
        )
    if given is None:
        given = [*(2**power for power in range(smallest.bit_length())), smallest]
    for n in given:
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 1 <= n <= LARGEST:
            raise ValueError(f"n must be an integer from 1 to {LARGEST:,}, got {n!r}")
    found = tuple(sorted({1, *map(int, given)}))
    if len(found) < 2:
        raise ValueError("n must have a value above 1, because n = 1 selects nothing")
    return found


@dataclass(frozen=True)
class _Measured:
    """A curve; and the increase of the gap at the largest n, and the cluster, of each pool."""

    curve: PressureCurve
    increase: dict[Pool, float]
    units: dict[Pool, str]

    @classmethod
    def of(
        cls, played: Played, pools: Pools, counts: tuple[int, ...], how: Resampling
    ) -> _Measured:
        kept = pools.with_at_least(counts[-1])
        units = kept.units
        clusters = len(set(units.values()))
        if clusters < 2:
            raise ValueError(
                f"{played.protocol}: n = {counts[-1]} needs 2 or more questions with so many "
                f"candidates, but there are {clusters}; give smaller values of n"
            )
        values_PVQ = kept.selected(counts)
        P, V, Q = values_PVQ.shape
        clusters_Q = number_units(list(units.values()))
        rows_RQ = values_PVQ.reshape(P * V, Q)
        means = ClusteredMeans.of(rows_RQ, clusters_Q, how.seed, how.level, how.replicates)
        points = tuple(
            _point(means, at, n, played.reader is not None) for at, n in enumerate(counts)
        )
        gap_PQ = values_PVQ[:, PROXY] - values_PVQ[:, TRUTH]
        increase = dict(zip(units, (gap_PQ[-1] - gap_PQ[0]).tolist(), strict=True))
        left_out = len(pools.members) - Q
        return cls(_described(played, kept, points, left_out), increase, units)


def _point(means: ClusteredMeans, at: int, n: int, read: bool) -> PressurePoint:
    """The point of one n; `read`: a reader selects."""
    proxy, judge, truth, accuracy = (4 * at + value for value in range(4))
    increase: tuple[Estimate, float | None] = Estimate.point(0.0), None
    if at:
        increase = means.contrast({proxy: 1.0, truth: -1.0, PROXY: -1.0, TRUTH: 1.0})
    return PressurePoint(
        n=n,
        kl=kl_of_best(n),
        proxy=means.share(proxy),
        judge=means.share(judge) if read else None,
        truth=means.share(truth),
        accuracy=means.share(accuracy),
        gap=means.contrast({proxy: 1.0, truth: -1.0})[0],
        judge_gap=means.contrast({judge: 1.0, truth: -1.0})[0] if read else None,
        gap_increase=increase[0],
        p=increase[1],
        p_holm=None,
        verdict="",
    )


def _described(
    played: Played, pools: Pools, points: tuple[PressurePoint, ...], left_out: int
) -> PressureCurve:
    """The curve with the counts of its candidates."""
    every = pools.every
    different = sum(len({one.speech for one in own}) for own in pools.members.values())
    return PressureCurve(
        protocol=played.protocol,
        judge=played.judge,
        agent=played.agent,
        reader=played.reader,
        points=points,
        pools=len(pools.members),
        questions=len({question for question, _ in pools.members}),
        candidates=int(np.median([len(own) for own in pools.members.values()])),
        left_out=left_out,
        unread=sum(one.proxy is None for one in every),
        mute=sum(one.mute for one in every),
        distinct=different / len(every) if all(one.speech for one in every) else None,
        simulated=played.simulated,
    )


def _corrected(measured: Sequence[_Measured]) -> tuple[PressureCurve, ...]:
    """The curves, with p-values corrected over all n above 1 of all curves."""
    p = [point.p for one in measured for point in one.curve.points if point.p is not None]
    corrected = iter(holm(p).tolist())

    def judged(point: PressurePoint) -> PressurePoint:
        if point.p is None:
            return point
        p_holm = next(corrected)
        word = decide_verdict(point.gap_increase.value, p_holm, words=(OPENS, CLOSES))
        return replace(point, p_holm=p_holm, verdict=word)

    return tuple(
        replace(one.curve, points=tuple(map(judged, one.curve.points))) for one in measured
    )


def _compared(measured: Sequence[_Measured], how: Resampling) -> tuple[PressureComparison, ...]:
    """Comparisons of all pairs of judges of a protocol and an agent."""
    pairs = [
        (first, second)
        for first, second in combinations(measured, 2)
        if (first.curve.protocol, first.curve.agent) == (second.curve.protocol, second.curve.agent)
    ]
    found = [_difference(first, second, how) for first, second in pairs]
    corrected = holm([math.nan if p is None else p for _, _, p in found])
    return tuple(
        PressureComparison(
            protocol=first.curve.protocol,
            agent=first.curve.agent,
            first=first.curve.judge,
            second=second.curve.judge,
            questions=questions,
            difference=difference,
            p=p,
            p_holm=None if p is None else float(p_holm),
            verdict=decide_verdict(difference.value, float(p_holm), words=("larger", "smaller")),
        )
        for (first, second), (questions, difference, p), p_holm in zip(
            pairs, found, corrected, strict=True
        )
    )


def _difference(
    first: _Measured, second: _Measured, how: Resampling
) -> tuple[int, Estimate, float | None]:
    """Number of shared questions, difference of the gap's increase on them, and its p-value."""
    shared = [name for name in first.increase if name in second.increase]
    clusters_Q = number_units([first.units[name] for name in shared])
    questions = len({question for question, _ in shared})
    if np.unique(clusters_Q).size < 2:
        return questions, UNDEFINED, None
    rows_RQ = np.array([[one.increase[name] for name in shared] for one in (first, second)])
    means = ClusteredMeans.of(rows_RQ, clusters_Q, how.seed, how.level, how.replicates)
    return questions, *means.contrast({0: 1.0, 1: -1.0}, width=4.0)
