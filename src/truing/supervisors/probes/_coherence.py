"""Coherence of heads: contrast pairs are labeled so that linear heads predict each label.

The search is that of internal coherence maximization (Wen et al. 2025), but not its score: a linear
head on the activations of the other items takes the place of a language model. The head of an item
is the ridge regression of all other labels, coded -1 and 1 and 0 for no label, on their contrast
differences, in closed form (leave one out). Its score s gives the label 1 the probability
sigmoid(2 s), which follows from normal residuals with standard deviation 1. Heads have no
intercept, and differences have mean 0, so that equal labels for all items do not predict each
other.

Nothing in the search says what the labels mean: reversed labels are equally coherent. The sign of
the head on the found labels is decided as for other probes.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from scipy.special import log_expit

from truing.arguments import AtLeastOne, Within
from truing.supervisors._coherent import NONE, find_coherent_labels
from truing.supervisors._supervisor import supervisor
from truing.supervisors.probes._probe import Direction, Elicitor, Sign


@supervisor("coherence:{features:FEATURES}")
def coherence(
    features: str,
    sign: Sign = "anchors",
    prompt: str = "",
    ridge: Annotated[float, Within("(0, inf)")] = 0.1,
    steps: AtLeastOne = 8,
) -> Elicitor:
    """Labels that linear heads predict from each other, without ground truth (cf. Wen et al. 2025).

    Args:
        features: features of texts whose activations the heads read; their arguments may follow.
        sign: rule for the sign: the beliefs about the names of the classes, or arbitrary.
        prompt: text between an item's text and the name of a class, such as `Sentiment:`.
        ridge: strength of the penalty, as a share of the total variance of the differences.
        steps: number of steps of the search per item.
    """
    del features  # the study extracts them
    return Elicitor(lambda pairs, rng: fit_coherence(pairs, rng, ridge, steps), sign, prompt)


def fit_coherence(
    pairs: np.ndarray, rng: np.random.Generator, ridge: float = 0.1, steps: int = 8
) -> Direction:
    """Direction of the ridge regression on coherent labels.

    Args:
        pairs: (n, 2, D) normalized activations.
        rng: random generator of the search.
        ridge: strength of the penalty, as a share of the total variance.
        steps: number of steps per item.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import fit_coherence
        >>> rng = np.random.default_rng(0)
        >>> right = rng.choice([-1.0, 1.0], 60)
        >>> pairs = rng.normal(size=(60, 2, 3)) + 2 * np.stack([-right, right], 1)[:, :, None]
        >>> belief = fit_coherence(pairs, rng).beliefs(pairs)[:, 1]
        >>> agreement = np.mean((belief > 0.5) == (right > 0))
        >>> bool(max(agreement, 1 - agreement) > 0.9)
        True
    """
    differences = (pairs[:, 1] - pairs[:, 0]).astype(np.float64)
    total = float(np.square(differences).sum()) or 1.0
    kernel = differences @ differences.T / total  # (n, n), trace 1
    solver = np.linalg.inv(kernel + ridge * np.eye(len(kernel)))
    heads = _LeftOut(kernel @ solver)
    labels = find_coherent_labels(np.full(len(pairs), 2), heads.predict, steps * len(pairs), rng)
    weights = differences.T @ solver @ (2.0 * labels - 1) / total
    return Direction(2 * weights, 0.0, "difference")


class _LeftOut:
    """Predictions of each label by the ridge regression of the other labels.

    Args:
        hat: (n, n) matrix from labels to fitted labels.
    """

    def __init__(self, hat: np.ndarray):
        own = np.diag(hat)
        self.weights = ((hat - np.diag(own)) / (1 - own)[:, None]).T.copy()  # (label, predicted)
        self.codes, self.scores = np.zeros(len(hat)), np.zeros(len(hat))

    def predict(self, labels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Log-probabilities, see `find_coherent_labels`; only changed labels are added again."""
        codes = np.where(labels == NONE, 0.0, 2.0 * labels - 1)
        changed = np.flatnonzero(codes != self.codes)
        self.scores = self.scores + (codes - self.codes)[changed] @ self.weights[changed]
        self.codes = codes
        scores = 2 * self.scores[wanted]
        return np.stack([log_expit(-scores), log_expit(scores)], axis=1)
