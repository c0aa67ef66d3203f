"""The sparse judge of the pixel debate: a classifier that sees only a few pixels of an image.

Irving, Christiano and Amodei 2018, AI safety via debate (arXiv 1805.00899), section 3.1: a
classifier trained on k randomly chosen nonzero pixels of each image. Here it is a perceptron with
one hidden layer over two planes: which pixels are shown, and their values. So a pixel's
contribution to the hidden layer does not depend on other pixels, and the verdict on a set of pixels
costs one sum and one product with the second layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HIDDEN = 64
STEPS, BATCH = 2500, 256
RATE = 0.005  # learning rate of Adam, with cosine decay to zero
DECAY = 0.9, 0.999  # Adam's decay rates of the gradient and of its square


@dataclass(frozen=True)
class SparseJudge:
    """A trained judge of images with P pixels, H hidden units and K classes, in float32.

    Attributes:
        shown: (P, H) contribution of a shown pixel to the hidden layer.
        per_value: (P, H) additional contribution per unit of the pixel's value.
        bias: (H,) bias of the hidden layer.
        out: (H, K) weights of the second layer.
        out_bias: (K,) bias of the second layer.
    """

    shown: np.ndarray
    per_value: np.ndarray
    bias: np.ndarray
    out: np.ndarray
    out_bias: np.ndarray

    def contributions(self, image: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        """(m, H) contributions of m pixels of a flat image (P,) to the hidden layer."""
        return self.shown[pixels] + image[pixels, None] * self.per_value[pixels]

    def logits(self, hidden: np.ndarray) -> np.ndarray:
        """(..., K) log-odds, up to a constant, from sums over pixels and bias (..., H)."""
        return np.maximum(hidden, 0) @ self.out + self.out_bias

    def judge(self, images: np.ndarray, views: np.ndarray) -> np.ndarray:
        """(n, K) logits of flat images (n, P) from their pixels `views` (n, k)."""
        values = np.take_along_axis(images, views, axis=1)[..., None]
        contributions = self.shown[views] + values * self.per_value[views]
        return self.logits(self.bias + contributions.sum(axis=1))


def draw_views(images: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """(n, k) nonzero pixels of flat images (n, P); every set is equally likely."""
    drawn = rng.random(images.shape, dtype=np.float32)
    drawn[images == 0] = -1
    return np.argpartition(drawn, -pixels, axis=1)[:, -pixels:]


def train_judge(
    images: np.ndarray, truth: np.ndarray, classes: int, pixels: int, rng: np.random.Generator
) -> SparseJudge:
    """Train a judge on random views of images, by Adam (Kingma and Ba 2015) on cross entropy.

    Args:
        images: (n, P) flat images with values in [0, 1] and at least `pixels` nonzero pixels each.
        truth: (n,) classes.
        classes: number of classes.
        pixels: number of pixels shown.
        rng: random generator of weights, batches and views.
    """
    sides = 2 * images.shape[1]
    weights = [
        rng.standard_normal((sides, HIDDEN)) * np.sqrt(1 / pixels),
        np.zeros(HIDDEN),
        rng.standard_normal((HIDDEN, classes)) * np.sqrt(1 / HIDDEN),
        np.zeros(classes),
    ]
    weights = [one.astype(np.float32) for one in weights]
    first, second = ([np.zeros_like(one) for one in weights] for _ in range(2))
    for step in range(STEPS):
        chosen = rng.integers(len(images), size=BATCH)
        planes = _planes(images[chosen], draw_views(images[chosen], pixels, rng))
        gradients = _gradients(weights, planes, truth[chosen])
        rate = RATE * (1 + np.cos(np.pi * step / STEPS)) / 2
        rate *= np.sqrt(1 - DECAY[1] ** (step + 1)) / (1 - DECAY[0] ** (step + 1))
        for one, gradient, mean, square in zip(weights, gradients, first, second, strict=True):
            mean += (1 - DECAY[0]) * (gradient - mean)
            square += (1 - DECAY[1]) * (gradient**2 - square)
            one -= np.float32(rate) * mean / (np.sqrt(square) + 1e-8)
    shown, per_value = np.split(weights[0], 2)
    return SparseJudge(shown, per_value, *weights[1:])


def _planes(images: np.ndarray, views: np.ndarray) -> np.ndarray:
    """(n, 2P) which pixels are shown, and the values of the shown pixels."""
    shown = np.zeros(images.shape, np.float32)
    np.put_along_axis(shown, views, 1, axis=1)
    return np.hstack([shown, shown * images])


def _gradients(
    weights: Sequence[np.ndarray], planes: np.ndarray, truth: np.ndarray
) -> list[np.ndarray]:
    """Gradients of the mean cross entropy for all weights of the judge."""
    into, bias, out, out_bias = weights
    hidden = np.maximum(planes @ into + bias, 0)
    logits = hidden @ out + out_bias
    surplus = np.exp(logits - logits.max(axis=1, keepdims=True))
    surplus /= surplus.sum(axis=1, keepdims=True)
    surplus[np.arange(len(truth)), truth] -= 1
    surplus /= len(truth)
    back = (surplus @ out.T) * (hidden > 0)
    return [planes.T @ back, back.sum(axis=0), hidden.T @ surplus, surplus.sum(axis=0)]
