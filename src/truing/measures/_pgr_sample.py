"""PGR of seeds on test items: its value, its influences and its replicates.

All sums are of the differences transfer - weak and ceiling - transfer: if one of these is exactly
0, the ratio is exactly 0 or 1 in every replicate, without rounding errors.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from truing.measures._bootstrap import ClusterSums, CrossedMoves, estimate_mean, spread_of
from truing.measures._estimate import Estimate
from truing.measures._gap import NO_GAP_NOTE, SMALLEST_GAP, GapStatistic, gap_ratio, lacking_note


@dataclass(frozen=True)
class PGRSample(ABC):
    """A PGR before an interval is computed.

    Attributes:
        totals: sums of weak, transfer - weak and ceiling - transfer within clusters.
        moves: shifts of these in the replicates.
        units: number of clusters that count for the degrees of freedom; None for all of them.
    """

    totals: ClusterSums
    moves: CrossedMoves
    units: int | None

    @property
    @abstractmethod
    def why(self) -> str:
        """Reason why the PGR is undefined; '' if it is defined."""

    @property
    @abstractmethod
    def value(self) -> float:
        """The PGR."""

    @property
    @abstractmethod
    def own(self) -> np.ndarray:
        """(S,) PGRs of the seeds."""

    @abstractmethod
    def influences(self) -> np.ndarray:
        """(S, C) linearized influences of seeds and clusters on the PGR."""

    @abstractmethod
    def replicates(self, stretch: float, level: float) -> tuple[np.ndarray, np.ndarray]:
        """(B,) PGRs of the replicates, and whether they are undefined.

        Args:
            stretch: factor on the shifts of the replicates.
            level: confidence level; a gap may need another stretch for it than the PGR.
        """

    def gap_estimate(self, level: float) -> Estimate:
        """Mean accuracy of the ceiling minus that of the weak supervisor, with its interval."""
        gap_B = self.moves.of_means(self.totals)[:, 1:].sum(axis=1)
        gap_SC = self.totals.influences()[1:].sum(axis=0)
        gap = float(self.totals.means[1:].sum())
        return estimate_mean(gap, gap_B, gap_SC, level, self.units)

    def statistic(self, level: float) -> GapStatistic:
        """The PGR with its replicates, stretched for an interval of the PGR alone."""
        if self.why:
            return GapStatistic.without_value(self.why)
        stretch = spread_of(self.influences(), self.units).stretch(level)
        return GapStatistic(self.value, self.own, *self.replicates(stretch, level))


class PinnedPGR(PGRSample):
    """Ratio of mean accuracies: (transfer - weak) / (ceiling - weak)."""

    @property
    def gap(self) -> float:
        """Mean accuracy of the ceiling minus that of the weak supervisor."""
        _, recovered, missing = self.totals.means
        return recovered + missing

    @property
    def why(self) -> str:
        return NO_GAP_NOTE if self.gap <= SMALLEST_GAP else ""

    @property
    def value(self) -> float:
        return self.totals.means[1] / self.gap

    @property
    def own(self) -> np.ndarray:
        # With pinned baselines: transfer of the seed minus the mean weak accuracy.
        weak_S, recovered_S, _ = self.totals.seed_means
        return (recovered_S + weak_S - weak_S.mean()) / self.gap

    def influences(self) -> np.ndarray:
        pgr = self.value
        _, recovered_SC, missing_SC = self.totals.influences()
        return ((1.0 - pgr) * recovered_SC - pgr * missing_SC) / self.gap

    def replicates(self, stretch: float, level: float) -> tuple[np.ndarray, np.ndarray]:
        moves_B3 = self.moves.of_means(self.totals)
        stretched = self.totals.means[1:] + stretch * moves_B3[:, 1:]
        gap_B = stretched.sum(axis=1)
        # The gap must also be positive when it is stretched to its own quantile.
        _, recovered_SC, missing_SC = self.totals.influences()
        gap_stretch = spread_of(recovered_SC + missing_SC, self.units).stretch(level)
        lost_B = self.gap + gap_stretch * (moves_B3[:, 1] + moves_B3[:, 2]) <= SMALLEST_GAP
        return gap_ratio(stretched[:, 0], gap_B), (gap_B <= SMALLEST_GAP) | lost_B


class PairedPGR(PGRSample):
    """Mean of the PGRs of the single seeds."""

    @property
    def gaps(self) -> np.ndarray:
        """(S,) accuracies of the ceilings minus those of the weak supervisors."""
        _, recovered_S, missing_S = self.totals.seed_means
        return recovered_S + missing_S

    @property
    def why(self) -> str:
        lacking = int((self.gaps <= SMALLEST_GAP).sum())
        return lacking_note(lacking, self.gaps.size) if lacking else ""

    @property
    def value(self) -> float:
        return float(self.own.mean())

    @property
    def own(self) -> np.ndarray:
        return self.totals.seed_means[1] / self.gaps

    def influences(self) -> np.ndarray:
        own_S, totals = self.own, self.totals
        _, recovered_SC, missing_SC = totals.sums / (totals.sizes.sum() / totals.sizes.size)
        # Linearized ratio of each seed; its PGR is added as the effect of the seed. The cluster
        # sizes cancel: (1 - p) recovered - p missing has mean 0 in every seed.
        pull_SC = (1.0 - own_S)[:, None] * recovered_SC - own_S[:, None] * missing_SC
        return own_S[:, None] + pull_SC / self.gaps[:, None]

    def replicates(self, stretch: float, level: float) -> tuple[np.ndarray, np.ndarray]:
        _, recovered_S, missing_S = self.totals.seed_means
        recovered_BS = recovered_S + stretch * self.moves.by_seed[:, 1]
        gap_BS = recovered_BS + missing_S + stretch * self.moves.by_seed[:, 2]
        by_clusters_B = gap_ratio(recovered_BS, gap_BS).mean(axis=1)
        by_seeds_B = stretch * self.moves.across_seeds(self.own[None])[:, 0]
        return by_clusters_B + by_seeds_B, (gap_BS <= SMALLEST_GAP).any(axis=1)


PGR_SAMPLES: dict[str, type[PGRSample]] = {"pinned": PinnedPGR, "paired": PairedPGR}
"""Kinds of PGR by the name of their baseline."""
