"""Planted problems: the truth is known, and so is in what way the supervisor errs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from truing.methods import METHODS, Training, train


@dataclass(frozen=True)
class Planted:
    """Items around K centers, a line apart from each other, and what a supervisor says of them.

    Attributes:
        features: (A, d), of learning and test items.
        truth: (A,).
        weak: (n, k) labels of the first n items, which the student learns from.
    """

    features: np.ndarray
    truth: np.ndarray
    weak: np.ndarray

    @property
    def learn(self) -> np.ndarray:
        return np.arange(len(self.weak))

    @property
    def wrong(self) -> np.ndarray:
        """(n,) where the supervisor errs."""
        return self.weak.argmax(axis=1) != self.truth[self.learn]

    def told(self, weak: np.ndarray) -> Planted:
        """The same items, with labels (n, k)."""
        return replace(self, weak=weak)

    def told_the_truth(self) -> Planted:
        return self.told(np.eye(self.weak.shape[1])[self.truth[self.learn]])

    def beliefs(self, method: str, *, l2: float = 1.0, key: str = "key") -> np.ndarray:
        """(A, k) of a student that is trained by a method, named as at the command line."""
        built = METHODS.build(method)
        training = Training(built.value, built.label, self.learn, self.weak, self.learn, l2, key)
        return train(self.features, [training])[0]

    def accuracy(self, method: str, **options) -> float:
        """Of such a student, on the test items."""
        right = self.beliefs(method, **options).argmax(axis=1) == self.truth
        return float(right[len(self.weak) :].mean())


def mean_accuracy(planted: list[Planted], method: str, **options) -> float:
    """Over problems that differ by their seed alone."""
    return float(np.mean([one.accuracy(method, **options) for one in planted]))


def centers(
    seed: int, *, choices: int, apart: float, learn: int = 600, test: int = 1000, columns: int = 8
) -> Planted:
    """Choices lie around centers at right angles, each `apart` standard deviations from the origin.

    The supervisor knows the truth; `noisy`, `confused` and `unsure` make it err.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(choices, size=learn + test)
    axes = np.linalg.qr(rng.normal(size=(columns, columns)))[0]
    features = apart * axes[truth] + rng.normal(size=(learn + test, columns))
    return Planted(features.astype(np.float32), truth, np.eye(choices)[truth[:learn]])


def noisy(planted: Planted, seed: int, share: float, *, sureness: float = 0.9) -> Planted:
    """A share of the labels is another choice, drawn alike; all are equally sure."""
    said = _mistaken(planted, seed, share)
    return planted.told(_spoken(said, sureness, planted.weak.shape[1]))


def unsure(planted: Planted, seed: int, share: float) -> Planted:
    """As `noisy`, but the supervisor is sure exactly where it is right."""
    said = _mistaken(planted, seed, share)
    sureness = np.where(said == planted.truth[planted.learn], 0.95, 0.55)
    return planted.told(_spoken(said, sureness, planted.weak.shape[1]))


def confused(planted: Planted, seed: int, share: float, *, sureness: float = 0.9) -> Planted:
    """A share of the items whose truth is choice 0 is called choice 1, and nothing else errs."""
    rng = np.random.default_rng([seed, 1])
    said = planted.truth[planted.learn].copy()
    said[(said == 0) & (rng.random(len(said)) < share)] = 1
    return planted.told(_spoken(said, sureness, planted.weak.shape[1]))


def channelled(planted: Planted, seed: int, channel, *, sureness: float = 0.9) -> Planted:
    """Labels drawn from a channel (truth, label), whose rows are probabilities."""
    rng = np.random.default_rng([seed, 1])
    edges = np.cumsum(channel, axis=1)[planted.truth[planted.learn]]
    said = (rng.random(len(edges))[:, None] > edges).sum(axis=1)
    return planted.told(_spoken(said, sureness, len(edges[0])))


def _mistaken(planted: Planted, seed: int, share: float) -> np.ndarray:
    rng = np.random.default_rng([seed, 1])
    said, choices = planted.truth[planted.learn].copy(), planted.weak.shape[1]
    wrong = rng.random(len(said)) < share
    said[wrong] = (said[wrong] + rng.integers(1, choices, size=wrong.sum())) % choices
    return said


def _spoken(said: np.ndarray, sureness, choices: int) -> np.ndarray:
    """(n, k): a probability for what is said, the rest spread over the others."""
    sureness = np.broadcast_to(sureness, said.shape)
    weak = np.repeat(((1 - sureness) / (choices - 1))[:, None], choices, axis=1)
    weak[np.arange(len(said)), said] = sureness
    return weak


def featureless(weak: np.ndarray, repeats: int = 50) -> Planted:
    """Items that look all alike: only the free intercept learns, so optima have closed forms."""
    labels = np.tile(weak, (repeats, 1))
    return Planted(np.zeros((len(labels), 1), np.float32), np.zeros(len(labels), int), labels)
