"""Items that differ in their number of choices: absent choices get no probability, and count for
nothing, in heads and in fine-tuning.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from truing.errors import DataError
from truing.methods import METHODS, Training, follow, train
from truing.students import Head, fit_heads, make_design, on_present_choices
from truing.students.features import FEATURES, extract
from truing.tasks import make_source

K = 5


@pytest.fixture
def planted():
    """Features (90, 5, 4) with NaN for absent choices, the truth, and which choices are absent."""
    rng = np.random.default_rng(0)
    counts = rng.integers(2, K + 1, size=90)
    counts[:4] = 2, 3, 4, 5
    absent = np.arange(K) >= counts[:, None]
    features = rng.normal(size=(90, K, 4))
    gain = np.where(absent, -np.inf, 2 * features[..., 0] + rng.gumbel(size=(90, K)))
    features[absent] = np.nan
    return features, gain.argmax(axis=1), absent


def beliefs_of(features, labels, learn=60):
    design = make_design(features, np.arange(learn), labels.shape[1])
    head = Head(0, labels[:learn], np.ones(learn), 1.0, follow, static=True)
    (weights,) = fit_heads([design], [head])
    return design.beliefs(weights[None])[0]


def test_a_head_is_the_optimum_of_the_masked_conditional_logit(planted):
    features, truth, absent = planted
    mean = np.nanmean(features, axis=1, keepdims=True)
    scale = np.sqrt(np.nanmean(np.square(features - mean)[:60], axis=(0, 1)))
    seen = (features - mean) / scale

    def loss(weights):
        logits = np.where(absent[:60], -np.inf, np.nan_to_num(seen[:60]) @ weights)
        right = logits[np.arange(60), truth[:60]]
        return (logsumexp(logits, axis=1) - right).sum() + weights @ weights / 2

    weights = minimize(loss, np.zeros(4), tol=1e-10).x
    wanted = softmax(np.where(absent, -np.inf, np.nan_to_num(seen) @ weights), axis=1)
    found = beliefs_of(features, np.eye(K)[truth])
    assert found == pytest.approx(wanted, abs=2e-3)
    assert (found[absent] == 0).all()
    assert found.std() > 0.1


def test_a_choice_absent_from_every_item_changes_nothing(planted):
    features, truth, _ = planted
    wider = np.concatenate([features, np.full((90, 2, 4), np.nan)], axis=1)
    found = beliefs_of(wider, np.eye(K + 2)[truth])
    assert found[:, :K] == pytest.approx(beliefs_of(features, np.eye(K)[truth]), abs=1e-4)
    assert (found[:, K:] == 0).all()


@pytest.mark.parametrize("method", sorted(set(METHODS.describe()) - {"bootstrap", "oracle"}))
def test_no_method_puts_belief_on_an_absent_choice(planted, method):
    features, truth, absent = planted
    labels = np.where(absent, 0, 0.1)
    labels[np.arange(90), truth] = 1
    labels = labels / labels.sum(axis=1, keepdims=True)
    built = METHODS.build(method).value
    learn = np.arange(60)
    work = Training(built, method, learn, labels[:60], np.arange(60), 1.0, "key")
    with np.errstate(all="ignore"):
        (found,) = train(features, [work])
    assert (found[absent] == 0).all()
    assert found.sum(axis=1) == pytest.approx(np.ones(90), abs=1e-5)
    assert (found.argmax(axis=1) == truth)[60:].mean() > 0.4 or method in ("shuffled", "window")


def test_a_share_on_absent_choices_is_spread_over_present_choices():
    absent = np.array([[False, False, True], [False, False, False]])
    targets = np.array([[0.5, 0.2, 0.3], [0.2, 0.2, 0.6]])
    found = on_present_choices(targets, absent)
    assert found == pytest.approx(np.array([[0.65, 0.35, 0], [0.2, 0.2, 0.6]]))
    assert on_present_choices(targets, None) is targets


def worded(count=45, seed=0):
    """Questions of two to four answers, the good one of which is right."""
    rng = np.random.default_rng(seed)
    inputs = np.full((count, 4), None, dtype=object)
    truth = np.empty(count, np.int64)
    for row in range(count):
        own = 2 + row % 3
        truth[row] = rng.integers(own)
        for place in range(own):
            word = ("good", "great")[row % 2] if place == truth[row] else "bad"
            inputs[row, place] = f"the cat {rng.choice(['is', 'was'])}\nit {place} is very {word}"
    ids = [f"q{number}" for number in range(count)]
    source = make_source("worded", "multiple choice", ids, inputs, list("0123"), truth)
    return source.task, truth


def test_text_features_are_nan_only_for_absent_choices():
    task, _ = worded()
    found = extract(FEATURES.build("lsa-3").value, "lsa-3", task)
    assert found.shape == (45, 4, 3)
    assert np.array_equal(np.isnan(found[..., 0]), task.absent)


def test_activations_may_be_nan_only_for_absent_choices(tmp_path):
    task, _ = worded()
    made = np.random.default_rng(0).normal(size=(45, 4, 6))
    made[task.absent] = np.nan
    np.save(tmp_path / "acts.npy", made)
    name = f"file:{tmp_path}/acts.npy"
    found = extract(FEATURES.build(name).value, name, task)
    assert np.array_equal(np.isnan(found[..., 0]), task.absent)
    made[0, 0, 0] = np.nan
    np.save(tmp_path / "acts.npy", made)
    with pytest.raises(DataError, match="finite"):
        extract(FEATURES.build(name).value, name, task)


@pytest.mark.parametrize(
    ("architecture", "changes"),
    [
        ("bert", {"num_epochs": 60, "learning_rate": 0.003}),
        ("llama", {"output": "generate"}),
        ("bert", {"adapter": "head"}),
    ],
)
@pytest.mark.parametrize("method", ["naive", "confidence"])
def test_a_transformer_learns_and_gives_absent_choices_no_belief(
    tmp_path, architecture, changes, method
):
    pytest.importorskip("torch")
    from tests.students.tiny import make_tiny
    from truing.students.transformer import FineTuning, Settings, finetune
    from truing.students.transformer.checkpoints._checkpoint import find_checkpoint

    task, truth = worded()
    rule = METHODS.build(method).value
    learn = np.arange(30)
    settings = replace(
        Settings(num_epochs=25, learning_rate=0.01, batch_size=8, max_length=48), **changes
    )
    work = FineTuning(
        checkpoint=find_checkpoint(str(make_tiny(architecture, tmp_path))),
        settings=settings,
        task=task,
        learn=learn,
        labels=np.eye(4)[truth[learn]],
        masses=np.ones((1, 30)),
        targets=rule.targets,
        static=rule.static,
        asked=np.arange(45),
        chance="key",
        name=method,
    )

    class Nowhere:
        def load(self):
            return None

        def due(self):
            return False

    (found,) = finetune(work, Nowhere(), lambda *_: None).beliefs
    assert (found[task.absent] == 0).all()
    assert found.sum(axis=1) == pytest.approx(np.ones(45), abs=1e-5)
    assert (found[:30].argmax(axis=1) == truth[:30]).mean() > 0.7
