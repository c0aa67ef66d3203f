"""Paired differences between monitors in the share of detected systems, with Holm's correction."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr, ndtri

from truing.measures._differences import Difference, holm
from truing.measures._verdict import decide_verdict


@dataclass(frozen=True)
class AlarmDifference:
    """Difference between a monitor and the reference in TPR, on the same planted systems.

    Attributes:
        monitor, reference: names; the difference is the monitor's TPR minus the reference's.
        difference: the difference, with its interval and its exact p-value.
        p_holm: p-value corrected for all monitors that are compared (Holm 1979).
        verdict: `better`, `worse` or `inconclusive`, about the monitor, at p_holm < 0.05.
    """

    monitor: str
    reference: str
    difference: Difference
    p_holm: float
    verdict: str


def compare_alarms(
    alarms: Mapping[str, np.ndarray], *, reference: str | None = None, level: float = 0.95
) -> tuple[AlarmDifference, ...]:
    """Differences of each monitor from the reference in TPR, exact and paired by system.

    Only systems on which the two monitors differ count. If they are equally good, each such system
    is detected by either with probability 1/2: p is the two-sided binomial p-value (exact test of
    McNemar 1947). The interval is the adjusted Wald interval for paired proportions (Bonett & Price
    2012): with f and g systems that only the monitor or only the reference detects, p1 = (f + 1) /
    (S + 2) and p2 = (g + 1) / (S + 2), it is

        p1 - p2 +- z sqrt((p1 + p2 - (p1 - p2)^2) / (S + 2)).

    Args:
        alarms: (S,) bools of each monitor, about the same planted systems.
        reference: name of the reference; None for the first monitor.
        level: confidence level.

    Raises:
        ValueError: shapes differ, or there is no monitor with the name of the reference.

    Examples:
        >>> import numpy as np
        >>> from truing.measures import compare_alarms
        >>> alarms = {"misfit": np.arange(20) < 6, "probe": np.arange(20) < 18}
        >>> (found,) = compare_alarms(alarms)
        >>> f"{found.monitor} {found.difference.value:+.2f}, p {found.p_holm:.4f}, {found.verdict}"
        'probe +0.60, p 0.0005, better'
    """
    names = list(alarms)
    reference = names[0] if reference is None and names else reference
    if reference not in names:
        raise ValueError(f"no monitor {reference!r}; there are: {', '.join(map(str, names))}")
    raised = {name: np.asarray(one, dtype=bool) for name, one in alarms.items()}
    base_S = raised.pop(reference)
    for name, one in raised.items():
        if one.shape != base_S.shape or one.ndim != 1 or one.size == 0:
            raise ValueError(f"alarms of {name} must have shape {base_S.shape}, got {one.shape}")
    differences = [_difference(one, base_S, level) for one in raised.values()]
    corrected = holm([one.p for one in differences]).tolist()
    return tuple(
        AlarmDifference(name, reference, one, p, decide_verdict(one.value, p))
        for name, one, p in zip(raised, differences, corrected, strict=True)
    )


def _difference(first_S: np.ndarray, second_S: np.ndarray, level: float) -> Difference:
    S = first_S.size
    gained, lost = int((first_S & ~second_S).sum()), int((second_S & ~first_S).sum())
    p = min(1.0, 2.0 * float(bdtr(min(gained, lost), gained + lost, 0.5)))
    value = (gained - lost) / S
    more, less = (gained + 1) / (S + 2), (lost + 1) / (S + 2)
    middle = more - less
    reach = float(ndtri((1.0 + level) / 2.0)) * math.sqrt((more + less - middle**2) / (S + 2))
    low, high = min(middle - reach, value), max(middle + reach, value)
    return Difference(value, max(low, -1.0), min(high, 1.0), p)
