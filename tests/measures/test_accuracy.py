"""Correctness, scores and calibration: known answers."""

import numpy as np
import pytest

from truing.measures import brier, correctness, expected_calibration_error, log_score


def test_a_tie_for_the_top_is_shared():
    beliefs = [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3], [0.2, 0.7, 0.1]]
    assert correctness(beliefs, [0, 2, 1, 1]) == pytest.approx([0.5, 0.0, 1 / 3, 1.0])


def test_leading_axes_are_kept():
    beliefs = np.random.default_rng(0).dirichlet(np.ones(4), size=(2, 3, 5))
    truth = np.arange(5) % 4
    assert correctness(beliefs, truth).shape == (2, 3, 5)
    assert brier(beliefs, truth).shape == (2, 3)
    assert log_score(beliefs, truth).shape == (2, 3)
    assert expected_calibration_error(beliefs, truth).shape == (2, 3)
    assert brier(beliefs, truth)[1, 2] == pytest.approx(float(brier(beliefs[1, 2], truth)))


def test_scores_by_hand():
    beliefs, truth = [[0.8, 0.2], [0.4, 0.6]], [0, 0]
    assert brier(beliefs, truth) == pytest.approx((0.04 + 0.04 + 0.36 + 0.36) / 2)
    assert log_score(beliefs, truth) == pytest.approx(np.log([0.8, 0.4]).mean())
    assert log_score([[0.0, 1.0]], [0]) == pytest.approx(np.log(1e-12))


def test_calibration_by_hand():
    beliefs = [[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 10
    truth = [0] * 8 + [1] * 2 + [0] * 7 + [1] * 3
    assert expected_calibration_error(beliefs, truth, bins=2) == pytest.approx(0.1)
    # Opposite errors of .1 cancel in one bin only.
    assert expected_calibration_error(beliefs, truth, bins=1) == pytest.approx(0.0, abs=1e-12)


def test_calibration_does_not_depend_on_the_order_of_items():
    rng = np.random.default_rng(0)
    top = rng.choice([0.5, 0.7, 0.9], size=200)
    beliefs, truth = np.column_stack([top, 1 - top]), rng.integers(0, 2, 200)
    shuffled = rng.permutation(200)
    assert expected_calibration_error(beliefs, truth) == pytest.approx(
        float(expected_calibration_error(beliefs[shuffled], truth[shuffled]))
    )


def test_a_calibrated_model_has_a_small_ece_and_an_overconfident_model_a_large_ece():
    rng = np.random.default_rng(1)
    top = rng.uniform(0.5, 1.0, 20_000)
    truth = (rng.random(20_000) > top).astype(int)
    honest = np.column_stack([top, 1 - top])
    boaster = np.column_stack([np.full(20_000, 0.99), np.full(20_000, 0.01)])
    assert expected_calibration_error(honest, truth) < 0.02
    assert expected_calibration_error(boaster, truth) == pytest.approx(0.24, abs=0.02)


@pytest.mark.parametrize("function", [correctness, brier, log_score, expected_calibration_error])
@pytest.mark.parametrize(
    ("beliefs", "truth", "words"),
    [
        ([0.5, 0.5], [0], "beliefs must have shape"),
        ([[1.0]], [0], "two choices"),
        ([[0.5, 0.6]], [0], "each row of beliefs must sum to 1"),
        ([[-0.5, 1.5]], [0], "beliefs must be from 0 to 1"),
        ([[np.nan, 1.0]], [0], "NaN"),
        ([["a", "b"]], [0], "beliefs must be an array of finite numbers"),
        ([[0.5, 0.5]], [2], "truth must be from 0 to 1"),
        ([[0.5, 0.5]], [0.0], "truth must contain integers, got float64"),
        ([[0.5, 0.5]], [0, 1], "truth must have shape"),
    ],
)
def test_bad_beliefs_are_one_clear_line(function, beliefs, truth, words):
    with pytest.raises(ValueError, match=words):
        function(beliefs, truth)


@pytest.mark.parametrize("bins", [0, -1, 1.5])
def test_the_number_of_bins_must_be_1_or_more(bins):
    assert expected_calibration_error([[0.7, 0.3]], [0], bins=1) == pytest.approx(0.3)
    with pytest.raises(ValueError, match=f"bins must be a whole number, 1 or more, got {bins}"):
        expected_calibration_error([[0.7, 0.3]], [0], bins=bins)
