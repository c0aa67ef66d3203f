"""PGRs of the same models at home and in other domains, on one set of bootstrap replicates.

A seed has the same multiplier and a cluster has the same weight in every domain. So differences and
means of the PGRs have the replicates that they should have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._bootstrap import CrossedMoves, sum_clusters
from truing.measures._checks import check_clusters, check_correctness, check_scores
from truing.measures._effects import Effects
from truing.measures._estimate import UNDEFINED, Estimate, percentile_estimate
from truing.measures._metrics import smallest_class
from truing.measures._pgr import check_roles, steps_between
from truing.measures._pgr_sample import PGR_SAMPLES, PGRSample


@dataclass(frozen=True)
class DomainScores:
    """Scores of the same models on the test items of one domain.

    Attributes:
        weak: (S, N) correctness, 0..1, of the supervisor of each seed on each test item; or
            `item_scores` of another metric.
        transfer: (S, N) correctness or scores of the student on the same seeds and items.
        ceiling: (S, N) correctness or scores of the ceiling on the same seeds and items.
        clusters: (N,) integers. Items with equal integers are related, also across domains.
        truth: (N,) classes of the items, if the arrays are scores of another metric than accuracy.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import DomainScores
        >>> correct = np.random.default_rng(0).random((5, 200)) < 0.8  # (seeds, items)
        >>> domain = DomainScores(correct, correct, correct, clusters=np.arange(200))
        >>> domain.transfer.shape
        (5, 200)
    """

    weak: np.ndarray
    transfer: np.ndarray
    ceiling: np.ndarray
    clusters: np.ndarray
    truth: np.ndarray | None = None


@dataclass(frozen=True)
class JointPGRs:
    """PGRs at home (index 0) and in the domains (indices 1, 2, ...).

    Attributes:
        samples: PGR of each domain with its replicates.
        effects: effects of seeds and clusters on each PGR; None if it is undefined.
        pgr: PGR of each domain with its interval.
        level: confidence level.
    """

    samples: tuple[PGRSample, ...]
    effects: tuple[Effects | None, ...]
    pgr: tuple[Estimate, ...]
    level: float

    @property
    def domains(self) -> range:
        """Indices of the domains other than home."""
        return range(1, len(self.samples))

    def effects_of(self, weights: dict[int, float]) -> Effects:
        """Effects of seeds and clusters on a weighted sum of PGRs, all of which are defined."""
        effects = [one for d in weights if (one := self.effects[d]) is not None]
        return Effects.combine(list(weights.values()), effects)

    def combine(self, weights: dict[int, float]) -> Estimate:
        """Weighted sum of PGRs with an interval over seeds and items; undefined if a PGR is.

        A replicate that is undefined in one of the domains is undefined.
        """
        if any(self.samples[d].why for d in weights):
            return UNDEFINED
        stretch = self.effects_of(weights).spread.stretch(self.level)
        value, sum_B, undefined_B = 0.0, np.zeros(1), np.zeros(1, dtype=bool)
        for d, weight in weights.items():
            pgr_B, lost_B = self.samples[d].replicates(stretch, self.level)
            value += weight * float(self.samples[d].value)
            sum_B, undefined_B = sum_B + weight * pgr_B, undefined_B | lost_B
        return percentile_estimate(value, sum_B, self.level, undefined=undefined_B)


def sample_jointly(
    scores: Sequence[DomainScores],
    baseline: str,
    level: float,
    rng: np.random.Generator,
    replicates: int,
) -> JointPGRs:
    """PGRs of home (the first scores) and the domains.

    Raises:
        ValueError: the numbers of seeds differ, or the scores or clusters of a domain are invalid.
    """
    names = ["home", *(f"domains[{d}]" for d in range(len(scores) - 1))]
    steps = [_check_steps(name, one) for name, one in zip(names, scores, strict=True)]
    seeds = [steps_3SN.shape[1] for steps_3SN in steps]
    if len(set(seeds)) > 1:
        listed = ", ".join(f"{name} {S}" for name, S in zip(names, seeds, strict=True))
        raise ValueError(f"home and domains must have the same number of seeds, got {listed}")
    clusters = [_check_clusters(*one) for one in zip(names, scores, steps, strict=True)]
    totals = [sum_clusters(*one) for one in zip(steps, clusters, strict=True)]
    every_U = np.unique(np.concatenate(clusters))
    places = [np.searchsorted(every_U, np.unique(clusters_N)) for clusters_N in clusters]
    moves = CrossedMoves.draw_together(totals, places, every_U.size, rng, replicates)
    units = [
        None if one.truth is None else smallest_class(one.truth, clusters_N)
        for one, clusters_N in zip(scores, clusters, strict=True)
    ]
    samples = tuple(PGR_SAMPLES[baseline](*one) for one in zip(totals, moves, units, strict=True))
    effects = tuple(
        None if one.why else Effects.of(one.influences(), place, every_U.size, one.units)
        for one, place in zip(samples, places, strict=True)
    )
    pgr = tuple(sample.statistic(level).estimate(level) for sample in samples)
    return JointPGRs(samples, effects, pgr, level)


def _check_steps(name: str, scores: DomainScores) -> np.ndarray:
    """(3, S, N) steps between the roles of a domain."""
    check = check_correctness if scores.truth is None else check_scores
    roles = {f"{name}.{role}": getattr(scores, role) for role in ("weak", "transfer", "ceiling")}
    return steps_between(check_roles(check, **roles))


def _check_clusters(name: str, scores: DomainScores, steps_3SN: np.ndarray) -> np.ndarray:
    """(N,) clusters of a domain."""
    if scores.clusters is None:
        raise ValueError(f"{name}.clusters must be integers, one for each item, got None")
    try:
        clusters_N = check_clusters(scores.clusters, steps_3SN.shape[-1])
    except ValueError as error:
        raise ValueError(f"{name}.{error}") from None
    assert clusters_N is not None
    if np.unique(clusters_N).size < 2:
        raise ValueError(f"{name}.clusters must name 2 or more clusters of items, got 1")
    return clusters_N
