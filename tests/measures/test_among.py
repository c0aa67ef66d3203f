"""Rates among the items that count in each seed, and their paired differences."""

import numpy as np
import pytest

from truing.measures import difference_among, paired_difference, rate_among


def seeded():
    return np.random.default_rng(0)


def draw(rate, seed, shape=(6, 200)):
    return (np.random.default_rng(seed).random(shape) < rate).astype(float)


def test_the_rate_is_the_share_of_the_counted_items_of_all_seeds():
    hits, counted = draw(0.6, 1), draw(0.3, 2) > 0
    found = rate_among(hits, counted, rng=seeded())
    assert found.value == pytest.approx(hits[counted].mean())
    assert found.low < found.value < found.high


def test_if_all_items_count_the_difference_is_the_paired_difference():
    first, second = draw(0.8, 1), draw(0.7, 2)
    among = difference_among(first, second, np.ones_like(first), rng=seeded())
    paired = paired_difference(first, second, rng=seeded())
    assert (among.value, among.low, among.high) == pytest.approx(
        (paired.value, paired.low, paired.high)
    )
    assert among.p == pytest.approx(paired.p)


def test_values_of_items_that_do_not_count_change_nothing():
    first, second, counted = draw(0.8, 1), draw(0.7, 2), draw(0.3, 3) > 0
    others = np.where(counted, first, 1 - first)
    found = [difference_among(one, second, counted, rng=seeded()) for one in (first, others)]
    assert found[0] == found[1]


def test_the_interval_covers_the_true_difference_at_the_stated_level():
    rng, covered = np.random.default_rng(5), 0
    for _ in range(200):
        region = rng.random(80) < 0.4  # items count in all seeds or in some, as lies on a topic do
        counted = region & (rng.random((5, 80)) < 0.5)
        seed_rate = 0.6 + 0.1 * rng.standard_normal((5, 1))
        hard = 0.2 * rng.standard_normal(80)
        first = (rng.random((5, 80)) < seed_rate + hard).astype(float)
        second = (rng.random((5, 80)) < 0.2).astype(float)
        found = difference_among(first, second, counted, rng=rng, replicates=400)
        covered += found.low <= 0.4 <= found.high
    assert covered >= 180


def test_without_spread_the_interval_is_that_of_clopper_and_pearson():
    counted = np.zeros((3, 50), bool)
    counted[:, :10] = True
    found = difference_among(np.ones((3, 50)), np.zeros((3, 50)), counted, rng=seeded())
    reach = 1 - 0.025 ** (1 / 10)
    assert (found.value, found.low) == pytest.approx((1.0, 1 - reach))


def test_one_cluster_with_counted_items_is_refused():
    counted = np.zeros((2, 4), bool)
    counted[:, :2] = True
    with pytest.raises(ValueError, match="2 or more clusters with a counted item, got 1"):
        rate_among(np.ones((2, 4)), counted, clusters=[0, 0, 1, 1], rng=seeded())
