"""A ratio over a gap that may not be positive, and what is reported of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._interval import percentile_interval

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

    def figures(
        self, level: float
    ) -> tuple[float | None, float | None, float | None, float | None]:
        """(pgr, low, high, sd), None wherever there is no number or no bound."""
        if self.why:
            return None, None, None, None
        ends = percentile_interval(self.replicates, level, undefined=self.undefined)
        low, high = (end if np.isfinite(end) else None for end in (ends.low, ends.high))
        sd = float(np.std(self.own, ddof=1)) if self.own.size > 1 else None
        return float(self.pgr), low, high, sd

    def note(self, level: float) -> str:
        """Why there is no value or no bound; '' where there are both."""
        if self.why:
            return self.why
        ends = percentile_interval(self.replicates, level, undefined=self.undefined)
        return "" if ends.bounded else UNCLEAR_GAP_NOTE
