"""By simulation: 95% intervals cover 92-98%, and null methods do not look better than naive."""

import math

import numpy as np
import pytest
from scipy import stats

from truing.measures import (
    estimate_pgr,
    holm,
    paired_difference,
    performance_gap_recovered,
    pgr_from_accuracies,
)

STUDIES = 600
SETTINGS = [
    (3, 500, "seed", False),
    (3, 100, "item", True),
    (5, 100, "seed", True),
    (5, 500, "mixed", True),
    (10, 100, "mixed", False),
    (20, 500, "item", True),
]


@pytest.mark.parametrize("cell", SETTINGS, ids=lambda cell: "-".join(map(str, cell)))
def test_pgr_intervals_cover_between_92_and_98_percent(cell, planted, record_property, capsys):
    setting = planted.Setting(*cell)
    covered, unbounded, accuracy = planted.measure_coverage(setting, STUDIES, 500, "pinned", 11)
    record_property("coverage", covered)
    with capsys.disabled():
        print(f"\n  {setting.label}: {covered:.3f} of {STUDIES} (unbounded {unbounded:.3f})")
    assert 0.92 <= covered <= 0.98
    assert 0.90 <= accuracy <= 0.99


def test_intervals_with_a_paired_baseline_cover_between_92_and_98_percent(planted):
    setting = planted.Setting(5, 500, "mixed", False)
    covered, *_ = planted.measure_coverage(setting, STUDIES, 500, "paired", 12)
    assert 0.92 <= covered <= 0.98


def test_a_bootstrap_only_over_items_covers_less_than_80_percent(planted):
    """The simulation can tell a bad interval from a good one."""
    setting = planted.Setting(5, 500, "seed", False)
    truth = performance_gap_recovered(*planted.ACCURACIES)
    rng = np.random.default_rng(13)
    covered = 0
    for _ in range(300):
        (weak, transfer, ceiling), _ = planted.plant_study(setting, rng)
        items_BN = rng.integers(0, 500, size=(300, 500))
        means = [role.mean(axis=0)[items_BN].mean(axis=1) for role in (weak, transfer, ceiling)]
        low, high = np.quantile(performance_gap_recovered(*means), [0.025, 0.975])
        covered += low <= truth <= high
    assert covered / 300 < 0.8


def test_intervals_from_recorded_accuracies_cover_at_least_92_percent(planted):
    setting = planted.Setting(5, 500, "mixed", False)
    truth = performance_gap_recovered(*planted.ACCURACIES)
    rng = np.random.default_rng(14)
    covered = {"pinned": 0, "paired": 0}
    for _ in range(300):
        roles, _ = planted.plant_study(setting, rng)
        rows = [
            {"group": "g", "role": role, "seed": s, "accuracy": accuracy, "n_test": 500}
            for role, values in zip(("weak", "transfer", "ceiling"), roles, strict=True)
            for s, accuracy in enumerate(values.mean(axis=1))
        ]
        for baseline in covered:
            (found,) = pgr_from_accuracies(rows, baseline=baseline, rng=rng, replicates=500)
            covered[baseline] += found.pgr.covers(truth)
    assert min(covered.values()) / 300 >= 0.92


def null_differences(seed: int, methods: int = 200, S: int = 10, N: int = 540):
    """Methods of naive's own true accuracy, correlated with it on the same seeds and items."""
    rng = np.random.default_rng(seed)
    seed_effect, item_effect = 0.2 * rng.standard_normal((S, 1)), 1.5 * rng.standard_normal(N)

    def method():
        own = 0.2 * rng.standard_normal((S, 1)) + 0.7 * rng.standard_normal(N)
        logits = 1.0 + seed_effect + item_effect + own
        return (rng.random((S, N)) < 1.0 / (1.0 + np.exp(-logits))).astype(float)

    naive = method()
    return [paired_difference(method(), naive, rng=rng, replicates=100) for _ in range(methods)]


def test_few_of_200_null_methods_look_better_than_naive(capsys):
    found = null_differences(seed=21)
    p = np.array([difference.p for difference in found])
    better = np.array([difference.value > 0.0 for difference in found])
    raw = int(((p < 0.05) & better).sum())
    after_holm = int(((holm(p) < 0.05) & better).sum())
    with capsys.disabled():
        print(f"\n  200 null methods: {raw} better at p < .05, {after_holm} after Holm")
    assert raw <= 0.05 * 200
    assert after_holm <= 0.05 * 200


def test_null_p_values_are_valid_over_independent_studies():
    """All methods of one study share naive's luck; here each comparison has a naive of its own."""
    found = [null_differences(seed=100 + i, methods=1, N=200)[0] for i in range(400)]
    rejected = sum(difference.p < 0.05 for difference in found)
    better = sum(difference.p < 0.05 and difference.value > 0.0 for difference in found)
    assert rejected <= stats.binom.ppf(0.999, 400, 0.05)
    assert better <= stats.binom.ppf(0.999, 400, 0.025)
    # And they are no formality: p-values of true nulls are spread over the whole of 0..1.
    assert math.isclose(np.mean([d.p for d in found]), 0.5, abs_tol=0.08)


def test_a_pgr_interval_of_ten_seeds_is_narrower_than_a_quarter(planted):
    setting = planted.Setting(10, 500, "mixed", False)
    rng = np.random.default_rng(15)
    roles, _ = planted.plant_study(setting, rng)
    found = estimate_pgr(*roles, rng=rng)
    assert found.pgr.high - found.pgr.low < 0.25
