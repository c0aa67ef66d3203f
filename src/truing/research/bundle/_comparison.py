"""Comparison of a recorded evaluation with the evaluation of a rerun."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from truing.research._evaluation import Evaluation, Gain

TOLERANCE = 0.01  # accuracy; allowed on other versions or processors, with equal seeds and items
ALPHA = 0.05
NORMAL = NormalDist()
WIDTH = 2 * NORMAL.inv_cdf(0.975)  # of a 95% interval, in standard errors


@dataclass(frozen=True)
class Comparison:
    """Whether a rerun agrees with the ledger.

    Attributes:
        reproduced: whether it agrees.
        why: the reason, in one line.
        largest: largest difference of an accuracy or a gain; None if one of them failed.
    """

    reproduced: bool
    why: str
    largest: float | None = None


def compare_again(
    recorded: Evaluation, found: Evaluation, differences: Sequence[str]
) -> Comparison:
    """Compare evaluations with the same seeds and items.

    Args:
        recorded, found: the evaluations.
        differences: versions that differ, one text each.
    """
    failed = _compare_failures(recorded, found)
    if failed is not None:
        return failed
    if _values(recorded) == _values(found):
        other = f"; versions differ ({'; '.join(differences)})" if differences else ""
        return Comparison(True, f"all gains, intervals and p-values are identical{other}", 0.0)
    pairs = zip(recorded.gains, found.gains, strict=True)
    largest = max(
        abs(getattr(one, name) - getattr(other, name))
        for one, other in pairs
        for name in ("accuracy", "value")
    )
    reproduced = largest <= TOLERANCE
    place = "within" if reproduced else "above"
    cause = (
        f"versions differ ({'; '.join(differences)})"
        if differences
        else "the versions are the same; another processor, or code whose results vary between "
        "runs, can be the reason"
    )
    why = f"the largest difference is {largest:.4f}, {place} the tolerance of {TOLERANCE}; {cause}"
    return Comparison(reproduced, why, largest)


def compare_fresh(
    recorded: Evaluation, found: Evaluation, differences: Sequence[str]
) -> Comparison:
    """Compare evaluations on other seeds and items by a two-sample z test on each task.

    The items of both evaluations come from the same data and may overlap, which makes their gains
    more alike than the test presumes: it finds a difference too seldom rather than too often.

    Args:
        recorded, found: the evaluations.
        differences: versions that differ, one text each.
    """
    failed = _compare_failures(recorded, found)
    if failed is not None:
        return failed
    tested = [_test(*pair) for pair in zip(recorded.gains, found.gains, strict=True)]
    p = min(1.0, len(tested) * min(p for _, _, p in tested))
    difference, error, _ = max(tested, key=lambda one: abs(one[0]))
    low, high = difference - WIDTH / 2 * error, difference + WIDTH / 2 * error
    other = f"; versions differ ({'; '.join(differences)})" if differences else ""
    why = (
        f"on other seeds and items the gain differs by {difference:+.3f} [{low:+.3f}, {high:+.3f}] "
        f"(p {p:.2g}, two-sample test, Bonferroni over tasks){other}"
    )
    return Comparison(p >= ALPHA, why, abs(difference))


def _test(recorded: Gain, found: Gain) -> tuple[float, float, float]:
    """Difference of two gains, its standard error, and the two-sided p-value."""
    errors = [(one.high - one.low) / WIDTH for one in (recorded, found)]
    difference, error = found.value - recorded.value, math.hypot(*errors)
    if error == 0:
        return difference, error, float(difference == 0)
    return difference, error, 2 * NORMAL.cdf(-abs(difference) / error)


def _compare_failures(recorded: Evaluation, found: Evaluation) -> Comparison | None:
    """The comparison if one of the evaluations failed; else None."""
    if not (recorded.failure or found.failure):
        if len(recorded.gains) != len(found.gains):
            return Comparison(False, "the numbers of tasks differ")
        return None
    if recorded.failure == found.failure:
        return Comparison(True, f"the submission fails again: {found.failure}")
    stated, now = (one.failure or "no failure" for one in (recorded, found))
    return Comparison(False, f"recorded: {stated}; now: {now}")


def _values(evaluation: Evaluation) -> list[tuple[float, ...]]:
    return [(one.accuracy, one.value, one.low, one.high, one.p) for one in evaluation.gains]
