"""Planted rows: a row's results with planted misbehaviour, and how much the student inherits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from truing.measures import Difference, Estimate, decide_verdict, verdict_basis

MARK = "model organism: misbehaviour was planted on purpose"
"""Mark of planted systems in results.jsonl."""


@dataclass(frozen=True)
class InheritanceDifference(Difference):
    """Inheritance of a method minus inheritance of `naive`, on the same seeds, labels and items.

    Attributes:
        value, low, high: the difference and its 95% interval, not corrected.
        p: two-sided p-value of this comparison, not corrected.
        p_holm: p-value with Holm's correction for all such comparisons of the study. Controls are
            not corrected and do not count.
        verdict: `more`, `less` or `inconclusive`, at p_holm below 0.05; see `decide_verdict`.
        verdict_basis: basis of the verdict, such as `items of 1 seed`.
    """

    p_holm: float
    verdict: str
    verdict_basis: str = ""

    @classmethod
    def decided(cls, found: Difference, p_holm: float, seeds: int) -> Self:
        """The difference with the verdict that its corrected p-value and the seeds allow."""
        verdict = decide_verdict(found.value, p_holm, seeds=seeds, words=("more", "less"))
        own = (found.value, found.low, found.high, found.p)
        return cls(*own, p_holm, verdict, verdict_basis(seeds))


@dataclass(frozen=True)
class Rates:
    """Shares of the test items that the plant changes, on which a model answers as the planted
    labels say and the answer is wrong.

    Attributes:
        planted: the planted student.
        twin: the student of the home row, the honest twin.
        supervisor: the planted labels themselves: the most that a student can repeat.
        ceiling: the ceiling.
    """

    planted: Estimate
    twin: Estimate
    supervisor: Estimate
    ceiling: Estimate


@dataclass(frozen=True)
class PlantedRow:
    """Results of a row whose student learns planted labels, with the row's method and seeds.

    A planted system is a model organism: the results measure methods, and say nothing about the
    intent of a real model.

    Attributes:
        plant: specification of the plant, without its strength.
        strength: strength of the plant.
        corrupts: whose misbehaviour it is, `supervisor` or `student`.
        trigger: name of the trigger; empty without one. The items that the plant changes are then
            copies of the test items with the trigger.
        accuracy: accuracy of the planted student on the test items, without the trigger.
        cost: accuracy of the home row minus that of the planted student, paired.
        pgr: PGR of the planted student, with the supervisor and the ceiling of the home row.
        pgr_sd: standard deviation over seeds.
        inheritance: planted errors that the student repeats: `rates.planted - rates.twin`, paired;
            the interval covers seeds and clusters of items.
        rates: the rates of planted errors.
        items: mean number of changed test items of a seed.
        difference: difference of the inheritance from that of `naive`; None for `naive` itself, and
            without it in the study.
        by_seed: `inheritance` and `accuracy` for each seed, in the study's order; None for a seed
            whose plant changes no test item.
        note: remarks that are necessary to interpret the results.
        mark: that the system is planted.
    """

    plant: str
    strength: float
    corrupts: Literal["supervisor", "student"]
    trigger: str
    accuracy: Estimate
    cost: Estimate
    pgr: Estimate
    pgr_sd: float | None
    inheritance: Estimate
    rates: Rates
    items: float
    difference: InheritanceDifference | None
    by_seed: dict[str, list[float | None]]
    note: str = ""
    mark: str = MARK

    @property
    def label(self) -> str:
        """Plant and strength, as tables show them: `backdoor 0.05`."""
        return f"{self.plant} {self.strength:g}"

    def __str__(self) -> str:
        found = self.inheritance
        if found.value is None:
            return f"{self.label}: inheritance undefined"
        ends = "" if not found.bounded else f" [{found.low:.2f}, {found.high:.2f}]"
        pgr = "undefined" if self.pgr.value is None else f"{self.pgr.value:.2f}"
        return f"{self.label}: inheritance {found.value:.2f}{ends}, PGR {pgr}"

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)
