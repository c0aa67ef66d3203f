"""l2=auto: the value that a plain cross-validation chooses, in any batch, at the default of wide
features only."""

import numpy as np
import pytest

from truing.errors import DataError, UserError
from truing.methods import METHODS, Training, train_heads
from truing.students import (
    FOLDS,
    VALUES,
    Head,
    assign_folds,
    check_clusters,
    choose_l2,
    default_l2,
    fit_heads,
    make_design,
    parse_student,
)
from truing.students import _choose_l2 as choosing
from truing.students.features import FEATURES, give_features

NAIVE = METHODS.build("naive").value


def follow(weak, belief, progress):
    return weak, np.ones(len(weak))


def noisy(items, columns, classes, seed=0):
    """Features (items, columns), and soft labels of which one in four names another class."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(items, columns)).astype(np.float32)
    truth = (features[:, :classes] + 0.5 * rng.normal(size=(items, classes))).argmax(axis=1)
    named = np.where(rng.random(items) < 0.25, rng.integers(classes, size=items), truth)
    return features, 0.8 * np.eye(classes)[named] + 0.2 / classes


def own_choices(items, columns, choices, seed=0):
    """Features (items, choices, columns); every third item lacks its last choice."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(items, choices, columns)).astype(np.float32)
    features[::3, -1] = np.nan
    score = np.nan_to_num(features[:, :, 0] + rng.normal(size=(items, choices)), nan=-np.inf)
    return features, np.eye(choices)[score.argmax(axis=1)]


def plain_losses(features, labels, folds):
    """Loss of each value: a head for each fold, trained on the items of the other folds."""
    items, classes = labels.shape
    design = make_design(features, np.arange(items), classes)
    pairs = [(value, fold) for value in VALUES for fold in range(FOLDS)]
    heads = [Head(0, labels, (folds != f) * 1.0, v, follow, static=True) for v, f in pairs]
    losses = dict.fromkeys(VALUES, 0.0)
    for (value, fold), weights in zip(pairs, fit_heads([design], heads), strict=True):
        logs = np.log(np.where(labels > 0, design.beliefs(weights[None])[0], 1))
        losses[value] -= (labels * logs)[folds == fold].sum() / items
    return design, losses


@pytest.mark.parametrize(
    ("features", "labels"),
    [noisy(120, 40, 2), noisy(120, 40, 3), own_choices(90, 20, 3)],
    ids=["two classes", "three classes", "own choices, some absent"],
)
def test_the_choice_and_its_losses_are_those_of_plain_cross_validation(features, labels):
    folds = assign_folds(np.arange(len(labels)), np.random.default_rng(0))
    design, expected = plain_losses(features, labels, folds)
    choice = choose_l2(design, labels, folds)
    assert choice.l2 == min(expected, key=expected.get)
    assert choice.l2 not in (VALUES[0], VALUES[-1])
    for value, loss in choice.losses.items():
        assert loss == pytest.approx(expected[value], abs=0.01)


def test_values_much_weaker_than_the_best_are_not_solved():
    features, labels = noisy(120, 40, 2)
    folds = assign_folds(np.arange(120), np.random.default_rng(0))
    choice = choose_l2(make_design(features, np.arange(120), 2), labels, folds)
    solved = list(choice.losses)
    assert tuple(solved) == VALUES[: len(solved)]
    assert choosing.RISEN <= len(solved) - 1 - solved.index(choice.l2) < 5
    assert len(solved) < len(VALUES)


def training(features, labels, l2, clusters=None, method=NAIVE):
    items = np.arange(len(labels))
    return Training(
        method, "one", items, labels, items if clusters is None else clusters, l2, "key"
    )


def test_a_chosen_value_and_the_same_value_as_a_number_lead_to_the_same_bits():
    features, labels = noisy(120, 40, 3)
    (chosen,) = train_heads(features, [training(features, labels, "auto")])
    (given,) = train_heads(features, [training(features, labels, chosen.l2)])
    assert chosen.beliefs.tobytes() == given.beliefs.tobytes()


def test_a_choice_has_the_same_bits_in_any_batch():
    features, labels = noisy(120, 40, 3)
    others = [training(features, noisy(120, 40, 3, seed)[1], "auto") for seed in (1, 2)]
    fixed = [training(features, labels, value) for value in (0.1, 300.0)]
    (alone,) = train_heads(features, [training(features, labels, "auto")])
    *_, together = train_heads(features, [*others, *fixed, training(features, labels, "auto")])
    assert (together.l2, together.beliefs.tobytes()) == (alone.l2, alone.beliefs.tobytes())


def test_methods_on_the_same_labels_share_the_choice():
    features, labels = noisy(120, 40, 2)
    names = ["naive", "confidence", "shuffled", "ensemble,members=3", "co-teaching"]
    trainings = [
        training(features, labels, "auto", method=METHODS.build(name).value) for name in names
    ]
    assert len({one.l2 for one in train_heads(features, trainings)}) == 1


def test_a_fold_has_whole_clusters_and_as_many_items_as_the_others():
    clusters = np.repeat(np.arange(40), np.arange(40) % 4 + 1)
    folds = assign_folds(clusters, np.random.default_rng(0))
    assert all(len(set(folds[clusters == one])) == 1 for one in range(40))
    assert np.ptp(np.bincount(folds, minlength=FOLDS)) <= 4


def test_too_few_clusters_are_refused_with_their_number():
    clusters = np.arange(60) // 15
    with pytest.raises(DataError, match=r"5 or more clusters, .* contains 4; give l2 a number"):
        check_clusters(clusters, "the learn split of x")
    features, labels = noisy(60, 4, 2)
    with pytest.raises(DataError, match="contains 4"):
        train_heads(features, [training(features, labels, "auto", clusters)])


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("pca-64", 1.0),
        ("lsa-256", 1.0),
        ("lsa-257", "auto"),
        ("nystroem-300", "auto"),
        ("pixels", 1.0),
        ("file:activations.npy", "auto"),
        (give_features(np.zeros((3, 2))), "auto"),
        (give_features(lambda task: task.inputs), "auto"),
    ],
)
def test_activations_and_wide_features_choose_their_penalty_by_default(name, default):
    assert default_l2(FEATURES.build(name)) == default
    assert parse_student(name).l2 == default
    assert "l2" not in parse_student(name).label
    assert parse_student(f"{name},l2=1").label.endswith(",l2=1") == (default == "auto")
    assert parse_student(f"{name},l2=auto").label.endswith(",l2=auto") == (default == 1.0)


def test_another_word_than_auto_is_refused():
    with pytest.raises(UserError, match="l2 must be auto or a finite number above 0, got best"):
        parse_student("pca-8,l2=best")
