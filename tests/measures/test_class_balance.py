"""Majority rate, balanced accuracy and AUROC: by hand, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from truing.measures import auroc, balanced_accuracy, majority_correctness


def beliefs(rng, items, classes):
    drawn = rng.random((items, classes))
    return drawn / drawn.sum(axis=1, keepdims=True)


def test_the_majority_rate_by_hand():
    assert majority_correctness([0, 2, 2, 1, 2]).tolist() == [0, 1, 1, 0, 1]


@pytest.mark.parametrize("classes", [2, 4])
def test_balanced_accuracy_equals_scikit_learn(classes):
    rng = np.random.default_rng(1)
    truth, held = rng.integers(classes, size=80), beliefs(rng, 80, classes)
    expected = balanced_accuracy_score(truth, held.argmax(axis=1))
    assert balanced_accuracy(held, truth) == pytest.approx(expected)
    seeds = np.stack([held, held[:, ::-1]])
    both = (expected + balanced_accuracy_score(truth, seeds[1].argmax(axis=1))) / 2
    assert balanced_accuracy(seeds, truth) == pytest.approx(both)


def test_auroc_equals_scikit_learn_with_ties():
    rng = np.random.default_rng(2)
    truth = rng.integers(2, size=90)
    one = np.round(rng.random(90) * 0.5 + 0.2 * truth, 1)
    held = np.stack([1 - one, one], axis=1)
    assert auroc(held, truth) == pytest.approx(roc_auc_score(truth, one))
    assert auroc(np.stack([held, held[:, ::-1]]), truth) == pytest.approx(0.5)


def test_a_constant_belief_has_chance_level_despite_a_large_majority():
    truth = np.array([0] * 83 + [1] * 17)
    held = np.tile([0.83, 0.17], (100, 1))
    assert balanced_accuracy(held, truth) == 0.5
    assert auroc(held, truth) == 0.5
    assert majority_correctness(truth).mean() == 0.83


def test_auroc_needs_two_classes_that_both_occur():
    rng = np.random.default_rng(3)
    assert auroc(beliefs(rng, 9, 3), rng.integers(3, size=9)) is None
    assert auroc(beliefs(rng, 9, 2), np.zeros(9, int)) is None
