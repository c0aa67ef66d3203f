"""Compared: the difference of one accuracy or share between two runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

from scipy.special import ndtr, ndtri

from truing.measures import UNDEFINED, Difference, Estimate

ENDS = ("value", "low", "high")
Z = float(ndtri(0.975))


@dataclass(frozen=True)
class Compared(Estimate):
    """An accuracy of a run, or a share, minus that of the first run; None if unknown.

    Attributes:
        run: number of the run in the comparison; the first is 0.
        names: for each part (task, weak, strong and method, or protocol, or plant, strength and
            monitor), its names in the first run and in this run.
        quantity: weak accuracy, transfer accuracy, ceiling accuracy, accuracy, or share detected at
            a declared false-positive rate.
        first, second: accuracy in the first run and in this run; None if all plays of a protocol
            were left out.
        seeds: number of compared seeds; if not paired, the smaller number of both runs; None
            without seeds.
        items: number of compared items, or of planted systems; None if not paired.
        p: two-sided p-value of this comparison, not corrected.
        p_holm: p-value, Holm-corrected over all comparisons.
        verdict: `higher`, `lower` or `inconclusive`, at p_holm below 0.05; restricted to the seeds
            if there are only one or two, see `decide_verdict`.
        verdict_basis: basis of the verdict, such as `items of 1 seed`.
        note: reason why the difference is not paired, only partly paired, or missing.
    """

    run: int
    names: dict[str, tuple[str, str]]
    quantity: str
    first: float | None
    second: float | None
    seeds: int | None
    items: int | None
    p: float | None
    note: str = ""
    p_holm: float | None = None
    verdict: str = ""
    verdict_basis: str = ""

    @property
    def paired(self) -> bool:
        """Whether both use the same items and, in studies, the same seeds."""
        return self.items is not None

    def to_json(self) -> dict[str, Any]:
        """JSON values, in which the value is called `difference`."""
        given = {name: value for name, value in vars(self).items() if name not in ENDS}
        about = {name: given.pop(name) for name in ("run", "names", "quantity", "first", "second")}
        return {**about, **self.named("difference"), "paired": self.paired, **given}

    @classmethod
    def of(
        cls,
        run: int,
        names: dict[str, tuple[str, str]],
        quantity: str,
        values: tuple[float | None, float | None],
        difference: Estimate = UNDEFINED,
        p: float | None = None,
        *,
        seeds: int | None = None,
        items: int | None = None,
        note: str = "",
    ) -> Self:
        """A difference with its interval, which is paired if `items` is given."""
        ends = difference.value, difference.low, difference.high
        return cls(*ends, run, names, quantity, *values, seeds, items, p, note)


@dataclass(frozen=True)
class ComparedRun:
    """A run compared with the first run.

    Attributes:
        compared: the comparisons.
        unchanged: number of accuracies that come from the same steps in both runs.
        only_first, only_second: names of the rows that only the first run, or only this run, has.
    """

    compared: list[Compared]
    unchanged: int
    only_first: set[str]
    only_second: set[str]


def unpaired_difference(first: Estimate, second: Estimate) -> Difference | None:
    """Difference of two values from their 95% intervals; None if an interval is unknown.

    The interval is that of Zou & Donner 2008 (MOVER), which treats the two values as independent.
    Values on the same items are positively correlated, so the interval is conservative. p is the
    level at which the interval would reach zero under normal errors.
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
    p = 1.0 if difference == 0 else float(2 * ndtr(-z))
    return Difference(difference, difference - below, difference + above, p)
