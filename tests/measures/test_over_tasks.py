"""The mean over tasks: tasks are the units of its interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from truing.measures import UNDEFINED, Estimate, mean_over_tasks


def exact(value: float) -> Estimate:
    return Estimate(value, value, value)


def test_the_interval_of_exact_values_is_students():
    values = [0.1, 0.4, 0.5, 0.9]
    found = mean_over_tasks([exact(value) for value in values])
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (found.value, found.low, found.high) == pytest.approx((np.mean(values), low, high))


def test_equal_values_do_not_hide_the_noise_of_each_task():
    found = mean_over_tasks([Estimate(0.5, 0.5 - 1.96, 0.5 + 1.96)] * 4)
    reach = stats.t.ppf(0.975, 3) * 1 / np.sqrt(4)  # each task has a standard error of 1
    assert (found.low, found.high) == pytest.approx((0.5 - reach, 0.5 + reach), abs=1e-3)


def test_tasks_with_an_undefined_value_or_an_unbounded_interval_do_not_count():
    several = [exact(0.1), exact(0.4), exact(0.7)]
    unclear = [UNDEFINED, Estimate(9.0, None, None), Estimate(0.5, None, 0.8)]
    assert mean_over_tasks([*several, *unclear]) == mean_over_tasks(several)


def test_one_task_has_no_interval_and_no_task_no_value():
    assert mean_over_tasks([exact(0.3)]) == Estimate.point(0.3)
    assert mean_over_tasks([UNDEFINED]) == mean_over_tasks([]) == UNDEFINED


def test_the_interval_covers_the_mean_of_all_tasks_in_95_percent_of_samples():
    rng = np.random.default_rng(0)
    truth_ST = rng.normal(0.4, 0.3, size=(2_000, 5))  # (samples, tasks)
    seen_ST = truth_ST + rng.normal(0, 0.1, size=truth_ST.shape)
    covered = [
        mean_over_tasks([Estimate(v, v - 0.196, v + 0.196) for v in row]).covers(0.4)
        for row in seen_ST
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)
