"""Mean scores of evals and their differences, against independent closed forms."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from truing.measures import mean_score, samples_to_detect, score_difference


def test_independent_scores_have_the_interval_of_the_t_test():
    scores = np.random.default_rng(0).normal(5.0, 2.0, 30)
    found = mean_score(scores)
    expected = stats.ttest_1samp(scores, 0.0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert found.stderr == pytest.approx(scores.std(ddof=1) / math.sqrt(30))
    assert (found.n, found.clusters, found.method) == (30, 30, "t")


def test_the_clustered_error_sums_the_products_of_related_deviations():
    rng = np.random.default_rng(1)
    clusters = rng.integers(8, size=60)
    scores = rng.normal(size=60) + rng.normal(size=8)[clusters]
    deviations = scores - scores.mean()
    related = clusters[:, None] == clusters[None, :]
    variance = (
        np.outer(deviations, deviations) * related
    ).sum() / 60**2  # Miller 2024, section 2.2
    found = mean_score(scores, clusters=clusters)
    assert found.stderr == pytest.approx(math.sqrt(variance * 8 / 7))
    reach = stats.t.ppf(0.975, 7) * found.stderr
    assert (found.low, found.high) == pytest.approx((found.value - reach, found.value + reach))
    assert found.stderr > 1.5 * mean_score(scores).stderr


def test_few_wrong_answers_have_an_exact_interval():
    scores = np.arange(40) >= 3
    found = mean_score(scores)
    exact = stats.binomtest(37, 40).proportion_ci(0.95)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))
    assert found.method == "exact"
    assert mean_score(np.arange(40) >= 10).method == "t"


def test_all_clusters_right_count_as_one_trial_each():
    found = mean_score(np.ones(30), clusters=np.arange(30) // 3)
    assert (found.value, found.high, found.method) == (1.0, 1.0, "exact")
    assert found.low == pytest.approx(0.025 ** (1 / 10))


@pytest.mark.parametrize("scores", [[0.7, 0.7, 0.7], [3.0, 3.0], [0.4]])
def test_scores_that_do_not_vary_have_no_interval(scores):
    found = mean_score(scores)
    assert (found.value, found.low, found.method) == (pytest.approx(scores[0]), None, None)


def test_the_exact_interval_covers_every_rate():
    """The coverage of the rate, over all outcomes of 15 samples."""
    ends = [mean_score(np.arange(15) < right) for right in range(16)]
    for rate in (0.03, 0.2, 0.5, 0.9):
        covered = [right for right, one in enumerate(ends) if one.covers(rate)]
        assert stats.binom.pmf(covered, 15, rate).sum() >= 0.95


def test_a_difference_of_scores_is_the_paired_t_test():
    rng = np.random.default_rng(2)
    first, second = rng.random(50), rng.random(50) + 0.1
    found = score_difference(first, second)
    expected = stats.ttest_rel(first, second)
    interval = expected.confidence_interval(0.95)
    assert found.p == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_many_changed_answers_of_clusters_use_the_clustered_error():
    rng = np.random.default_rng(3)
    clusters = np.arange(120) // 4
    first, second = rng.random(120) < 0.8, np.repeat(rng.random(30) < 0.5, 4)
    found = score_difference(first, second, clusters=clusters)
    means = (first.astype(float) - second).reshape(30, 4).mean(axis=1)  # equal sizes
    expected = stats.ttest_1samp(means, 0.0)
    assert (found.p, found.stderr) == pytest.approx(
        (expected.pvalue, means.std(ddof=1) / math.sqrt(30))
    )
    assert (found.n, found.clusters, found.method) == (120, 30, "t")


def test_few_changed_answers_have_the_test_of_mcnemar():
    first, second = np.arange(100) < 80, np.arange(100) < 70
    found = score_difference(first, second)
    assert found.p == pytest.approx(2 * 0.5**10)
    share, none = 11 / 102, 1 / 102  # one answer more in each direction
    spread = math.sqrt((share + none - (share - none) ** 2) / 102)
    reach = stats.norm.ppf(0.975) * spread
    assert (found.low, found.high) == pytest.approx((share - none - reach, share - none + reach))
    assert found.method == "exact"


def test_the_exact_test_keeps_its_level_over_all_outcomes():
    pmf = stats.multinomial(12, [0.2, 0.2, 0.6])
    rejected = sum(
        pmf.pmf([up, down, 12 - up - down])
        for up, down in product(range(13), repeat=2)
        if up + down <= 12
        and score_difference(
            np.arange(12) < up, (np.arange(12) >= up) & (np.arange(12) < up + down)
        ).p
        < 0.05
    )
    assert 0.0 < rejected <= 0.05


def test_equal_answers_bound_the_difference_by_the_number_of_clusters():
    scores = np.tile([0.0, 0.5, 1.0, 1.0], 10)
    found = score_difference(scores, scores, clusters=np.arange(40) // 2)
    assert (found.value, found.p) == (0.0, 1.0)
    assert found.high == -found.low == pytest.approx(1 - 0.025 ** (1 / 20))
    assert score_difference(scores * 9, scores * 9).low is None


def test_one_cluster_has_no_p_value():
    found = score_difference([1.0, 0.5], [0.0, 0.25], clusters=[4, 4])
    assert (found.value, found.p, found.low, found.stderr) == (0.625, None, None, None)


def test_the_required_samples_detect_the_difference_with_the_power():
    n = samples_to_detect(0.02, stderr=0.03, n=400)
    shift = 0.02 / (0.03 * math.sqrt(400 / n))
    assert stats.norm.sf(stats.norm.ppf(0.975) - shift) == pytest.approx(0.8, abs=1e-3)
    assert samples_to_detect(0.01, stderr=0.03, n=400) == pytest.approx(4 * n, rel=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_score([]), "scores must have shape"),
        (lambda: mean_score([1.0, math.nan]), "NaN"),
        (lambda: mean_score([1.0, 0.0], clusters=[1]), "clusters must have shape"),
        (lambda: mean_score([1.0], level=95), "level must be between 0 and 1"),
        (lambda: score_difference([1.0, 0.0], [1.0]), "shapes differ"),
        (lambda: samples_to_detect(0.0, stderr=0.1, n=9), "difference must be a number other"),
        (lambda: samples_to_detect(0.1, stderr=0.1, n=9, power=80), "power must be between"),
    ],
)
def test_wrong_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
