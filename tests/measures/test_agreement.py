"""Agreement of beliefs with a field up to sign."""

from __future__ import annotations

import numpy as np
import pytest

from truing.measures import agreement, correctness, estimate_pgr


def drawn(share, seeds=4, items=400, seed=0):
    """Beliefs (S, N, 2) that agree with a field for a share of the items."""
    rng = np.random.default_rng(seed)
    values = rng.integers(2, size=items)
    agrees = rng.random((seeds, items)) < share
    return np.eye(2)[np.where(agrees, values, 1 - values)], values


def rng():
    return np.random.default_rng(1)


def test_the_sign_of_each_seed_does_not_matter():
    beliefs, values = drawn(0.7)
    turned = beliefs.copy()
    turned[1::2] = turned[1::2, :, ::-1]
    assert agreement(turned, values, rng=rng()) == agreement(beliefs, values, rng=rng())


def test_names_of_the_two_values_do_not_matter():
    beliefs, values = drawn(0.7)
    first, second = agreement(beliefs, values, rng=rng()), agreement(beliefs, 1 - values, rng=rng())
    assert first.value == pytest.approx(second.value)


def test_with_the_right_sign_it_is_the_accuracy_and_its_interval():
    beliefs, truth = drawn(0.7)
    right = correctness(beliefs, truth)
    accuracy = estimate_pgr(right, right, right, rng=rng()).weak
    found = agreement(beliefs, truth, rng=rng())
    assert found.value == pytest.approx(accuracy.value)
    assert found.high - found.low == pytest.approx(accuracy.high - accuracy.low, rel=0.1)


def test_equal_beliefs_agree_with_half_of_the_items():
    _, values = drawn(0.7)
    assert agreement(np.full((2, 400, 2), 0.5), values, rng=rng()).value == 0.5


def test_chance_is_above_one_half_as_the_description_states():
    values = [agreement(*drawn(0.5, seeds=200, items=100), rng=rng()).value]
    assert np.mean(values) == pytest.approx(0.5 + 0.4 / np.sqrt(100), abs=0.01)


def test_related_items_widen_the_interval():
    beliefs, values = drawn(0.7, seeds=1, items=40)
    many, repeated = np.repeat(beliefs, 10, axis=1), np.repeat(values, 10)
    alone = agreement(many, repeated, rng=rng())
    related = agreement(many, repeated, clusters=np.repeat(np.arange(40), 10), rng=rng())
    assert related.high - related.low > 2 * (alone.high - alone.low)


def test_more_than_two_choices_have_no_sign():
    with pytest.raises(ValueError, match="agreement needs two choices, got 3"):
        agreement(np.full((1, 4, 3), 1 / 3), [0, 1, 2, 0], rng=rng())
