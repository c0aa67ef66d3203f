"""By simulation: the intervals of stress tests cover, and small studies of the benchmarks run."""

import numpy as np
import pytest

from tests.measures.conftest import benchmark

STUDIES = 120
LEAST = 0.95 - 3 * np.sqrt(0.95 * 0.05 / STUDIES)


@pytest.fixture(scope="module")
def simulated():
    return benchmark("detection_coverage")


@pytest.mark.parametrize(
    ("seeds", "auroc", "shared"), [(5, 0.8, 0.9), (20, 0.5, 0.5), (10, 0.99, 0)]
)
def test_intervals_of_auroc_over_systems_cover(simulated, seeds, auroc, shared):
    rng = np.random.default_rng(31)
    assert simulated.auroc_coverage(seeds, auroc, shared, STUDIES, rng) >= LEAST


def test_intervals_of_the_true_positive_rate_cover_the_rate_of_new_seeds(simulated):
    rng = np.random.default_rng(32)
    assert simulated.tpr_coverage(20, 99, 2.5, STUDIES, rng) >= LEAST


def test_intervals_of_the_smallest_strength_cover_and_have_both_ends(simulated):
    found = simulated.strength_coverage(20, 10.0, STUDIES, np.random.default_rng(33))
    assert found["covered"] >= LEAST
    assert min(found["low end"], found["high end"]) > 0.8


def test_intervals_over_items_cover(simulated):
    auroc, audits = simulated.item_coverage(10, 60, 0.1, 40, np.random.default_rng(34))
    assert min(auroc, audits) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40)


def test_the_combination_raises_at_most_the_declared_share_of_false_alarms(simulated):
    share, error, _ = simulated.combined_false_alarms(20, 39, 2, np.random.default_rng(35))
    assert share <= 0.05 + 3 * max(error, np.sqrt(0.05 * 0.95 / 20))


def test_spot_checks_follow_the_hypergeometric_law():
    rng = np.random.default_rng(36)
    found = benchmark("likelihood_ratio").spot_check_rows(60, rng)
    assert len(found) == 8
    assert all(one.low <= theory <= one.high for _, theory, one in found)


def test_no_monitor_detects_more_than_the_likelihood_ratio(monkeypatch):
    bound = benchmark("likelihood_ratio")
    monkeypatch.setattr(bound, "EXACT", 3000)
    rng = np.random.default_rng(37)
    best = bound.best_rates(0.1, rng)
    assert 0.9 < best[0] < 1.0
    assert best[1] < 0.95
    (monitor,) = [one for one in bound.usable_monitors() if one.factory == "disagreement"]
    rates = bound.measured_rates(monitor, 2, 4, 19, rng, [0.1])[0.1]
    assert not bound.is_above(rates, best).any()
    assert bound.is_above(np.ones((2, 2)), best).all()


@pytest.mark.parametrize(("shift", "found"), [(0.0, 0), (0.3, 1)])
def test_the_benchmark_of_false_alarms_finds_twins_that_differ_from_references(shift, found):
    alarms, rng = benchmark("false_alarms"), np.random.default_rng(36)
    twins, references = rng.normal(size=(10, 100)) + shift, rng.normal(size=(10, 99))
    above = [alarms.share_above(*one) for one in zip(twins, references, strict=True)]
    rates = [(0.01, 0.05)] * 10  # the shares of alarms alone show nothing
    key = ("liar", "probe")
    assert alarms.print_shares({key: rates}, {key: above}, {key: 99}, 100) == found
