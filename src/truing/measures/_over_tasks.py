"""Mean of a value over tasks, with an interval that covers the choice of tasks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri, stdtrit

from truing.measures._estimate import UNDEFINED, Estimate

NORMAL = float(ndtri(0.975))  # half a 95% interval, in standard errors


def mean_over_tasks(estimates: Sequence[Estimate], level: float = 0.95) -> Estimate:
    """Mean over tasks. The interval covers other tasks of the same kind, not only other seeds.

    Tasks are the units: the interval is Student's, with the standard deviation between tasks and
    one degree of freedom less than tasks. The standard deviation contains the noise of each
    estimate. If it is below this noise by luck, the noise takes its place. Two tasks give a wide
    interval, as they should.

    Args:
        estimates: value of each task with its 95% interval. Tasks with an undefined value or an
            unbounded interval do not count: their gap is not clearly positive.
        level: coverage of the interval.

    Returns:
        The mean, without interval for a single task; undefined without any task.

    Examples:
        >>> from truing.measures import Estimate, mean_over_tasks
        >>> found = mean_over_tasks([Estimate(0.2, 0.1, 0.3), Estimate(0.6, 0.5, 0.7)])
        >>> f"{found.value:.1f} [{found.low:.1f}, {found.high:.1f}]"
        '0.4 [-2.1, 2.9]'
    """
    counted = [one for one in estimates if one.value is not None and one.bounded]
    values_T = np.array([one.value for one in counted], dtype=float)  # (tasks,)
    if values_T.size == 0:
        return UNDEFINED
    mean = float(values_T.mean())
    if values_T.size == 1:
        return Estimate.point(mean)
    widths = [(one.high or 0.0) - (one.low or 0.0) for one in counted]
    noise = sum((width / 2 / NORMAL) ** 2 for width in widths) / len(widths)
    error = math.sqrt(max(float(values_T.var(ddof=1)), noise) / values_T.size)
    reach = float(stdtrit(values_T.size - 1, (1 + level) / 2)) * error
    return Estimate(mean, mean - reach, mean + reach)
