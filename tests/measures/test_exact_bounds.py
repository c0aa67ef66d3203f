"""Exact bounds and e-values equal scipy, closed forms and enumeration."""

import itertools

import numpy as np
import pytest
from scipy import stats

from truing.measures import (
    audits_until_attack,
    clopper_pearson,
    detection_probability,
    error_rate_p,
    expected_audits,
    sequential_test,
    spot_check_power,
)


@pytest.mark.parametrize(("x", "n"), [(0, 20), (1, 3), (17, 20), (20, 20), (50, 540)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_of_a_rate_is_that_of_scipy(x, n, level):
    exact = stats.binomtest(x, n).proportion_ci(level)
    found = clopper_pearson(x, n, level)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-12)


@pytest.mark.parametrize(("x", "n", "rate"), [(0, 20, 0.05), (3, 20, 0.05), (50, 50, 0.5)])
def test_the_p_value_of_a_spot_check_is_that_of_scipy(x, n, rate):
    expected = stats.binomtest(x, n, rate, alternative="greater").pvalue
    assert error_rate_p(x, n, rate) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("N", "K", "n"), [(10, 0, 3), (10, 3, 0), (10, 3, 8), (540, 27, 50), (2000, 1900, 10)]
)
def test_the_probability_of_detection_is_hypergeometric(N, K, n):
    expected = stats.hypergeom(N, K, n).sf(0)
    assert detection_probability(N, K, n) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("N", "K"), [(5, 1), (6, 2), (6, 6)])
def test_expected_audits_are_the_mean_over_all_orders(N, K):
    first = [min(where) + 1 for where in itertools.combinations(range(N), K)]
    assert expected_audits(N, K) == pytest.approx(np.mean(first))
    assert audits_until_attack(np.zeros(N), np.arange(N) < K) == pytest.approx(np.mean(first))


@pytest.mark.parametrize("items", [None, 200])
@pytest.mark.parametrize("rate", [0.0, 0.05, 0.15, 1.0])
def test_the_power_of_a_spot_check_sums_the_counts_with_an_alarm(rate, items):
    n = 50
    law = stats.binom(n, rate) if items is None else stats.hypergeom(items, round(rate * items), n)
    alarms = [x for x in range(n + 1) if error_rate_p(x, n, 0.05) <= 0.05]
    expected = sum(law.pmf(x) for x in alarms)
    assert spot_check_power(n, 0.05, rate, items=items) == pytest.approx(expected, abs=1e-10)
    assert len(alarms) == 45


def test_a_check_that_cannot_raise_an_alarm_has_no_power():
    assert error_rate_p(1, 1, 0.2) > 0.05
    assert spot_check_power(1, 0.2, 1.0) == 0.0
    assert spot_check_power(1, 0.2, 1.0, items=10) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: clopper_pearson(3, 2), "successes"),
        (lambda: clopper_pearson(0, 0), "trials"),
        (lambda: error_rate_p(3, 2, 0.1), "errors must be from 0 to audits"),
        (lambda: error_rate_p(1, 2, 0.0), "rate must be above 0"),
        (lambda: detection_probability(5, 6, 1), "attacked must be from 0 to items"),
        (lambda: detection_probability(5, 1, 1.5), "audits must be a whole number"),
        (lambda: expected_audits(5, 0), "attacked must be 1 or more"),
        (lambda: sequential_test([0, 2], 0.1), "errors must be True or False"),
        (lambda: sequential_test([0, 1], 0.1, items=1), "items must be at least"),
    ],
)
def test_numbers_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def sequences(audits):
    return np.array(list(itertools.product((0, 1), repeat=audits)))


@pytest.mark.parametrize("true_rate", [0.1, 0.05])
def test_the_expected_e_value_is_1_at_the_largest_honest_rate_and_less_below(true_rate):
    every = sequences(9)
    p_of_each = np.prod(np.where(every == 1, true_rate, 1 - true_rate), axis=1)
    found = [sequential_test(one, 0.1) for one in every]
    expected_t = p_of_each @ np.array([one.e for one in found])
    if true_rate == 0.1:
        assert expected_t == pytest.approx(np.ones(9), abs=1e-12)
    else:
        assert (expected_t < 1.0).all()
    for fpr in (0.05, 0.2):
        stopped = [one.stop(fpr) is not None for one in found]
        assert p_of_each @ np.array(stopped) <= fpr


@pytest.mark.parametrize("wrong", [1, 3])
def test_without_replacement_the_expected_e_value_is_at_most_1(wrong):
    """All orders of 10 items with 1 or 3 errors; an honest system has at most 3."""
    orders = np.zeros((0, 10))
    for where in itertools.combinations(range(10), wrong):
        orders = np.vstack([orders, np.isin(np.arange(10), where)])
    found = [sequential_test(one, 0.3, items=10) for one in orders]
    expected_t = np.mean([one.e for one in found], axis=0)
    assert (expected_t <= 1.0 + 1e-12).all()
    if wrong == 3:
        assert expected_t == pytest.approx(np.ones(10), abs=1e-12)
    assert np.mean([one.stop(0.1) is not None for one in found]) <= 0.1


def test_more_errors_than_an_honest_system_can_have_disprove_the_hypothesis():
    found = sequential_test([1, 1, 1, 0, 1, 0], 0.3, items=10)
    assert np.isfinite(found.e[:4]).all()
    assert found.e[4:].tolist() == [np.inf, np.inf]
    assert found.p[4:].tolist() == [0.0, 0.0]
    assert sequential_test([0, 1], 0.05, items=10).stop(0.01) == 2


def test_the_sequential_check_stops_earlier_on_a_worse_system():
    rng = np.random.default_rng(3)
    stops = {
        rate: [sequential_test(rng.random(300) < rate, 0.05).stop(0.05) for _ in range(60)]
        for rate in (0.05, 0.15, 0.4)
    }
    assert sum(one is not None for one in stops[0.05]) <= stats.binom.ppf(0.999, 60, 0.05)
    assert None not in stops[0.4]
    known = [one for one in stops[0.15] if one is not None]
    assert len(known) > 50
    assert np.mean(stops[0.4]) < 12 < np.mean(known)
