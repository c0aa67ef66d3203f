"""Probes: directions in activations that are found without labels (Burns et al. 2022).

An item with two possible answers has a contrast pair: two texts, each with one of the answers. A
probe reads the activations of both texts. It is fitted on pairs whose right answer is unknown, so
that its sign is unknown too, until a rule without ground truth decides it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
from scipy.special import expit

from truing.calls import checked_class
from truing.supervisors._registered import Registered

Sign = Literal["anchors", "arbitrary"]
"""Rules for the sign of a probe, see `Elicitor`."""


@dataclass(frozen=True)
class Direction:
    """A direction in normalized activations.

    Attributes:
        weights: (D,) weights.
        bias: bias.
        reads: `answers`: the logit of each text is weights @ activations + bias, and the belief is
            the mean of p(second text) and 1 - p(first text); `difference`: the logit of the second
            answer is weights @ (second - first) + bias.
    """

    weights: np.ndarray
    bias: float
    reads: Literal["answers", "difference"]

    @property
    def reversed(self) -> Direction:
        """The direction with the other sign."""
        return replace(self, weights=-self.weights, bias=-self.bias)

    def beliefs(self, pairs: np.ndarray) -> np.ndarray:
        """Beliefs (N, 2) in the two answers, from normalized activations (N, 2, D)."""
        if self.reads == "answers":
            first, second = expit(pairs @ self.weights + self.bias).T
            right = (second + 1 - first) / 2
        else:
            right = expit((pairs[:, 1] - pairs[:, 0]) @ self.weights + self.bias)
        return np.stack([1 - right, right], axis=1)


@checked_class
@dataclass(frozen=True)
class Elicitor(Registered):
    """A supervisor that finds a direction in the activations of contrast pairs, without labels.

    Attributes:
        fit: function (normalized activations (n, 2, D), rng) -> `Direction`. The sign of the
            direction does not matter. The pairs are in random order.
        sign: `anchors`: the sign under which the beliefs about the names of the classes are right
            on average (the pair "good, good" and "good, bad" for the class good); `arbitrary`: the
            weight with the largest absolute value is positive. Items with their own answers, and
            features that are not computed from texts, have no anchors; their sign is arbitrary.
        prompt: text between an item's text and the name of a class.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import Direction, Elicitor, fit_probe
        >>> def first_column(pairs, rng):
        ...     return Direction(np.eye(pairs.shape[2])[0], 0.0, "difference")
        >>> pairs = np.random.default_rng(0).normal(size=(20, 2, 3))
        >>> probe = fit_probe(Elicitor(first_column), pairs, np.random.default_rng(0))
        >>> probe.beliefs(pairs).shape
        (20, 2)
    """

    fit: Callable[[np.ndarray, np.random.Generator], Direction]
    sign: Sign = "anchors"
    prompt: str = ""


@dataclass(frozen=True)
class Probe:
    """A fitted probe: the normalization of each answer, and a direction.

    Attributes:
        center, scale: (2, D) mean and standard deviation of the activations of first and second
            texts.
        direction: the direction.
    """

    center: np.ndarray
    scale: np.ndarray
    direction: Direction

    def beliefs(self, pairs: np.ndarray) -> np.ndarray:
        """Beliefs (N, 2) in the two answers, from activations (N, 2, D)."""
        return self.direction.beliefs((pairs - self.center) / self.scale)

    def normalized_by(self, pairs: np.ndarray) -> Probe:
        """The probe for another task, normalized by activations (n, 2, D) of that task.

        Burns et al. normalize each task by its own activations, which needs no labels: the mean
        over a task contains its topic and its format, which say nothing about an answer.
        """
        return Probe(*_moments(pairs), self.direction)

    def arrays(self) -> dict[str, np.ndarray]:
        """Arrays for a store, which `from_arrays` reads."""
        direction = {name: np.array(value) for name, value in vars(self.direction).items()}
        return {"center": self.center, "scale": self.scale, **direction}

    @classmethod
    def from_arrays(cls, stored: Mapping[str, np.ndarray]) -> Self:
        """Read the arrays of `arrays`."""
        direction = Direction(stored["weights"], stored["bias"].item(), stored["reads"].item())
        return cls(stored["center"], stored["scale"], direction)


def fit_probe(
    elicitor: Elicitor,
    pairs: np.ndarray,
    rng: np.random.Generator,
    *,
    anchors: np.ndarray | None = None,
    right: Sequence[int] | np.ndarray = (),
) -> Probe:
    """Fit a probe on contrast pairs without labels, and decide its sign.

    The activations of first and of second texts are normalized separately, each column to mean 0
    and standard deviation 1 (section 2.2), so that a direction cannot read which answer a text
    ends with.

    Args:
        elicitor: the kind of probe and the rule for its sign.
        pairs: (n, 2, D) activations of contrast pairs.
        rng: random generator.
        anchors: (A, 2, D) activations of the anchors; without any, the sign is arbitrary.
        right: (A,) right answer of each anchor.
    """
    center, scale = _moments(pairs)
    direction = elicitor.fit((pairs - center) / scale, rng)
    probe = Probe(center, scale, direction)
    if elicitor.sign == "arbitrary" or anchors is None or not len(anchors):
        keep = direction.weights[np.abs(direction.weights).argmax()] >= 0
    else:
        keep = probe.beliefs(anchors)[np.arange(len(right)), right].mean() >= 0.5
    return probe if keep else replace(probe, direction=direction.reversed)


def _moments(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (2, D) of activations (n, 2, D); 1 for constant columns."""
    spread = pairs.std(axis=0, dtype=np.float64)
    return pairs.mean(axis=0, dtype=np.float64), np.where(spread > 0, spread, 1)
