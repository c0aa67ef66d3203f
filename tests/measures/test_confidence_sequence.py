"""Confidence sequences: equal to a plain computation, monotone, and valid at any time."""

from __future__ import annotations

import math

import numpy as np
import pytest

from truing.measures import confidence_sequence

CLUSTERED = [2.0, -1.0, 0.0, 3.0, 0.0, 1.0, -2.0, 2.0], [3, 2, 0, 3, 1, 1, 2, 3]


def plain_capital(sums, sizes, mean, side, precision, largest):
    """Capital of one bettor, written as its definition."""
    capital, count, questions, total, squares = 1.0, 0, 0.0, 0.0, 0.0
    for one, size in zip(sums, sizes, strict=True):
        variance = (largest**2 + squares) / (count + 1)
        stake = precision * (largest + questions) / (count + 1) / variance
        stake = min(stake, 0.75 / (largest * (1 + abs(mean))))
        capital *= 1 + side * stake * (one - mean * size)
        count, questions, total = count + 1, questions + size, total + one
        squares += (one - total / (questions + largest) * size) ** 2
    return capital


@pytest.mark.parametrize("precision", [0.02, 0.3])
def test_the_interval_contains_the_means_that_no_plain_bettor_rejects(precision):
    sums, sizes = (list(one) * 40 for one in CLUSTERED)
    found = confidence_sequence(sums, sizes, precision=precision)
    for count in (8, 100, 320):
        low, high = (end.item() for end in found.intervals(0.1, at=[count]))
        for mean in np.linspace(-0.99, 0.99, 67):
            capital = max(
                plain_capital(sums[:count], sizes[:count], mean, side, precision, 3)
                for side in (1, -1)
            )
            assert (low <= mean <= high) == (capital < 2 / 0.1)
            assert found.e_values(mean)[count - 1] == pytest.approx(capital / 2)


def test_without_clusters_each_difference_is_a_question():
    differences = np.random.default_rng(1).choice([-1, 0, 1], size=200)
    alone = confidence_sequence(differences, precision=0.1)
    stated = confidence_sequence(differences, np.ones(200), precision=0.1, largest=1)
    assert np.array_equal(alone.e_values(0.2), stated.e_values(0.2))
    assert alone.means[-1] == pytest.approx(differences.mean())


def test_it_is_the_same_for_many_sequences_at_once_and_does_not_look_ahead():
    differences = np.random.default_rng(2).choice([-1, 0, 1], size=(3, 150))
    together = confidence_sequence(differences, precision=0.1)
    low, high = together.intervals(0.05, at=[50, 150])
    for row in range(3):
        first = confidence_sequence(differences[row, :50], precision=0.1)
        ends = [end[0] for end in first.intervals(0.05, at=[50])]
        assert [low[row, 0], high[row, 0]] == pytest.approx(ends)


def test_exchanging_the_protocols_mirrors_the_interval():
    differences = np.random.default_rng(3).choice([-1, 0, 1], p=[0.1, 0.6, 0.3], size=300)
    low, high = confidence_sequence(differences, precision=0.05).intervals(0.05, at=[300])
    mirrored = confidence_sequence(-differences, precision=0.05).intervals(0.05, at=[300])
    assert (-high[0], -low[0]) == pytest.approx((mirrored[0][0], mirrored[1][0]), abs=1e-8)


def test_without_a_question_the_interval_is_everything():
    low, high = confidence_sequence([0.0, 0.0], [0, 0], precision=0.05).intervals(0.05, at=[0, 2])
    assert (low.tolist(), high.tolist()) == ([-1, -1], [1, 1])
    assert math.isnan(confidence_sequence([0.0], [0], precision=0.05).means[0])


@pytest.mark.parametrize(("mean", "clustered"), [(0.0, False), (0.2, False), (0.0, True)])
def test_the_true_value_is_missed_at_any_time_with_probability_alpha_at_most(mean, clustered):
    """2,000 runs of 600 questions: the rate is below alpha plus three standard errors."""
    rng = np.random.default_rng(4)
    sizes = rng.integers(1, 4, (2000, 200)) if clustered else np.ones((2000, 600))
    shared = rng.choice([-0.2, 0.2], size=sizes.shape) if clustered else 0.0
    plus = rng.binomial(sizes.astype(int), 0.25 + (mean + shared) / 2)
    minus = rng.binomial(sizes.astype(int) - plus, 0.3)
    centre = (0.25 + mean / 2) - 0.3 * (0.75 - mean / 2)
    found = confidence_sequence(plus - minus, sizes, precision=0.1)
    missed = (found.e_values(centre).max(axis=-1) >= 1 / 0.05).mean()
    assert 0.0 < missed < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"sums": [2.0]}, "each sum must be a number from -size to size"),
        ({"sums": [math.nan]}, "each sum must be a number"),
        ({"sums": [1.0], "sizes": [1, 1]}, "equal in shape"),
        ({"sums": [1.0], "sizes": [3], "largest": 2}, "sizes must be at most 2, got 3"),
        ({"sums": [1.0], "precision": 0}, "precision must be above 0"),
    ],
)
def test_invalid_values_are_reported(given, why):
    with pytest.raises(ValueError, match=why):
        confidence_sequence(**{"precision": 0.1, **given})


@pytest.mark.parametrize(("alpha", "at", "why"), [(0.0, [1], "alpha"), (0.05, [3], "at must be")])
def test_invalid_intervals_are_reported(alpha, at, why):
    with pytest.raises(ValueError, match=why):
        confidence_sequence([0.0, 1.0], precision=0.1).intervals(alpha, at)
