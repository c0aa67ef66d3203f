"""Differences of a row: from naive training, and of a judge's help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from truing.measures import Difference, decide_verdict, verdict_basis


@dataclass(frozen=True)
class DifferenceFromNaive(Difference):
    """Metric of a method minus metric of `naive`, on the same seeds and items.

    Attributes:
        value, low, high: the difference and its 95% interval, not corrected.
        p: two-sided p-value of this comparison, not corrected.
        p_holm: p-value with Holm's correction for all comparisons of the study. Controls (oracle,
            shuffled) are not corrected and do not count.
        verdict: `better`, `worse` or `inconclusive`, at p_holm below 0.05; with one or two seeds
            `better on this seed` or `better on these 2 seeds`, see `decide_verdict`.
        verdict_basis: basis of the verdict, such as `items of 1 seed`.
    """

    p_holm: float
    verdict: str
    verdict_basis: str = ""

    @classmethod
    def decided(cls, found: Difference, p_holm: float, seeds: int) -> Self:
        """The difference with the verdict that its corrected p-value and the seeds allow."""
        verdict = decide_verdict(found.value, p_holm, seeds=seeds)
        basis = verdict_basis(seeds)
        return cls(found.value, found.low, found.high, found.p, p_holm, verdict, basis)


@dataclass(frozen=True)
class Help:
    """Value of the help that a supervising judge receives.

    Attributes:
        unaided: label of the same judge without help.
        supervisor: gain of the judge, in the metric of the row.
        student: gain of its student.
    """

    unaided: str
    supervisor: Difference
    student: Difference
