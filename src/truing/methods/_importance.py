"""Importance weights: train as if the learning items were drawn like the items to predict.

If the inputs of the predicted items have another distribution than those of the learning items
(covariate shift), the loss of each learning item is weighted by the ratio of the two densities
(Shimodaira 2000, "Improving predictive inference under covariate shift by weighting the
log-likelihood function", section 2). A classifier that tells the two sets apart estimates the
ratio (Bickel, Brückner and Scheffer 2009, "Discriminative learning under covariate shift", section
3). It uses the inputs of the predicted items, and no labels of either set.
"""

from __future__ import annotations

import numpy as np

from truing.methods._method import Evidence, follow
from truing.students import Head, assign_folds, choose_l2, fit_heads, make_design

LEAST = 1e-3  # least probability of being a learning item; bounds the ratio


def importance_weights(evidence: Evidence, predicted: np.ndarray, power: float) -> np.ndarray:
    """Weights (n,) of the learning items, with mean 1.

    The strength of the classifier's penalty is chosen by cross-validation. If no classifier can
    tell the sets apart, all weights are about 1.

    Args:
        evidence: the learning items; labels are not used.
        predicted: (m, d) or (m, k, d) features of the predicted items.
        power: exponent of the ratio, from 0 (equal weights) to 1 (unbiased, but with the largest
            variance), Shimodaira 2000, section 5.

    Examples:
        >>> import numpy as np
        >>> from truing.methods import Evidence, importance_weights
        >>> rng = np.random.default_rng(0)
        >>> learned, predicted = rng.normal(0, 1, (200, 1)), rng.normal(1, 1, (200, 1))
        >>> evidence = Evidence(np.full((200, 2), 0.5), learned, np.arange(200), rng)
        >>> weights = importance_weights(evidence, predicted, power=1.0)
        >>> bool(abs(np.average(learned[:, 0], weights=weights) - 1) < 0.2)
        True
    """
    both = np.concatenate([evidence.features, predicted])
    count = len(evidence.features)
    alone = count + np.arange(len(predicted))  # a predicted item shares no cluster with them
    clusters = np.concatenate([np.unique(evidence.clusters, return_inverse=True)[1], alone])
    flat = Evidence(evidence.weak, both, clusters, evidence.rng).flat_features
    labels = np.repeat(np.eye(2), [count, len(predicted)], axis=0)
    design = make_design(flat, np.arange(len(both)), classes=2)
    l2 = choose_l2(design, labels, assign_folds(clusters, evidence.rng)).l2
    head = Head(0, labels, np.ones(len(both)), l2, follow, static=True, name="importance weights")
    (weights,) = fit_heads([design], [head])
    belief = design.beliefs(weights[None])[0, :count].astype(np.float64)
    ratio = (belief[:, 1] / np.maximum(belief[:, 0], LEAST)) ** power
    return ratio / ratio.mean()
