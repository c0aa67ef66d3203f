"""Early stopping: training keeps the weights with the lowest loss on items that it never learns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.students.test_finetune import Kept, reviews
from truing.errors import DataError, UserError
from truing.methods import METHODS
from truing.students.transformer import (
    FineTuning,
    Settings,
    Validation,
    finetune,
    learning_rates,
    parse_transformer,
    validation_items,
    with_learning_rate,
)
from truing.students.transformer.training._validation import EarlyStopping

pytestmark = pytest.mark.usefixtures("one_thread")

SETTINGS = Settings(num_epochs=5, learning_rate=0.1, batch_size=8, max_length=48)
LEARNED, KEPT_OUT = np.arange(32), np.arange(32, 48)


def noisy_labels(seed=1):
    """Labels (48, 2) of which a third is wrong, so that the models overfit."""
    _, truth = reviews()
    wrong = np.random.default_rng(seed).random(48) < 0.33
    return 0.05 + 0.9 * np.eye(2)[np.where(wrong, 1 - truth, truth)]


def tuned(checkpoint, keep=None, kept_out=KEPT_OUT, labels=None, method="naive", **changes):
    """A training on 32 noisy reviews with 16 validation items, asked about all 48."""
    task, _ = reviews()
    labels = noisy_labels() if labels is None else labels
    rule = METHODS.build(method).value
    work = FineTuning(
        checkpoint=checkpoint,
        settings=SETTINGS,
        task=task,
        learn=LEARNED,
        labels=labels[LEARNED],
        masses=np.ones((1, 32)),
        targets=rule.targets,
        static=rule.static,
        asked=np.arange(48),
        chance="key",
        name=method,
        validation=None if kept_out is None else Validation(kept_out, labels[kept_out]),
    )
    return finetune(replace(work, **changes), keep or Kept(), lambda *numbers: None)


def cross_entropy(beliefs, labels):
    return -(labels * np.log(beliefs)).sum(axis=1).mean()


# The validation items


def test_whole_clusters_are_kept_out_and_at_most_the_share():
    rng = np.random.default_rng(0)
    clusters = rng.integers(40, size=200)
    for key in ("a", "b", "c"):
        kept_out = validation_items(clusters, 0.1, key, "the learn split")
        assert 10 <= kept_out.sum() <= 20
        assert not set(clusters[kept_out]) & set(clusters[~kept_out])


def test_the_seed_alone_determines_the_validation_items():
    clusters = np.arange(100)
    one, same, other = (validation_items(clusters, 0.1, key, "") for key in ("a", "a", "b"))
    assert (one == same).all()
    assert (one != other).any()
    assert one.sum() == 10


def test_without_a_share_nothing_is_kept_out():
    assert not validation_items(np.arange(5), 0.0, "key", "").any()


def test_a_share_below_the_smallest_cluster_is_an_error():
    with pytest.raises(DataError) as told:
        validation_items(np.arange(60) // 10, 0.1, "key", "the learn split of reviews")
    assert str(told.value) == (
        "validation=0.1 keeps 6 of 60 items out, fewer than the 10 of the smallest cluster of the "
        "learn split of reviews; raise validation (at most 0.5), or add items of other clusters"
    )


# Early stopping


def test_models_are_evaluated_ten_times_and_after_the_last_step():
    def marks(steps):
        return EarlyStopping(np.empty((0, 2)), KEPT_OUT, steps, None).marks

    assert marks(1000) == list(range(100, 1001, 100))
    assert marks(14) == [2, 3, 5, 6, 7, 9, 10, 12, 13, 14]
    assert marks(3) == [1, 2, 3]


def test_the_beliefs_are_those_of_the_step_with_the_lowest_validation_loss(checkpoints):
    found = tuned(checkpoints("llama"))
    steps, losses = found.validation.T
    assert steps.tolist() == list(range(2, 21, 2))
    assert losses.argmin() < len(losses) - 1
    assert losses[-1] > losses.min() + 0.05
    loss = cross_entropy(found.beliefs[0, KEPT_OUT], noisy_labels()[KEPT_OUT])
    assert loss == pytest.approx(losses.min(), abs=1e-5)


def test_a_training_that_ends_at_that_step_has_the_same_beliefs(checkpoints):
    """The state that is saved at the step contains its weights; beliefs without validation."""
    found, keep = tuned(checkpoints("llama")), Kept()
    best = int(found.validation[found.validation[:, 1].argmin(), 0])
    keep.stop = best
    with pytest.raises(KeyboardInterrupt):
        tuned(checkpoints("llama"), keep, kept_out=None)
    keep.arrays["at"], keep.stop = np.array(20), None
    keep.arrays["losses"] = np.ones((20, 1))
    assert (
        tuned(checkpoints("llama"), keep, kept_out=None).beliefs.tobytes()
        == found.beliefs.tobytes()
    )


def test_evaluations_do_not_change_the_training(checkpoints):
    with_items, without = (
        tuned(checkpoints("bert"), kept_out=kept_out) for kept_out in (KEPT_OUT, None)
    )
    assert with_items.losses.tobytes() == without.losses.tobytes()
    assert with_items.rates.tobytes() == without.rates.tobytes()
    assert without.validation.shape == (0, 2)


def test_validation_items_are_not_learned(checkpoints):
    labels = noisy_labels()
    others = labels.copy()
    others[KEPT_OUT] = others[KEPT_OUT, ::-1]
    one, other = (tuned(checkpoints("llama"), labels=each) for each in (labels, others))
    assert one.losses.tobytes() == other.losses.tobytes()
    assert (one.validation[:, 1] != other.validation[:, 1]).all()


def test_each_of_two_peers_keeps_its_own_weights(checkpoints):
    masses = np.stack([np.ones(32), np.arange(32) % 2])
    found = tuned(checkpoints("llama"), method="co-teaching", masses=masses)
    assert found.validation.shape == (10, 3)
    for peer in range(2):
        loss = cross_entropy(found.beliefs[peer, KEPT_OUT], noisy_labels()[KEPT_OUT])
        assert loss == pytest.approx(found.validation[:, 1 + peer].min(), abs=1e-5)


@pytest.mark.parametrize(
    ("architecture", "stop", "changes"),
    [
        ("bert", 1, {}),  # with dropout
        ("llama", 13, {"settings": replace(SETTINGS, adapter="lora")}),
        ("bert", 13, {"method": "co-teaching", "masses": np.ones((2, 32))}),
    ],
)
def test_a_resumed_training_keeps_the_same_weights(checkpoints, architecture, stop, changes):
    """Killed before the first evaluation, and after the best one."""
    whole, keep = tuned(checkpoints(architecture), **changes), Kept(stop)
    with pytest.raises(KeyboardInterrupt):
        tuned(checkpoints(architecture), keep, **changes)
    found = tuned(checkpoints(architecture), keep, **changes)
    for name, value in vars(whole).items():
        assert np.array_equal(value, getattr(found, name)), name


def test_a_head_alone_stops_early_too(checkpoints):
    settings = replace(SETTINGS, adapter="head", num_epochs=20, learning_rate=0.3, l2=1e-3)
    found = tuned(checkpoints("llama"), settings=settings)
    loss = cross_entropy(found.beliefs[0, KEPT_OUT], noisy_labels()[KEPT_OUT])
    assert loss == pytest.approx(found.validation[:, 1].min(), abs=1e-5)


# learning_rate=auto


@pytest.mark.parametrize("adapter", ["full", "lora", "head"])
def test_the_learning_rates_lie_around_the_default(adapter):
    values = learning_rates(adapter)
    default = Settings(adapter=adapter).peak_learning_rate
    assert len(values) == 5
    assert list(values) == sorted(values)
    assert values[2] == default
    assert (values[0], values[-1]) == pytest.approx((default / 10, default * 10))


def test_a_choice_keeps_a_tenth_out_unless_another_share_is_given(checkpoints):
    name = f"hf/{checkpoints('llama').name}"
    chooses = parse_transformer(f"{name},learning_rate=auto")
    assert (chooses.settings.validation_share, chooses.label) == (0.1, f"{name},learning_rate=auto")
    stated = parse_transformer(f"{name},learning_rate=auto,validation=0.1")
    assert stated.label == chooses.label
    assert stated.settings.identity == chooses.settings.identity
    third = parse_transformer(f"{name},learning_rate=auto,validation=0.3")
    assert third.settings.validation_share == 0.3
    assert third.label.endswith(",learning_rate=auto,validation=0.3")
    with pytest.raises(UserError, match="validation must be above 0, got 0; omit validation"):
        parse_transformer(f"{name},learning_rate=auto,validation=0")
    assert with_learning_rate(third, 3e-05).label == f"{name},learning_rate=3e-05,validation=0.3"
    assert parse_transformer(f"{name},learning_rate=1e-5").settings.validation_share == 0
