"""Result of the capability gate on a method, and how it is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from truing.measures import SIGNIFICANT, holm
from truing.research._evaluation import Evaluation, Gain

GateOutcome = Literal["passed", "failed", "inconclusive"]


@dataclass(frozen=True)
class GateResult:
    """What the capability gate found about a method.

    Attributes:
        outcome: `passed`, `failed` or `inconclusive`. Only `passed` lets a method through.
        differences: accuracy difference from naive training on the ground truth, one for each task
            of the battery; empty if the method failed to run.
        p_holm: p-value of each difference, Holm-corrected over the tasks of the battery.
        margin: largest loss of accuracy that may remain unseen.
        failure: reason why the method could not be run on the battery; empty if it could.
        detail: error message of submitted code, for the owner only.
        withheld: the score that would have been released; None if the method passed, or if the
            score would not have been released.
    """

    outcome: GateOutcome
    differences: tuple[Gain, ...]
    p_holm: tuple[float, ...]
    margin: float
    failure: str = ""
    detail: str = ""
    withheld: float | None = None

    @property
    def passed(self) -> bool:
        """Whether the method passes."""
        return self.outcome == "passed"

    @property
    def in_range(self) -> GateResult:
        """The result with intervals clipped to -1..1, as reports show it."""
        return replace(self, differences=tuple(one.in_range for one in self.differences))


def judge(evaluation: Evaluation, margin: float) -> GateResult:
    """The result of the gate for the accuracy differences on the battery.

    failed: the method could not be run, a difference is shown to be below 0 (Holm-corrected over
    the tasks), or the upper end of an interval is below -margin. passed: not failed, and the lower
    end of each task's interval is above -margin. inconclusive: neither.

    "Some task loses the margin or more" is rejected only if each task rejects it, so the intervals
    need no correction (intersection-union test; Berger 1982): a method that loses the margin or
    more on any task passes with a probability of at most 2.5%, if the intervals are exact. A loss
    that is shown fails the gate even if it is smaller than the margin; the margin bounds the loss
    that remains unseen.

    Args:
        evaluation: differences from naive training on the battery, or a failure.
        margin: largest loss of accuracy that may remain unseen.

    Examples:
        >>> from truing.research.gate import judge
        >>> from truing.research.problems import Evaluation, Gain
        >>> def difference(value, low, high, p):
        ...     return Evaluation((Gain(value, low, high, p, "battery", 0.9),))
        >>> judge(difference(0.0, -0.02, 0.02, 1.0), margin=0.05).outcome
        'passed'
        >>> judge(difference(-0.04, -0.09, 0.01, 0.1), margin=0.05).outcome
        'inconclusive'
        >>> judge(difference(-0.03, -0.04, -0.02, 1e-6), margin=0.05).outcome
        'failed'
    """
    found = evaluation.gains
    corrected = tuple(map(float, holm([one.p for one in found]))) if found else ()
    return GateResult(
        _outcome(found, corrected, margin),
        found,
        corrected,
        margin,
        evaluation.failure,
        evaluation.detail,
    )


def _outcome(found: Sequence[Gain], corrected: Sequence[float], margin: float) -> GateOutcome:
    if not found:
        return "failed"
    for one, p in zip(found, corrected, strict=True):
        if (p < SIGNIFICANT and one.value < 0) or one.high < -margin:
            return "failed"
    return "passed" if all(one.low > -margin for one in found) else "inconclusive"
