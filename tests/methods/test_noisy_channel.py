"""noisy-channel beside exact EM, on planted channels."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tests.methods.planting import centers, channelled, mean_accuracy
from truing.methods import METHODS, Evidence, harden
from truing.methods._noisy_channel import m_step
from truing.methods._parts import unscrambled

CHANNEL = np.array([[0.55, 0.45], [0.15, 0.85]])  # (truth, label)
SEEDS = range(3)


@pytest.fixture(scope="module")
def planted():
    """Two classes that overlap, and a supervisor that confuses the first one with the second."""
    return [
        channelled(centers(seed, choices=2, apart=1.05, learn=2000, test=2000), seed, CHANNEL)
        for seed in SEEDS
    ]


def exact_em(one, rounds=160):
    """Test accuracy and channel of EM as Bekker and Goldberger write it, with the same student.

    The channel is carried from round to round, and each M-step solves the student to its optimum.
    """
    n, said = len(one.weak), one.weak.argmax(axis=1)
    rows, labels = one.features.astype(float), np.eye(2)[said]

    def student(targets):
        fitted = LogisticRegression(C=1.0, max_iter=200)
        return fitted.fit(
            np.tile(rows[:n], (2, 1)), np.repeat([0, 1], n), sample_weight=targets.T.ravel()
        )

    fitted = student(labels)
    found = fitted.predict_proba(rows[:n])
    for _ in range(rounds):
        joint = found.T @ labels
        channel = joint / joint.sum(axis=1, keepdims=True)
        found = fitted.predict_proba(rows[:n]) * channel[:, said].T
        found /= found.sum(axis=1, keepdims=True)
        fitted = student(found)
    return np.mean(fitted.predict(rows[n:]) == one.truth[n:]), channel


def test_noisy_channel_comes_close_to_exact_em(planted):
    exact = np.mean([exact_em(one)[0] for one in planted])
    ceiling = mean_accuracy([one.told_the_truth() for one in planted], "naive")
    found = mean_accuracy(planted, "noisy-channel")
    assert exact > mean_accuracy(planted, "naive,hard=true") + 0.1
    assert found == pytest.approx(exact, abs=0.01)
    assert found > ceiling - 0.03


def test_noisy_channel_estimates_the_planted_channel(planted):
    """The posterior gives it; the student's beliefs alone would blur it towards equal rows."""
    channels, blurred = [], []
    for one in planted:
        belief = one.beliefs("noisy-channel")[one.learn].astype(float)
        posterior, _ = METHODS.build("noisy-channel").value.targets(one.weak, belief, 1.0)
        labels, added = harden(one.weak), one.weak.mean(axis=0)
        channels.append(m_step(labels, posterior, added))
        blurred.append(m_step(labels, belief, added))
    errors = [np.abs(np.mean(found, axis=0) - CHANNEL).max() for found in (channels, blurred)]
    assert errors[0] < 0.05
    assert errors[1] > 0.1


def test_the_student_is_a_fixed_point_of_em(planted):
    """One more round from the trained student changes hardly any belief."""
    one = planted[0]
    belief = one.beliefs("noisy-channel")[one.learn].astype(float)
    posterior, _ = METHODS.build("noisy-channel").value.targets(one.weak, belief, 1.0)
    again = one.told(posterior).beliefs("naive")[one.learn]
    assert np.abs(again - belief).mean() < 0.01


def test_the_composition_undoes_the_channel_by_the_same_steps(planted):
    """`transform=channel` estimates the channel from posteriors too, with neighbors as prior."""
    one = planted[0]
    evidence = Evidence(
        one.weak, one.features[: len(one.weak)], one.learn, np.random.default_rng(0)
    )
    found = unscrambled(one.weak, evidence, 20)
    channel = m_step(one.weak, found, 1.0)
    assert np.abs(channel - CHANNEL).max() < 0.2
    hard = mean_accuracy(planted, "naive,hard=true")
    assert mean_accuracy(planted, "composition,transform=channel") > hard + 0.03


@pytest.mark.parametrize("warmup", [0.0, 0.2])
def test_a_start_at_the_weak_labels_does_not_permute_the_classes(warmup):
    """Labels that are right most of the time: a student with exchanged classes would be below."""
    planted = [
        channelled(
            centers(seed, choices=3, apart=2.5, learn=400),
            seed,
            [[0.7, 0.3, 0.0], [0.1, 0.8, 0.1], [0.0, 0.4, 0.6]],
        )
        for seed in range(8)
    ]
    for one in planted:
        assert one.accuracy(f"noisy-channel,warmup={warmup}") > 0.8
