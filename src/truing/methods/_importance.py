"""Importance weights: train as if the learning items were drawn like the items to predict.

If the inputs of the predicted items have another distribution than those of the learning items
(covariate shift), the loss of each learning item is weighted by the ratio of the two densities
(Shimodaira 2000, "Improving predictive inference under covariate shift by weighting the
log-likelihood function", section 2). A classifier that distinguishes the two sets estimates the
ratio (Bickel, Brückner and Scheffer 2009, "Discriminative learning under covariate shift", section
3). It uses the inputs of the predicted items, and no labels of either set.
"""

from __future__ import annotations

import numpy as np

from truing.methods._method import follow
from truing.students import Head, assign_folds, choose_l2, fit_heads, make_design

LEAST = 1e-3  # least probability of being a learning item; bounds the ratio


def importance_weights(
    learned: np.ndarray, predicted: np.ndarray, clusters: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Density ratio (n,) of predicted and learning items at the learning items, with mean 1.

    The strength of the classifier's penalty is chosen by cross-validation. If no classifier can
    distinguish the sets, all weights are about 1. Powers between 0 and 1 of the weights have a
    lower variance and a larger bias (Shimodaira 2000, section 5).

    Args:
        learned: (n, d) features of the learning items.
        predicted: (m, d) features of the predicted items.
        clusters: (n,) clusters of the learning items, which contain no predicted item.
        rng: divides the items into folds.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import importance_weights
        >>> rng = np.random.default_rng(0)
        >>> learned, predicted = rng.normal(0, 1, (200, 1)), rng.normal(1, 1, (200, 1))
        >>> weights = importance_weights(learned, predicted, np.arange(200), rng)
        >>> bool(abs(np.average(learned[:, 0], weights=weights) - 1) < 0.3)
        True
    """
    count, everyone = len(learned), np.arange(len(learned) + len(predicted))
    groups = np.unique(clusters, return_inverse=True)[1]
    folds = assign_folds(np.concatenate([groups, everyone[count:]]), rng)
    labels = np.repeat(np.eye(2), [count, len(predicted)], axis=0)
    design = make_design(np.concatenate([learned, predicted]), everyone, classes=2)
    l2 = choose_l2(design, labels, folds).l2
    mass = np.ones(len(everyone))
    head = Head(0, labels, mass, l2, follow, static=True, name="importance weights")
    (weights,) = fit_heads([design], [head])
    belief = design.beliefs(weights[None])[0, :count].astype(np.float64)
    ratio = belief[:, 1] / np.maximum(belief[:, 0], LEAST)
    return ratio / ratio.mean()
