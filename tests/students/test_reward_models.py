"""A student of preference pairs is a reward model: Bradley-Terry, one scalar for each text."""

from __future__ import annotations

import numpy as np
import pytest

from truing.students import Head, fit_heads, make_design

GAP = 1e-5  # single precision


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def pairs(count=60, seed=0):
    """Features (n, 2, 3) of both texts, and labels (n, 2): the larger first column is better."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, 2, 3))
    return features, np.eye(2)[features[:, :, 0].argmax(axis=1)]


def beliefs(features, labels):
    """Beliefs (n, 2) of a head about all pairs, and its design and weights."""
    design = make_design(features, np.arange(len(labels)), classes=2)
    head = Head(0, labels, np.ones(len(labels)), 1.0, lambda w, *_: (w, np.ones(len(w))), True)
    (weights,) = fit_heads([design], [head])
    return design.beliefs(weights[None])[0], design, weights


def test_a_head_believes_the_sigmoid_of_the_difference_of_two_scalar_rewards():
    features, labels = pairs()
    found, design, weights = beliefs(features, labels)
    assert weights.shape == (1, 3)  # one weight per feature, no intercept
    first, second = (design.everything @ weights[0]).reshape(2, -1)  # class-major
    assert found[:, 0] == pytest.approx(sigmoid(first - second), abs=GAP)
    # The reward is a function of a text alone: a linear function of its raw features.
    rewards = (first - second)[:, None]
    differences = features[:, 0] - features[:, 1]
    w = np.linalg.lstsq(differences, rewards, rcond=None)[0]
    assert differences @ w == pytest.approx(rewards, abs=1e-4)


def test_swapped_texts_have_swapped_beliefs():
    features, labels = pairs()
    swap = np.arange(60) % 3 == 0
    turned, turned_labels = features.copy(), labels.copy()
    turned[swap], turned_labels[swap] = features[swap, ::-1], labels[swap, ::-1]
    found, again = beliefs(features, labels)[0], beliefs(turned, turned_labels)[0]
    again[swap] = again[swap, ::-1]
    assert again == pytest.approx(found, abs=GAP)


def test_a_shift_of_both_rewards_of_a_pair_changes_nothing():
    features, labels = pairs()
    shift = np.random.default_rng(1).normal(size=(60, 1, 3)) * 5
    found, again = beliefs(features, labels)[0], beliefs(features + shift, labels)[0]
    assert again == pytest.approx(found, abs=GAP)
