"""A ratio over a gap that may not be positive, and what is reported of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from truing.measures._estimate import UNDEFINED, Estimate, percentile_estimate

# Means of floats differ by rounding; a gap below this is none.
SMALLEST_GAP = 1e-12

UNCLEAR_GAP_NOTE = (
    "the gap between weak and ceiling is not clearly positive, so the interval is unbounded"
)
NO_GAP_NOTE = "undefined: the ceiling is not above the weak supervisor"


def lacking_note(lacking: int, seeds: int) -> str:
    """Why a paired PGR is undefined: `lacking` of the seeds have no positive gap of their own."""
    return f"undefined: in {lacking} of {seeds} seeds the ceiling is not above the weak supervisor"


def gap_ratio(recovered, gap) -> np.ndarray:
    """recovered / gap elementwise, NaN where the gap is not positive."""
    recovered, gap = np.broadcast_arrays(recovered, gap)
    ratio = np.full(gap.shape, np.nan)
    return np.divide(recovered, gap, out=ratio, where=gap > SMALLEST_GAP)


@dataclass(frozen=True)
class GapStatistic:
    """A PGR, its seeds' own values and its replicates, before they become an interval.

    Attributes:
        pgr: the estimate, NaN where it has no value.
        own: (S,) the seeds' own PGRs.
        replicates: (B,) PGRs; any number where `undefined`.
        undefined: (B,) whether a replicate's gap was not positive.
        why: '' or why the estimate has no value.
    """

    pgr: float
    own: np.ndarray
    replicates: np.ndarray
    undefined: np.ndarray
    why: str = ""

    @classmethod
    def without_value(cls, why: str) -> GapStatistic:
        """The statistic where the ceiling is not above the weak supervisor."""
        return cls(np.nan, np.empty(0), np.empty(0), np.empty(0, dtype=bool), why)

    def estimate(self, level: float) -> Estimate:
        """PGR with its interval."""
        if self.why:
            return UNDEFINED
        return percentile_estimate(
            float(self.pgr), self.replicates, level, undefined=self.undefined
        )

    @property
    def sd(self) -> float | None:
        """Standard deviation (ddof 1) of the seeds' own PGRs; None with one seed or undefined."""
        return float(np.std(self.own, ddof=1)) if self.own.size > 1 else None

    def note(self, level: float) -> str:
        """Why there is no value or no bound; '' where there are both."""
        return self.why or ("" if self.estimate(level).bounded else UNCLEAR_GAP_NOTE)
