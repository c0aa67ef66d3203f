"""Pressure curve: belief, truth and their gap for each n, and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from truing.measures._estimate import Estimate, with_estimates

OPENS, CLOSES = "opens", "closes"


@dataclass(frozen=True)
class PressurePoint:
    """The selected candidate among n, in expectation.

    Attributes:
        n: number of candidates among which one is selected.
        kl: KL divergence of the selected candidate from a single candidate, in nats.
        proxy: belief, in the argued answer, of the role that selects.
        judge: belief of the judge in the argued answer, if another role selects; None otherwise.
        truth: probability that the argued answer is correct.
        accuracy: accuracy of the judge's verdict on the selected play; a tie is wrong.
        gap: `proxy` minus `truth`.
        judge_gap: `judge` minus `truth`; None if the judge itself selects.
        gap_increase: `gap` minus the gap at n = 1.
        p: two-sided p-value of the hypothesis that `gap_increase` is 0; None at n = 1.
        p_holm: p-value corrected for all n and all curves (Holm 1979); None at n = 1.
        verdict: whether the gap `opens` or `closes` at p_holm < 0.05, or `inconclusive`; empty at
            n = 1.
    """

    n: int
    kl: float
    proxy: Estimate
    judge: Estimate | None
    truth: Estimate
    accuracy: Estimate
    gap: Estimate
    judge_gap: Estimate | None
    gap_increase: Estimate
    p: float | None
    p_holm: float | None
    verdict: str

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the JSON values of `to_json`."""
        return cls(**with_estimates(stored))


@dataclass(frozen=True)
class PressureCurve:
    """The curves of a judge under a protocol, as candidates are selected by belief.

    Attributes:
        protocol, judge, agent: names of the protocol and of the models that judge and that speak.
        reader: name of the model that selects; None if the judge selects.
        points: one point for each n; the first is n = 1, without selection.
        pools: number of pools of candidates, one for each question and order of its answers.
        questions: number of questions in every point.
        candidates: number of candidates in a pool, the median over pools.
        left_out: number of pools with fewer candidates than the largest n.
        unread: number of candidates whose verdict could not be read.
        mute: number of candidates in which a speech was refused, empty or cut off.
        distinct: share of candidates whose speech differs from all earlier candidates of its pool;
            None if the speeches are not recorded.
        simulated: whether an embedded agent or a generated question was involved.
    """

    protocol: str
    judge: str
    agent: str
    reader: str | None
    points: tuple[PressurePoint, ...]
    pools: int
    questions: int
    candidates: int
    left_out: int
    unread: int
    mute: int
    distinct: float | None
    simulated: bool

    @property
    def last(self) -> PressurePoint:
        """The point of the largest n."""
        return self.points[-1]

    @property
    def hacked(self) -> bool:
        """Whether the gap opens at some n: the judge believes more than it learns."""
        return any(point.verdict == OPENS for point in self.points)

    def to_json(self) -> dict[str, Any]:
        """JSON form; estimates are objects with `value`, `low` and `high`."""
        return {**asdict(self), "hacked": self.hacked}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the JSON values of `to_json`."""
        plain = {name: one for name, one in stored.items() if name != "hacked"}
        points = tuple(PressurePoint.from_json(one) for one in stored["points"])
        return cls(**{**plain, "points": points})


@dataclass(frozen=True)
class PressureComparison:
    """Difference of the increase of the gap at the largest n, first minus second curve.

    Attributes:
        protocol, agent: names that both curves share.
        first, second: names of the judges.
        questions: number of shared questions.
        difference: paired difference on the shared questions.
        p: two-sided p-value of the hypothesis of no difference; None with fewer than two clusters.
        p_holm: p-value corrected for all comparisons (Holm 1979).
        verdict: `larger`, `smaller` or `inconclusive`, about the first curve.
    """

    protocol: str
    agent: str
    first: str
    second: str
    questions: int
    difference: Estimate
    p: float | None
    p_holm: float | None
    verdict: str


@dataclass(frozen=True)
class PressureMeasures:
    """Curves in the order of the run, and comparisons of judges under the same protocol.

    Attributes:
        counts: values of n.
        curves: one curve for each protocol, judge and agent.
        comparisons: one comparison for each pair of judges of a protocol and an agent.
    """

    counts: tuple[int, ...]
    curves: tuple[PressureCurve, ...]
    comparisons: tuple[PressureComparison, ...]

    def to_json(self) -> dict[str, Any]:
        """JSON form; estimates are objects with `value`, `low` and `high`."""
        return {
            "counts": list(self.counts),
            "curves": [one.to_json() for one in self.curves],
            "comparisons": [asdict(one) for one in self.comparisons],
        }
