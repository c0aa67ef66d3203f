"""The library that a submitted `run.py` imports."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest

from truing import pipeline
from truing.errors import UnknownNameError, UserError
from truing.methods import METHODS, Method, Training, train, uniform
from truing.pipeline import Given


def made(n=60, m=30, k=3, shape=(5,), seed=0) -> Given:
    """Inputs of a run: the class is the largest of the first k columns; weak labels are noisy."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n + m, *shape))
    truth = features[..., :k].argmax(axis=-1) if len(shape) == 1 else rng.integers(k, size=n + m)
    weak = 0.2 * rng.dirichlet(np.ones(k), n) + 0.8 * np.eye(k)[truth[:n]]
    return Given(
        kind="classification" if len(shape) == 1 else "multiple choice",
        medium="vectors",
        choices=tuple("abcdef"[:k]),
        learn=None,
        predict=None,
        weak=weak,
        clusters=np.arange(n) // 2,
        learn_features=features[:n],
        predict_features=features[n:],
        seed=7,
        models={},
    )


@pytest.mark.parametrize("shape", [(5,), (3, 4)])
def test_a_head_on_the_weak_labels_is_naive_training(shape):
    given = made(shape=shape)
    head = pipeline.fit_head(given.learn_features, given.weak)
    beliefs = head.predict(given.predict_features)
    np.testing.assert_allclose(beliefs, pipeline.train_method(given), atol=1e-6)
    np.testing.assert_allclose(beliefs.sum(axis=1), 1)
    assert beliefs.shape == (30, 3)


def test_training_is_that_of_the_referee_and_does_not_need_scaled_features():
    given = made()
    joined = np.concatenate([given.learn_features, given.predict_features])
    training = Training(
        METHODS.build("confidence").value,
        "confidence",
        np.arange(60),
        given.weak,
        given.clusters,
        1.0,
        "any seed, because the method draws nothing",
    )
    (expected,) = train(joined, [training])
    found = pipeline.train_method(given, "confidence")
    np.testing.assert_array_equal(found, expected[60:].astype(float))
    tiny = replace(
        given,
        learn_features=1e-6 * given.learn_features,
        predict_features=1e-6 * given.predict_features,
    )
    np.testing.assert_allclose(pipeline.train_method(tiny, "confidence"), found, atol=1e-4)


def test_weights_of_items_count():
    given = made()
    kept = np.arange(60) < 40
    part = pipeline.fit_head(given.learn_features[kept], given.weak[kept], l2=1.0)
    weighted = pipeline.fit_head(given.learn_features, given.weak, weights=kept, l2=1.0)
    both = (one.predict(given.predict_features).argmax(axis=1) for one in (part, weighted))
    assert np.mean(np.equal(*both)) > 0.8


def test_l2_is_chosen_for_wide_features():
    wide = made(shape=(300,))
    head = pipeline.fit_head(wide.learn_features, wide.weak, clusters=wide.clusters)
    assert head.l2 != 1.0
    assert pipeline.fit_head(wide.learn_features, wide.weak, l2=1.0).l2 == 1.0


def test_a_method_of_ones_own_is_trained():
    given = made()
    flipped = Method(targets=lambda weak, belief, progress: (weak[:, ::-1], uniform(weak)))
    found = pipeline.train_method(given, flipped)
    mirrored = pipeline.train_method(replace(given, weak=given.weak[:, ::-1]))
    np.testing.assert_allclose(found, mirrored, atol=1e-3)


def test_every_method_that_may_be_submitted_runs():
    given = made(n=40, m=10)
    for name in ("ensemble,members=2", "knn-relabel", "co-teaching", "logreg-relabel"):
        assert pipeline.train_method(given, name).shape == (10, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pipeline.train_method(made(), "oracle"), "learns from the ground truth"),
        (lambda: pipeline.train_method(made(), "bootstrap"), "trains a chain of students"),
        (
            lambda: pipeline.train_method(replace(made(), learn_features=None)),
            "this run has no features; pass features=",
        ),
        (
            lambda: pipeline.fit_head(made().learn_features, made().weak[:9]),
            "targets must have a row for each of the 60 items, got 9",
        ),
    ],
)
def test_impossible_calls_are_one_line(call, message):
    with pytest.raises(UserError, match=message):
        call()


def test_an_unknown_method_is_named():
    with pytest.raises(UnknownNameError, match="did you mean confidence"):
        pipeline.train_method(made(), "confidense")


def test_signatures_are_small():
    for name in pipeline.__all__:
        function = getattr(pipeline, name)
        if inspect.isfunction(function):
            assert len(inspect.signature(function).parameters) <= 5
