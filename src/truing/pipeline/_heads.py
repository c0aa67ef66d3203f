"""Heads: linear students on fixed features, trained as the referee trains its baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from truing.errors import UserError
from truing.methods import Method, Training, train, train_heads
from truing.pipeline._given import Given
from truing.pipeline._training import make_training, usual_l2
from truing.students import L2


@dataclass(frozen=True, eq=False)
class Head:
    """A trained head.

    Attributes:
        weight: (k, d), or (1, d) if each item has its own choices.
        bias: (k,) or (1,).
        l2: strength of the squared-norm penalty, as given or chosen.
    """

    weight: np.ndarray
    bias: np.ndarray
    l2: float

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Beliefs (m, k) about items with features (m, d) or (m, k, d)."""
        logits = np.asarray(features, float) @ self.weight.T + self.bias
        if features.ndim == 3:
            logits = np.where(np.isnan(logits[..., 0]), -np.inf, logits[..., 0])  # absent choices
        return softmax(logits, axis=1)


def fit_head(
    features: np.ndarray,
    targets: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    l2: L2 | None = None,
    clusters: np.ndarray | None = None,
) -> Head:
    """Train a head on targets. It standardizes the features itself.

    Args:
        features: (n, d), or (n, k, d) for items with their own choices.
        targets: (n, k) probabilities.
        weights: (n,) weight of each item; by default 1.
        l2: strength of the squared-norm penalty, or `auto` to choose it by cross-validation; by
            default 1 for up to 256 columns, else `auto`.
        clusters: (n,) cluster of each item, for `auto`; by default each item is one.

    Raises:
        UserError: the numbers of items differ.
        MethodError: targets do not sum to 1, or values are not finite.
        DataError: `auto` with fewer than 5 clusters.

    Examples:
        >>> import numpy as np
        >>> from truing import pipeline
        >>> features, targets = np.array([[-1.0], [1.0]] * 5), np.eye(2)[[0, 1] * 5]
        >>> head = pipeline.fit_head(features, targets)
        >>> head.predict(np.array([[3.0], [-3.0]])).argmax(axis=1).tolist()
        [1, 0]
    """
    features, targets = np.asarray(features), np.asarray(targets, float)
    n = len(features)
    given = np.ones(n) if weights is None else np.asarray(weights, float)
    groups = np.arange(n) if clusters is None else np.asarray(clusters)
    for name, array in (("targets", targets), ("weights", given), ("clusters", groups)):
        if len(array) != n:
            raise UserError(f"{name} must have a row for each of the {n} items, got {len(array)}")
    method = Method(targets=lambda weak, belief, progress: (weak, given), static=True)
    strength = usual_l2(features) if l2 is None else l2
    training = Training(method, "fit_head", np.arange(n), targets, groups, strength, "")
    (trained,) = train_heads(features, [training])
    return Head(trained.weight[0], trained.bias[0], trained.l2)


def train_method(
    given: Given,
    method: str | Method = "naive",
    *,
    features: tuple[np.ndarray, np.ndarray] | None = None,
    l2: L2 | None = None,
) -> np.ndarray:
    """Train a head by a method on the weak labels; returns beliefs (m, k) about `given.predict`.

    Args:
        given: inputs of the run. Change them with `dataclasses.replace`, for example to train on
            other labels.
        method: name of a method with arguments, such as `confidence,alpha_max=0.5` (see `truing
            list methods`), a method in a file of the folder (`mine.py:my-method`), or a `Method`.
        features: features of the learning items and of the items to predict; by default those of
            `given`.
        l2: see `fit_head`.

    Raises:
        UserError: there are no features, or the method cannot be trained in a run.
        MethodError: the method broke its contract.
    """
    learn, predict = features or (given.learn_features, given.predict_features)
    if learn is None or predict is None:
        raise UserError(
            "this run has no features; pass features=(LEARN, PREDICT), such as pipeline.activations"
        )
    joined = np.concatenate([np.asarray(learn), np.asarray(predict)])
    training = make_training(given, method, usual_l2(joined) if l2 is None else l2)
    (beliefs,) = train(joined, [training])
    return beliefs[len(given.weak) :].astype(np.float64)
