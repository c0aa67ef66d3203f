"""Paired differences and Holm's correction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing.measures import holm, paired_difference

p_lists = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30)


def draw(accuracy, seed, shape=(6, 150)):
    return (np.random.default_rng(seed).random(shape) < accuracy).astype(float)


def test_the_value_is_first_minus_second():
    first, second = draw(0.9, 1), draw(0.6, 2)
    found = paired_difference(first, second, rng=np.random.default_rng(0))
    assert found.value == pytest.approx(first.mean() - second.mean())
    assert found.low < found.value < found.high
    assert found.p < 1e-4
    back = paired_difference(second, first, rng=np.random.default_rng(0))
    assert back.value == pytest.approx(-found.value)
    assert back.p == pytest.approx(found.p)


def test_identical_arrays_have_no_difference():
    same = draw(0.7, 1)
    found = paired_difference(same, same.copy(), rng=np.random.default_rng(0))
    assert (found.value, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_one_seed_p_is_the_paired_t_test_over_items():
    from scipy import stats

    first, second = draw(0.8, 1, (1, 80)), draw(0.7, 2, (1, 80))
    found = paired_difference(first, second, rng=np.random.default_rng(0))
    assert found.p == pytest.approx(stats.ttest_rel(first[0], second[0]).pvalue)


def test_a_constant_difference_on_three_items_is_not_significant():
    found = paired_difference(np.ones((2, 3)), np.zeros((2, 3)), rng=np.random.default_rng(0))
    assert found.p == 0.25


def test_copies_within_clusters_add_no_evidence():
    first, second = draw(0.8, 1), draw(0.75, 2)
    clusters = np.repeat(np.arange(150), 3)
    once = paired_difference(first, second, rng=np.random.default_rng(0))
    thrice = paired_difference(
        np.repeat(first, 3, axis=1),
        np.repeat(second, 3, axis=1),
        clusters=clusters,
        rng=np.random.default_rng(0),
    )
    assert thrice.p == pytest.approx(once.p)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="shapes differ"):
        paired_difference(np.ones((2, 3)), np.ones((2, 4)), rng=np.random.default_rng(0))


def test_holm_by_hand():
    # As statsmodels' multipletests(method="holm") gives, and easily checked:
    # sorted .01 .02 .03 .04 times 4 3 2 1 is .04 .06 .06 .04, made monotone .04 .06 .06 .06.
    assert holm([0.01, 0.04, 0.03, 0.02]) == pytest.approx([0.04, 0.06, 0.06, 0.06])
    assert holm([0.6, 0.7, 0.001]) == pytest.approx([1.0, 1.0, 0.003])
    assert holm([]).size == 0


def test_holm_ignores_missing_comparisons():
    assert holm([0.01, np.nan, 0.02]) == pytest.approx([0.02, np.nan, 0.02], nan_ok=True)


@given(p_lists)
def test_holm_never_lowers_a_p_value_and_stays_between_its_bounds(p_values):
    p = np.array(p_values)
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(p * p.size, 1.0) + 1e-15).all()


@given(p_lists, st.randoms())
def test_holm_preserves_the_order_of_p_values_under_permutations(p_values, random):
    p = np.array(p_values)
    adjusted = holm(p)
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
    order = list(range(p.size))
    random.shuffle(order)
    assert (holm(p[order]) == adjusted[order]).all()


@pytest.mark.parametrize("bad", [[1.2], [-0.1], [[0.1]]])
def test_holm_refuses_invalid_p_values(bad):
    with pytest.raises(ValueError, match="p_values must"):
        holm(bad)
