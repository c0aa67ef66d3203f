"""PGR as a ratio whose denominator, the gap, may not be positive."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.measures._estimate import UNDEFINED, Estimate, percentile_estimate

# Means of floats differ by rounding; a gap below this counts as 0.
SMALLEST_GAP = 1e-12

UNCLEAR_GAP_NOTE = (
    "unbounded interval: the gap between weak supervisor and ceiling is not clearly positive"
)
NO_GAP_NOTE = "undefined: the ceiling is not above the weak supervisor"


def lacking_note(lacking: int, seeds: int) -> str:
    """Reason why a paired PGR is undefined: `lacking` of the seeds have no positive gap."""
    return f"undefined: in {lacking} of {seeds} seeds the ceiling is not above the weak supervisor"


def gap_ratio(recovered, gap) -> np.ndarray:
    """recovered / gap, elementwise; NaN where the gap is not positive."""
    recovered, gap = np.broadcast_arrays(recovered, gap)
    ratio = np.full(gap.shape, np.nan)
    return np.divide(recovered, gap, out=ratio, where=gap > SMALLEST_GAP)


@dataclass(frozen=True)
class GapStatistic:
    """A PGR with the values of its seeds and its replicates, before the interval is computed.

    Attributes:
        pgr: the PGR, NaN if undefined.
        own: (S,) PGRs of the seeds.
        replicates: (B,) PGRs of the replicates; arbitrary where `undefined` is True.
        undefined: (B,) whether the gap of a replicate is not positive.
        why: reason why the PGR is undefined; '' if it is defined.
    """

    pgr: float
    own: np.ndarray
    replicates: np.ndarray
    undefined: np.ndarray
    why: str = ""

    @classmethod
    def without_value(cls, why: str) -> GapStatistic:
        """An undefined statistic, with the reason."""
        return cls(np.nan, np.empty(0), np.empty(0), np.empty(0, dtype=bool), why)

    def estimate(self, level: float) -> Estimate:
        """The PGR with its interval."""
        if self.why:
            return UNDEFINED
        return percentile_estimate(
            float(self.pgr), self.replicates, level, undefined=self.undefined
        )

    @property
    def sd(self) -> float | None:
        """Standard deviation (ddof 1) of the seeds' PGRs; None with one seed or if undefined."""
        return float(np.std(self.own, ddof=1)) if self.own.size > 1 else None

    def note(self, level: float) -> str:
        """Reason for a missing value or an unbounded interval; '' if there is neither."""
        return self.why or ("" if self.estimate(level).bounded else UNCLEAR_GAP_NOTE)
