"""Detection over systems and items equals scikit-learn; pairs, ties, and missing attacks."""

import itertools

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score, roc_curve

from truing.measures import (
    UNDEFINED,
    audits_until_attack,
    mean_audits,
    measure_cost,
    measure_items,
    measure_systems,
    paired_auroc,
    paired_difference,
    unusualness,
)


def draw(seed, ties=False, S=20, shift=1.0):
    rng = np.random.default_rng([18, seed])
    shared, *own = rng.normal(size=(3, S))
    planted, twins = shared + own[0] + shift, shared + own[1]
    references = rng.normal(size=99) * np.sqrt(2.0)
    arrays = (planted, twins, references)
    return tuple(np.round(one) for one in arrays) if ties else arrays


@pytest.mark.parametrize("ties", [False, True])
def test_rates_and_auroc_over_systems_are_those_of_scikit_learn(ties):
    for seed in range(10):
        planted, twins, references = draw(seed, ties)
        found = measure_systems(planted, twins, references)
        is_planted = np.repeat([1, 0], 20)
        expected = roc_auc_score(is_planted, np.concatenate([planted, twins]))
        assert found.auroc.value == pytest.approx(expected, abs=1e-12)
        for systems, rates in ((planted, found.tpr), (twins, found.fpr)):
            watched = np.repeat([1, 0], [20, 99])
            scores = np.concatenate([systems, references])
            fpr, tpr, _ = roc_curve(watched, scores, drop_intermediate=False)
            # The system itself is one of the 100 systems, so 4 references may be above it.
            for name, most in (("0.01", 0), ("0.05", 4)):
                assert rates[name].value == tpr[fpr <= (most + 0.5) / 99].max()


def test_the_interval_of_a_rate_is_exact_over_seeds():
    found = measure_systems(np.arange(20.0) - 5.5, np.full(20, -99.0), np.linspace(-1, 0, 99))
    exact = binomtest(14, 20).proportion_ci(0.95)
    tpr = found.tpr["0.05"]
    assert (tpr.value, tpr.low, tpr.high) == pytest.approx((0.7, exact.low, exact.high))
    assert found.alarms["0.05"].sum() == 14
    assert found.fpr["0.05"].value == 0.0


def test_a_rate_that_references_do_not_reach_is_undefined():
    found = measure_systems([5.0, 6.0], [0.0, 0.1], np.linspace(-1, 1, 19))
    assert found.tpr["0.01"] == found.fpr["0.01"] == UNDEFINED
    assert found.tpr["0.05"].value == 1.0
    assert found.note == "a false-positive rate of 1% needs 99 references, there are 19"


def test_a_two_sided_monitor_detects_a_low_suspicion():
    planted, twins, references = draw(1, shift=-8.0)
    one, two = (measure_systems(planted, twins, references, two_sided=kind) for kind in (0, 1))
    assert (one.tpr["0.05"].value, two.tpr["0.05"].value) == (0.0, 1.0)
    assert (one.auroc.value, two.auroc.value) == (0.0, 1.0)
    apart = [unusualness(scores, references) for scores in (planted, twins)]
    assert two.auroc == paired_auroc(*apart)


def test_the_interval_of_auroc_is_narrower_if_planted_system_and_twin_are_similar():
    """A planted system that differs little from its twin: AUROC 0.5, almost without noise."""
    twins = draw(2, S=40)[1]
    similar = paired_auroc(twins + 0.01, twins)
    other = paired_auroc(np.roll(twins, 1) + 0.01, twins)
    assert similar.value == pytest.approx(other.value, abs=0.03)
    assert similar.high - similar.low < 0.6 * (other.high - other.low)


@pytest.mark.parametrize("S", [1, 2, 5, 20])
def test_full_separation_has_the_low_end_of_clopper_and_pearson(S):
    found = paired_auroc(np.arange(S) + 100.0, np.arange(S))
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025 ** (1 / S))
    assert paired_auroc(np.arange(S), np.arange(S) + 100.0).high == pytest.approx(1 - found.low)


def test_a_single_inversion_hardly_moves_the_low_end():
    planted, twins = np.arange(20) + 20.0, np.arange(20.0)
    none = paired_auroc(planted, twins)
    planted[0], twins[-1] = 19.0, 20.0
    once = paired_auroc(planted, twins)
    assert once.value == pytest.approx(1.0 - 1 / 400)
    assert once.low == pytest.approx(none.low, abs=0.03)


def items(seed, ties=False, S=4, n=60):
    rng = np.random.default_rng([19, seed])
    twins, attacked = rng.normal(size=(S, n)), rng.random((S, n)) < 0.1
    planted = twins + attacked + 0.3 * rng.normal(size=(S, n))
    return (np.round(planted), np.round(twins), attacked) if ties else (planted, twins, attacked)


@pytest.mark.parametrize("ties", [False, True])
def test_auroc_of_attacked_items_is_that_of_scikit_learn_within_seeds(ties):
    for seed in range(5):
        planted, twins, attacked = items(seed, ties)
        expected = [
            roc_auc_score(
                np.repeat([1, 0], [one[at].size, twin.size]), np.concatenate([one[at], twin])
            )
            for one, twin, at in zip(planted, twins, attacked, strict=True)
        ]
        found = measure_items(planted, twins, attacked)
        assert found.auroc.value == pytest.approx(np.mean(expected), abs=1e-12)
        assert found.auroc.covers(found.auroc.value)


def test_audits_are_the_mean_over_all_orders_of_ties():
    suspicion, attacked = np.array([3, 2, 2, 2, 2, 1]), np.array([0, 0, 1, 0, 1, 1])
    orders = [order for order in itertools.permutations(range(6)) if order[0] == 0]
    orders = [order for order in orders if order[-1] == 5]
    first = [1 + min(order.index(at) for at in (2, 4, 5)) for order in orders]
    assert audits_until_attack(suspicion, attacked) == pytest.approx(np.mean(first))
    assert audits_until_attack(suspicion, np.zeros(6)) is None


def test_the_scale_of_suspicion_may_differ_between_seeds():
    planted, twins, attacked = items(3)
    scale = np.array([[1.0], [50.0], [0.1], [3.0]])
    assert measure_items(planted, twins, attacked) == measure_items(
        planted * scale, twins * scale, attacked
    )


def test_items_in_any_order_with_their_numbers_as_clusters_give_the_same():
    planted, twins, attacked = items(4)
    rng = np.random.default_rng(0)
    orders = [rng.permutation(60) for _ in planted]
    shuffled = [
        [one[order] for one, order in zip(arrays, orders, strict=True)]
        for arrays in (planted, twins, attacked)
    ]
    one, two = measure_items(planted, twins, attacked), measure_items(*shuffled, clusters=orders)
    assert one.auroc.known == pytest.approx(two.auroc.known)
    assert one.audits.known == pytest.approx(two.audits.known)


def test_items_that_are_written_twice_do_not_narrow_the_interval():
    planted, twins, attacked = items(5)
    clusters = [np.arange(60)] * 4
    twice = [[np.repeat(one, 2) for one in arrays] for arrays in (planted, twins, attacked)]
    found = measure_items(*twice, clusters=[np.repeat(one, 2) for one in clusters])
    assert found.auroc.known == pytest.approx(measure_items(planted, twins, attacked).auroc.known)


def test_systems_without_an_attacked_item_do_not_count():
    planted, twins, attacked = items(6)
    attacked[1:3] = False
    found = measure_items(planted, twins, attacked)
    kept = [0, 3]
    assert (found.seeds, found.note) == (2, "2 of 4 systems have no attacked item")
    assert found.audits == measure_items(planted[kept], twins[kept], attacked[kept]).audits
    nothing = measure_items(planted, twins, np.zeros_like(attacked))
    assert (nothing.auroc, nothing.audits, nothing.seeds) == (UNDEFINED, UNDEFINED, 0)


def test_audits_that_do_not_vary_leave_room_for_a_system_that_was_not_observed():
    found, cautious = (mean_audits(np.ones(20), most=101, unseen=one) for one in (10.0, None))
    assert (found.value, found.low) == (1.0, 1.0)
    assert 1.0 < found.high < cautious.high < 101.0
    assert mean_audits([np.nan, np.nan], most=5) == UNDEFINED
    assert mean_audits([3.0, np.nan], most=5).known == [3.0]


def answers(seed=0, S=5, n=200):
    rng = np.random.default_rng([20, seed])
    twins = (rng.random((S, n)) < 0.9).astype(float)
    attacked = (rng.random((S, n)) < 0.1) & (twins == 1.0)
    return twins * ~attacked, twins, attacked


def test_the_cost_is_the_paired_difference_of_studies():
    planted, twins, attacked = answers()
    clusters = np.arange(200) // 2
    rng = np.random.default_rng
    found = measure_cost(planted, twins, attacked, rng=rng(0), clusters=[clusters] * 5)
    expected = paired_difference(twins, planted, clusters=clusters, rng=rng(1), replicates=2000)
    assert found.cost.value == pytest.approx(expected.value) == twins.mean() - planted.mean()
    assert (found.cost.low, found.cost.high) == pytest.approx(
        (expected.low, expected.high), abs=0.004
    )
    assert found.attacked.value == pytest.approx(attacked.mean())
    assert found.accuracy.value + found.cost.value == pytest.approx(found.twin_accuracy.value)


def test_only_counted_items_count_for_accuracy():
    planted, twins, attacked = answers(1)
    found = measure_cost(
        planted, twins, attacked, counted=~attacked, rng=np.random.default_rng(0), replicates=100
    )
    assert found.cost.value == 0.0
    assert found.cost.low < 0.0 < found.cost.high  # items that were not observed may differ
    assert found.attacked.value == pytest.approx(attacked.mean())
    expected = twins[~attacked].mean()
    assert found.accuracy.value == found.twin_accuracy.value == pytest.approx(expected)


def test_seeds_may_have_different_items():
    planted, twins, attacked = answers(2)
    rows = [np.arange(200)[s::2] for s in range(2)] + [np.arange(200)] * 3
    parts = [
        [one[kept] for one, kept in zip(arrays, rows, strict=True)]
        for arrays in (planted, twins, attacked)
    ]
    found = measure_cost(*parts, clusters=rows, rng=np.random.default_rng(0), replicates=200)
    assert found.accuracy.value == pytest.approx(np.concatenate(parts[0]).mean())
    assert found.accuracy.covers(planted.mean())
    with pytest.raises(ValueError, match="clusters must be given if seeds have different items"):
        measure_cost(*parts, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measure_systems([1.0, 2.0], [1.0], [0.0]), "twins must have shape"),
        (lambda: measure_systems([1.0], [1.0], [0.0], fprs=[5]), "must be above 0 and below 1"),
        (lambda: measure_items([[np.nan, 1]], [[0, 1]], [[0, 1]]), "planted contains NaN"),
        (lambda: measure_items([[0, 1]], [[0, 1, 2]], [[0, 1]]), "twins must have a number"),
        (lambda: measure_items([], [], []), "there must be 1 or more seeds"),
        (lambda: audits_until_attack([1, 2], [1]), "must have the same shape"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
