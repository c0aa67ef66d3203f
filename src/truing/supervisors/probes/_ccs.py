"""Contrast-consistent search (Burns et al. 2022, section 2.2).

A linear probe gives each text of a contrast pair a probability. Its loss asks for consistency,
(p(second) - (1 - p(first)))^2, since one of the two answers is right, and for confidence,
min(p(first), p(second))^2. The loss is minimized from several random starts, and the probe with the
lowest loss is kept. The belief in the second answer is (p(second) + 1 - p(first)) / 2.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from truing.arguments import AtLeastOne
from truing.supervisors._supervisor import supervisor
from truing.supervisors.probes._probe import Direction, Elicitor, Sign

STEPS = 1000  # of full-batch AdamW
RATE, DECAY = 0.01, 0.01  # learning rate and weight decay
MOMENTS, TINY = (0.9, 0.999), 1e-8  # AdamW's defaults in PyTorch


@supervisor("ccs:{features:FEATURES}")
def ccs(
    features: str, sign: Sign = "anchors", prompt: str = "", restarts: AtLeastOne = 10
) -> Elicitor:
    """Contrast-consistent search in activations, without labels (Burns et al. 2022).

    Args:
        features: features of texts whose activations the probe reads; their arguments may follow.
        sign: rule for the sign: the beliefs about the names of the classes, or arbitrary.
        prompt: text between an item's text and the name of a class, such as `Sentiment:`.
        restarts: number of random starts.
    """
    del features  # the study extracts them
    return Elicitor(lambda pairs, rng: fit_ccs(pairs, rng, restarts), sign, prompt)


def fit_ccs(pairs: np.ndarray, rng: np.random.Generator, restarts: int = 10) -> Direction:
    """Direction with the lowest loss of several random starts.

    Args:
        pairs: (n, 2, D) normalized activations.
        rng: random generator of the starts.
        restarts: number of random starts.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import fit_ccs
        >>> rng = np.random.default_rng(0)
        >>> right = rng.choice([-1.0, 1.0], 60)
        >>> pairs = rng.normal(size=(60, 2, 3)) + np.stack([-right, right], 1)[:, :, None]
        >>> belief = fit_ccs(pairs, rng).beliefs(pairs)[:, 1]
        >>> agreement = np.mean((belief > 0.5) == (right > 0))
        >>> bool(max(agreement, 1 - agreement) > 0.9)
        True
    """
    texts = np.ascontiguousarray(pairs.reshape(-1, pairs.shape[2]), np.float32)  # (2n, D)
    texts = np.column_stack([texts, np.ones(len(texts), np.float32)])  # the last weight is the bias
    reach = 1 / np.sqrt(pairs.shape[2])
    point = rng.uniform(-reach, reach, (restarts, texts.shape[1])).astype(np.float32).T
    mean, square = np.zeros_like(point), np.zeros_like(point)
    for step in range(1, STEPS + 1):
        gradient = _gradient(texts, point)
        mean += (1 - MOMENTS[0]) * (gradient - mean)
        square += (1 - MOMENTS[1]) * (gradient**2 - square)
        size = np.sqrt(square / (1 - MOMENTS[1] ** step)) + TINY
        point = (1 - RATE * DECAY) * point - RATE * mean / (1 - MOMENTS[0] ** step) / size
    best = point[:, _losses(texts, point).argmin()].astype(np.float64)
    return Direction(best[:-1], float(best[-1]), "answers")


def _losses(texts: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(restarts,) loss of weights (D + 1, restarts): consistency and confidence."""
    first, second = _probabilities(texts, point)
    return ((first + second - 1) ** 2 + np.minimum(first, second) ** 2).mean(axis=0)


def _gradient(texts: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(D + 1, restarts) gradient of the losses."""
    both = _probabilities(texts, point)
    first, second = both
    slope = np.stack(  # (2, n, restarts), with respect to the probabilities
        [
            2 * (first + second - 1) + 2 * first * (first < second),
            2 * (first + second - 1) + 2 * second * (second <= first),
        ]
    )
    slope *= both * (1 - both) / len(first)
    return texts.T @ slope.swapaxes(0, 1).reshape(len(texts), -1)


def _probabilities(texts: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(2, n, restarts) probabilities of first and second texts."""
    return expit(texts @ point).reshape(-1, 2, point.shape[1]).swapaxes(0, 1)
