"""The direction of L-BFGS (Nocedal and Wright 2006, Algorithm 7.4), for many heads together.

Its two loops run on inner products instead of vectors (Chen et al. 2014, "Large-scale L-BFGS using
MapReduce"). Pairs of steps and gradient changes are in a ring buffer of M slots.

Letters in shapes: H heads, P parameters, M memory.
"""

from __future__ import annotations

import numpy as np

MEMORY = 6  # M, pairs of steps and gradient changes that determine the direction


def store_pair(
    pairs: np.ndarray, gram: np.ndarray, slot: int, step: np.ndarray, change: np.ndarray
) -> None:
    """Store a step and its gradient change in a slot, and update the inner products.

    A pair of zeros has no effect on the direction.

    Args:
        pairs: (H, 2M, P), steps, then gradient changes; changed in place.
        gram: (H, 2M, 2M), inner products of `pairs`; changed in place.
        slot: 0 to M - 1.
        step: (H, P).
        change: (H, P).
    """
    pairs[:, slot], pairs[:, MEMORY + slot] = step, change
    for row in (slot, MEMORY + slot):
        product = np.matmul(pairs, pairs[:, row, :, None])[..., 0]
        gram[:, row] = product
        gram[:, :, row] = product


def find_direction(
    pairs: np.ndarray, gram: np.ndarray, gradient: np.ndarray, slot: int
) -> tuple[np.ndarray, np.ndarray]:
    """Direction (H, P) and its slope (H,), by the two loops.

    Args:
        pairs: as in `store_pair`.
        gram: as in `store_pair`.
        gradient: (H, P).
        slot: slot of the newest pair.
    """
    ahead = np.matmul(pairs, gradient[:, :, None])[..., 0]  # (H, 2M)
    steps, changes = gram[:, :MEMORY], gram[:, MEMORY:]
    curvature = np.einsum("hmm->hm", steps[:, :, MEMORY:])
    inverse = np.where(curvature > 0, 1 / np.where(curvature > 0, curvature, 1), 0)
    ring = [(slot - back) % MEMORY for back in range(MEMORY)]  # newest first
    remaining = -ahead[:, :MEMORY]
    first = np.zeros_like(remaining)
    for j in ring:
        first[:, j] = inverse[:, j] * remaining[:, j]
        remaining = remaining - first[:, j, None] * steps[:, :, MEMORY + j]
    size = changes[:, slot, MEMORY + slot]
    newest = size > 0
    gain = np.where(newest, curvature[:, slot] / np.where(newest, size, 1), 1)[:, None]
    back = -ahead[:, MEMORY:]
    for j in ring:
        back = back - first[:, j, None] * changes[:, :, MEMORY + j]
    back *= gain
    second = np.zeros_like(first)
    for j in reversed(ring):
        second[:, j] = first[:, j] - inverse[:, j] * back[:, j]
        back = back + second[:, j, None] * changes[:, :, j]
    mix = np.concatenate([second, -gain * first], axis=1)
    direction = np.matmul(mix[:, None], pairs)[:, 0] - gain * gradient
    slope = dot(direction, gradient)
    uphill = slope >= 0
    if uphill.any():
        direction[uphill] = -gradient[uphill]
        slope[uphill] = -dot(gradient[uphill], gradient[uphill])
    return direction, slope


def dot(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Inner products (H,) of rows (H, P); the order of summation does not depend on H."""
    return np.matmul(left[:, None, :], right[:, :, None])[:, 0, 0]
