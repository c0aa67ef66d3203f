"""Compared: one figure in two runs, and how far apart it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from truing.measures import Difference, Estimate

Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Compared:
    """A figure of a run less the same figure of the first run.

    Attributes:
        run: number of the run in the comparison; the first is 0.
        names: what the figure belongs to (task, weak, strong and method, or a protocol), in the
            first run and in this one.
        figure: weak accuracy, transfer accuracy, ceiling accuracy, or accuracy.
        first, second: the figure in the first run, and in this one; None where all plays of a
            protocol were left out.
        difference, low, high: second less first, with its 95% interval; None where nothing tells.
        paired: on the same items, and on the same seeds where there are seeds.
        seeds: seeds that were compared, the smaller number of the two runs where they are not
            paired; None where there are no seeds.
        items: items that were compared; None where they are not paired.
        p: two-sided, of this comparison alone.
        p_holm: corrected by Holm's method for all comparisons.
        verdict: `higher`, `lower` or `inconclusive`, at p_holm below 0.05; restricted to the seeds
            where there are one or two, see `decide_verdict`.
        verdict_basis: what the verdict is based on.
        note: why it is not paired, paired in part, or without a value.
    """

    run: int
    names: dict[str, tuple[str, str]]
    figure: str
    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None
    paired: bool
    seeds: int | None
    items: int | None
    p: float | None
    note: str = ""
    p_holm: float | None = None
    verdict: str = ""
    verdict_basis: str = ""


def unpaired_difference(first: Estimate, second: Estimate) -> Difference | None:
    """Difference of two values of which only 95% intervals are known; None without an interval.

    The ends are those of Zou & Donner 2008 (MOVER): each figure's distance to the end that matters,
    as independent errors. Figures of the same items move together, so that it errs on the safe
    side. p is where the interval would touch zero, if errors were normal.
    """
    if first.value is None or first.low is None or first.high is None:
        return None
    if second.value is None or second.low is None or second.high is None:
        return None
    difference = second.value - first.value
    below = math.hypot(second.value - second.low, first.high - first.value)
    above = math.hypot(second.high - second.value, first.value - first.low)
    reach = below if difference > 0 else above
    z = Z * abs(difference) / reach if reach else math.inf
    p = 1.0 if difference == 0 else float(2 * stats.norm.sf(z))
    return Difference(difference, difference - below, difference + above, p)
