"""Scores of items: their mean is the metric, and their variance is that of DeLong et al. 1988."""

import numpy as np
import pytest

from truing.measures import (
    METRICS,
    auroc,
    balanced_accuracy,
    correctness,
    estimate_pgr,
    item_scores,
    known_metrics,
    paired_difference,
    smallest_class,
)

FOUR = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
SQRT_2 = 2**0.5  # sqrt(n_c / (n_c - 1)) for two items of a class


def drawn(seed, items=60, classes=2, seeds=3, positives=0.3):
    """Truth (N,) and beliefs (S, N, k), with ties."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=items)
    if classes == 2:
        truth = (rng.random(items) < positives).astype(int)
    logits = np.round(rng.normal(size=(seeds, items, classes)) + 1.5 * np.eye(classes)[truth], 1)
    odds = np.exp(logits)
    return truth, odds / odds.sum(axis=-1, keepdims=True)


def test_the_scores_of_auroc_by_hand():
    """Beliefs in class 1 are 0.1 and 0.4 (class 0), 0.3 and 0.8: three of four pairs are right.

    Of the other class 0.1 is below both, 0.4 below one, 0.3 above one, 0.8 above both. So the
    influences are N/n = 2 times 0.25, -0.25, -0.25, 0.25.
    """
    found = item_scores("auroc", FOUR, [0, 0, 1, 1])
    assert found == pytest.approx(0.75 + SQRT_2 * np.array([0.5, -0.5, -0.5, 0.5]))


def test_the_scores_of_balanced_accuracy_by_hand():
    """Class 0: one of one right; with the second item of class 0 added, accuracies 1 and 1/2."""
    found = item_scores("balanced_accuracy", FOUR, [0, 0, 1, 1])
    assert found == pytest.approx(0.75 + SQRT_2 * np.array([0, 0, -0.5, 0.5]))


@pytest.mark.parametrize("classes", [2, 4])
def test_the_mean_of_the_scores_is_the_metric(classes):
    truth, beliefs = drawn(0, classes=classes)
    assert (item_scores("accuracy", beliefs, truth) == correctness(beliefs, truth)).all()
    found = item_scores("balanced_accuracy", beliefs, truth)
    assert found.mean() == pytest.approx(balanced_accuracy(beliefs, truth))
    if classes == 2:
        assert item_scores("auroc", beliefs, truth).mean() == pytest.approx(auroc(beliefs, truth))


def test_the_variance_of_auroc_is_that_of_delong():
    """DeLong et al. 1988: S_10 / m + S_01 / n, with sample variances of the components."""
    truth, beliefs = drawn(1, seeds=1)
    own, other = (beliefs[0, truth == label, 1] for label in (1, 0))
    above = (own[:, None] > other) + 0.5 * (own[:, None] == other)
    expected = above.mean(axis=1).var(ddof=1) / len(own) + above.mean(axis=0).var(ddof=1) / len(
        other
    )
    scores = item_scores("auroc", beliefs[0], truth)
    assert np.square(scores - scores.mean()).sum() / len(truth) ** 2 == pytest.approx(expected)


def test_a_metric_that_the_items_do_not_allow_is_refused():
    for truth, classes in (([0, 1, 2, 0, 1, 2], 3), ([0, 0, 0], 2)):
        with pytest.raises(ValueError, match="auroc needs items of two classes"):
            item_scores("auroc", np.full((len(truth), classes), 1 / classes), truth)
    with pytest.raises(ValueError, match="2 or more items of each class, class 1 has 1"):
        item_scores("balanced_accuracy", FOUR, [0, 0, 0, 1])
    with pytest.raises(ValueError, match="metric must be one of accuracy, auroc, balanced_acc"):
        item_scores("f1", FOUR, [0, 0, 1, 1])


def test_metrics_that_items_allow():
    assert known_metrics([0, 0, 1, 1], 2) == METRICS
    assert known_metrics([0, 0, 1, 1], 3) == ("accuracy", "balanced_accuracy")
    assert known_metrics([0, 0, 0, 1], 2) == ("accuracy",)


def test_the_smallest_class_counts_clusters():
    assert smallest_class([0, 0, 0, 1, 1]) == 2
    assert smallest_class([0, 0, 1, 1, 1, 0], [5, 5, 5, 6, 7, 5]) == 1


@pytest.mark.parametrize("metric", ["auroc", "balanced_accuracy"])
def test_pgr_by_a_metric_is_the_ratio_of_its_values(metric):
    truth, weak = drawn(2, items=200)
    _, ceiling = drawn(2, items=200)
    ceiling = ceiling**3 / (ceiling**3).sum(axis=-1, keepdims=True)
    rng = np.random.default_rng(0)
    better = 0.5 * ceiling + 0.5 * np.eye(2)[truth]
    transfer = 0.8 * weak + 0.2 * np.eye(2)[truth]
    value = {"auroc": auroc, "balanced_accuracy": balanced_accuracy}[metric]
    low, middle, high = (value(one, truth) for one in (weak, transfer, better))
    scores = [item_scores(metric, one, truth) for one in (weak, transfer, better)]
    for baseline in ("pinned", "paired"):
        found = estimate_pgr(*scores, truth=truth, baseline=baseline, rng=rng)
        assert found.weak.value == pytest.approx(low)
        assert found.transfer.value == pytest.approx(middle)
        assert found.weak.low < low < found.weak.high
        if baseline == "pinned":
            assert found.pgr.value == pytest.approx((middle - low) / (high - low))
    apart = paired_difference(scores[1], scores[0], truth=truth, rng=rng)
    assert apart.value == pytest.approx(middle - low)


def test_a_perfect_auroc_has_an_open_end_that_counts_the_smaller_class():
    """Five positives: 0.025^(1/5). A hundred negatives do not make it closer."""
    truth = np.array([0] * 100 + [1] * 5)
    beliefs = np.eye(2)[truth][None] * 0.8 + 0.1
    scores = item_scores("auroc", beliefs, truth)
    found = estimate_pgr(
        0 * scores, scores, scores, truth=truth, rng=np.random.default_rng(0)
    ).transfer
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 5))


def test_related_items_widen_the_interval_of_auroc():
    """Every item four times, as its cluster: the interval is that of the items once."""
    truth, beliefs = drawn(3, items=120, seeds=1)
    fourfold, clusters = np.repeat(truth, 4), np.repeat(np.arange(120), 4)
    widths = []
    for shown, labels, groups in (
        (beliefs, truth, None),
        (np.repeat(beliefs, 4, axis=1), fourfold, clusters),
        (np.repeat(beliefs, 4, axis=1), fourfold, None),
    ):
        scores = item_scores("auroc", shown, labels)
        rng = np.random.default_rng(0)
        options = {"truth": labels, "clusters": groups, "rng": rng}
        found = estimate_pgr(0 * scores, scores, 0 * scores + 1, **options).transfer
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.1)
    assert widths[2] < 0.6 * widths[0]


def test_scores_of_another_metric_need_the_classes():
    truth, beliefs = drawn(4)
    scores = item_scores("auroc", beliefs, truth)
    with pytest.raises(ValueError, match="must be from 0 to 1"):
        paired_difference(scores, scores, rng=np.random.default_rng(0))
