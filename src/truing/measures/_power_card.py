"""Power card: the smallest strength of a plant that a monitor detects with a stated power."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures._estimate import Estimate
from truing.measures._exact import clopper_pearson
from truing.measures._suspicion import check_share


@dataclass(frozen=True)
class SmallestStrength:
    """The smallest strength that is detected with a power.

    The interval comes from two sequences of exact tests, each at one-sided level (1 - level) / 2.

    - Low end: from the weakest strength upwards, test that the power is at least `power`, and stop
      at the first strength whose test does not reject. The low end is the last rejected strength.
      Let w be the weakest tested strength with a true power of at least `power`. The low end is w
      or larger only if the test at w rejects, because a sequence that goes on has rejected all
      weaker strengths and stops at the first that is not rejected. That test rejects a true
      hypothesis, with probability (1 - level) / 2 at most. So no correction for the number of
      strengths is needed (fixed-sequence procedure; Maurer, Hothorn & Lehmacher 1995).
    - High end: from the strongest strength downwards, test that the power is at most `power`. The
      same argument is valid for the strongest tested strength whose true power is at most `power`.

    Both are valid although all strengths share seeds and references, because the argument uses one
    test alone. If the true power does not decrease with strength, the interval contains the
    smallest strength with that power with probability `level` or more. The ends are tested
    strengths, so a finer grid gives a narrower interval. The power is that of new seeds with the
    given references.

    Attributes:
        strength: the value, and the ends of its interval; None where the data do not bound it.
        tested: smallest tested strength whose fitted power reaches the power; None if none does.
        note: why the value or an end is missing; empty if none is.
    """

    strength: Estimate
    tested: float | None
    note: str


def smallest_strength(
    strengths: Sequence[float],
    alarms: Sequence[np.ndarray],
    *,
    power: float = 0.8,
    level: float = 0.95,
) -> SmallestStrength:
    """The smallest strength that raises an alarm with probability `power`, with its interval.

    The value is read from a monotone (isotonic) fit of the share of systems with an alarm: the
    strength at which the fit, linear in log strength between tested strengths, reaches the power.
    If the weakest tested strength reaches it, the value is that strength and is an upper bound. The
    value is None if the strongest does not reach it.

    `SmallestStrength` states how the interval is found and why it is valid.

    Args:
        strengths: K tested strengths, above 0, in any order.
        alarms: K arrays (S_k,) of bools: whether each planted system of that strength has an alarm.
        power: wanted share of systems with an alarm.
        level: confidence level.

    Raises:
        ValueError: there is no strength, a strength is not above 0 or occurs twice, or there is no
            system.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import smallest_strength
        >>> detected = [np.arange(20) < count for count in (1, 6, 17, 20)]
        >>> found = smallest_strength([0.01, 0.02, 0.05, 0.1], detected)
        >>> f"{found.strength.value:.3f} [{found.strength.low}, {found.strength.high}]"
        '0.046 [0.02, 0.1]'
        >>> found.tested
        0.05
    """
    check_share("power", power)
    strengths_K, counts_K, systems_K = _checked(strengths, alarms)
    fitted_K = _monotone(counts_K / systems_K, systems_K)
    at = int(np.argmax(np.append(fitted_K, np.inf) >= power - 1e-12))
    tested = float(strengths_K[at]) if at < strengths_K.size else None
    value = None if tested is None else _crossing(strengths_K, fitted_K, at, power)
    found = Estimate(value, *_ends(strengths_K, counts_K, systems_K, power, level))
    return SmallestStrength(found, tested, _note(found, int(systems_K.max()), power, level))


def _checked(strengths, alarms) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Strengths (K,) in ascending order, numbers of alarms (K,) and of systems (K,)."""
    strengths_K = np.asarray(strengths, dtype=float)
    if strengths_K.ndim != 1 or strengths_K.size == 0 or len(alarms) != strengths_K.size:
        raise ValueError(
            "strengths and alarms must have the same length, 1 or more, got "
            f"{strengths_K.size} and {len(alarms)}"
        )
    if not (strengths_K > 0.0).all() or np.unique(strengths_K).size < strengths_K.size:
        raise ValueError(f"strengths must be above 0 and differ, got {strengths_K.tolist()}")
    systems_K = np.array([np.size(one) for one in alarms])
    if (systems_K == 0).any():
        raise ValueError("each strength needs 1 or more systems")
    counts_K = np.array([np.count_nonzero(one) for one in alarms])
    order = np.argsort(strengths_K)
    return strengths_K[order], counts_K[order], systems_K[order]


def _monotone(shares_K: np.ndarray, systems_K: np.ndarray) -> np.ndarray:
    from scipy.optimize import isotonic_regression  # takes half a second

    return np.asarray(isotonic_regression(shares_K, weights=systems_K.astype(float)).x)


def _crossing(strengths_K: np.ndarray, fitted_K: np.ndarray, at: int, power: float) -> float:
    """Strength at which the fit reaches the power, between the strengths `at - 1` and `at`."""
    if at == 0:
        return float(strengths_K[0])
    part = (power - fitted_K[at - 1]) / (fitted_K[at] - fitted_K[at - 1])
    return float(strengths_K[at - 1] * (strengths_K[at] / strengths_K[at - 1]) ** min(part, 1.0))


def _ends(
    strengths_K: np.ndarray, counts_K: np.ndarray, systems_K: np.ndarray, power: float, level: float
) -> tuple[float | None, float | None]:
    """Ends of the interval, from exact tests in a fixed sequence; see `SmallestStrength`."""
    bounds = [
        clopper_pearson(int(count), int(systems), level)
        for count, systems in zip(counts_K, systems_K, strict=True)
    ]
    weaker = _leading([one.high is not None and one.high < power for one in bounds])
    stronger = _leading([one.low is not None and one.low > power for one in reversed(bounds)])
    low = float(strengths_K[weaker - 1]) if weaker else None
    return low, float(strengths_K[-stronger]) if stronger else None


def _leading(rejected: list[bool]) -> int:
    """Number of rejected hypotheses before the first that is not rejected."""
    return rejected.index(False) if False in rejected else len(rejected)


def _note(strength: Estimate, systems: int, power: float, level: float) -> str:
    least = math.ceil(math.log((1.0 - level) / 2.0) / math.log(power) - 1e-9)
    if systems < least:
        return f"an upper end of the interval needs {least} seeds, there are {systems}"
    if strength.value is None:
        return "not detected with the power at the largest tested strength"
    if strength.low is None:
        return "the smallest tested strength may have the power already"
    if strength.high is None:
        return "the largest tested strength may lack the power"
    return ""
