"""The crossed bootstrap's variance, against what it has to be."""

import numpy as np
import pytest

from truing.measures import (
    ClusterSums,
    CrossedMoves,
    Estimate,
    percentile_estimate,
    reweight_clusters,
    spread_of,
    sum_clusters,
)


def test_mean_squares_of_a_table_done_by_hand():
    # Rows differ by 2, columns by 4, and the rest is a checkerboard of 1.
    table = np.array([[1.0 + 1.0 + 2.0, -1.0 + 1.0 - 2.0], [-1.0 - 1.0 + 2.0, 1.0 - 1.0 - 2.0]])
    spread = spread_of(table)
    assert spread.seed == pytest.approx(1.0)  # 2 / (2 * 1)
    assert spread.cluster == pytest.approx(4.0)  # 8 / (2 * 1)
    assert spread.residual == pytest.approx(1.0)  # 4 / (2 * 2 * 1 * 1)
    assert spread.variance == pytest.approx(4.0)
    assert spread.degrees_of_freedom == pytest.approx(16.0 / (1.0 + 16.0 + 1.0))


def test_the_variance_is_unbiased_where_no_part_is_negative():
    rng = np.random.default_rng(0)
    seed_sd, item_sd, cell_sd, S, C = 1.0, 3.0, 2.0, 6, 30
    found = []
    for _ in range(2000):
        table = seed_sd * rng.standard_normal((S, 1)) + item_sd * rng.standard_normal((1, C))
        found.append(spread_of(table + cell_sd * rng.standard_normal((S, C))).variance)
    truth = seed_sd**2 / S + item_sd**2 / C + cell_sd**2 / (S * C)
    assert np.mean(found) == pytest.approx(truth, rel=0.04)


def test_replicates_have_the_variance_of_the_mean_squares():
    rng = np.random.default_rng(1)
    values = rng.random((2, 4, 25)) + rng.random((2, 4, 1))
    totals = sum_clusters(values, None)
    moves = CrossedMoves.draw(totals, rng, 60_000)
    spread = spread_of(totals.influences()[1])
    by_seeds = moves.across_seeds(totals.seed_means)[:, 1]
    assert np.var(by_seeds) == pytest.approx(spread.seed, rel=0.03)
    by_items = moves.by_seed.mean(axis=-1)[:, 1]
    assert np.var(by_items) == pytest.approx(spread.cluster, rel=0.03)


def test_clusters_are_summed_in_any_order_of_items():
    values = np.arange(6.0).reshape(1, 1, 6)
    totals = sum_clusters(values, np.array([7, -2, 7, 3, -2, 7]))
    assert totals.sums[0, 0].tolist() == [5.0, 3.0, 7.0]
    assert totals.sizes.tolist() == [2.0, 1.0, 3.0]
    assert totals.means[0] == pytest.approx(2.5)
    assert totals.influences().mean() == pytest.approx(0.0, abs=1e-12)


def test_all_roles_share_the_bootstrap_weights():
    row = np.random.default_rng(2).random(40)
    moves = reweight_clusters(
        np.stack([row, 2.0 * row, 0.0 * row]), np.ones(40), np.random.default_rng(0), 100
    )
    assert moves[:, 1] == pytest.approx(2.0 * moves[:, 0])
    assert (moves[:, 2] == 0.0).all()


def test_reweighting_in_parts_gives_equal_results(monkeypatch):
    totals = ClusterSums(np.random.default_rng(3).random((2, 3, 50)), np.ones(50))
    whole = CrossedMoves.draw(totals, np.random.default_rng(0), 100).by_seed
    monkeypatch.setattr("truing.measures._reweight._WEIGHTS_AT_ONCE", 170)
    parts = CrossedMoves.draw(totals, np.random.default_rng(0), 100).by_seed
    assert parts == pytest.approx(whole, abs=1e-13)


def test_percentiles_are_rounded_outwards():
    assert percentile_estimate(500.0, np.arange(1000.0), 0.95) == Estimate(500.0, 24.0, 975.0)


def test_undefined_replicates_widen_both_ends():
    values = np.arange(1000.0)
    some, many = values < 10, values < 30
    found = percentile_estimate(500.0, values, 0.95, undefined=some)
    assert found.low == 24.0
    assert found.high == 985.0
    assert percentile_estimate(500.0, values, 0.95, undefined=many) == Estimate.point(500.0)


def test_an_estimate_is_clipped_and_its_replicates_must_not_be_nan():
    with pytest.raises(ValueError, match="replicates contain NaN"):
        percentile_estimate(0.5, np.full(100, np.nan), 0.95)
    assert Estimate(0.5, -0.2, 1.3).clipped(0.0, 1.0) == Estimate(0.5, 0.0, 1.0)
    assert not Estimate(0.5, None, 1.0).bounded
