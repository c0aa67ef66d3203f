"""Paired differences between monitors in the share of detected systems, with Holm's correction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from truing.measures._differences import Difference


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

    Args:
        alarms: (S,) bools of each monitor, about the same planted systems.
        reference: name of the reference; None for the first monitor.
        level: confidence level.

    Raises:
        ValueError: shapes differ, or there is no monitor with the name of the reference.
    """
    raise NotImplementedError
