"""Directions in the differences of contrast pairs, and a random direction as a control.

The difference of a pair is the normalized activation of its second text minus that of its first
text. The score of an item is divided by the standard deviation of the scores. Its sign is the label
and its size orders the items, but the confidence of the beliefs is a convention.
"""

from __future__ import annotations

import numpy as np

from truing.supervisors._supervisor import supervisor
from truing.supervisors.probes._probe import Direction, Elicitor, Sign


@supervisor("crc:{features:FEATURES}")
def crc(features: str, sign: Sign = "anchors", prompt: str = "") -> Elicitor:
    """Top principal component of contrast differences, without labels (CRC-TPC, Burns et al. 2022).

    Args:
        features: features of texts whose activations the probe reads; their arguments may follow.
        sign: rule for the sign: the beliefs about the names of the classes, or arbitrary.
        prompt: text between an item's text and the name of a class, such as `Sentiment:`.
    """
    del features  # the study extracts them
    return Elicitor(_top_component, sign, prompt)


@supervisor("kmeans:{features:FEATURES}")
def kmeans(features: str, sign: Sign = "anchors", prompt: str = "") -> Elicitor:
    """Two clusters of contrast differences, without labels (Farquhar et al. 2023).

    Args:
        features: features of texts whose activations the probe reads; their arguments may follow.
        sign: rule for the sign: the beliefs about the names of the classes, or arbitrary.
        prompt: text between an item's text and the name of a class, such as `Sentiment:`.
    """
    del features  # the study extracts them
    return Elicitor(_two_clusters, sign, prompt)


@supervisor("random-direction:{features:FEATURES}")
def random_direction(features: str, sign: Sign = "anchors", prompt: str = "") -> Elicitor:
    """Control: a random direction in contrast differences, another one for each seed.

    Args:
        features: features of texts whose activations the probe reads; their arguments may follow.
        sign: rule for the sign: the beliefs about the names of the classes, or arbitrary.
        prompt: text between an item's text and the name of a class, such as `Sentiment:`.
    """
    del features  # the study extracts them
    return Elicitor(_random, sign, prompt)


def _top_component(pairs: np.ndarray, rng: np.random.Generator) -> Direction:
    from sklearn.decomposition import PCA

    differences = pairs[:, 1] - pairs[:, 0]
    found = PCA(1, svd_solver="full").fit(differences)  # exact: it uses no random numbers
    return _scaled(differences, found.components_[0], 0.0)


def _two_clusters(pairs: np.ndarray, rng: np.random.Generator) -> Direction:
    """The score is half the difference of the squared distances from the two means."""
    from sklearn.cluster import KMeans

    differences = pairs[:, 1] - pairs[:, 0]
    found = KMeans(2, n_init=10, random_state=int(rng.integers(2**31))).fit(differences)
    centers = np.asarray(found.cluster_centers_)
    bias = float((centers[0] ** 2 - centers[1] ** 2).sum()) / 2
    return _scaled(differences, centers[1] - centers[0], bias)


def _random(pairs: np.ndarray, rng: np.random.Generator) -> Direction:
    return _scaled(pairs[:, 1] - pairs[:, 0], rng.standard_normal(int(pairs.shape[2])), 0.0)


def _scaled(differences: np.ndarray, weights: np.ndarray, bias: float) -> Direction:
    """Direction whose scores have standard deviation 1."""
    spread = float((differences @ weights).std()) or 1.0
    return Direction(weights / spread, bias / spread, "difference")
