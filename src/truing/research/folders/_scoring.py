"""Scoring of folders: the inputs of each run, and its predictions in the order of the items."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from truing.research.folders._inputs import Items, RunInputs
from truing.tasks import Task


@dataclass(frozen=True, eq=False)
class Assignment:
    """What a run is scored on: its inputs, and the order in which they show the items.

    Attributes:
        inputs: inputs of the run.
        learn, predict: indices in the task of the items, in the order of the inputs.
    """

    inputs: RunInputs
    learn: np.ndarray
    predict: np.ndarray


@dataclass(frozen=True, eq=False)
class Labeled:
    """The learning items of one seed with their weak labels.

    Attributes:
        items: (n,) indices in the task.
        weak: (n, k) weak labels.
    """

    items: np.ndarray
    weak: np.ndarray


def assign(
    task: Task,
    labeled: Labeled,
    predict: np.ndarray,
    *,
    secret: bytes,
    draw: Sequence[object],
    features: np.ndarray | None = None,
    models: Mapping[str, str] | None = None,
) -> Assignment:
    """The inputs of one run. Order, names and seed are drawn from the secret and `draw`.

    Args:
        task: the task.
        labeled: learning items with weak labels.
        predict: (m,) indices of the items to predict.
        secret: secret of the research run.
        draw: what the draw depends on: digest of the frozen folder, tier, task and seed. The folder
            is frozen before, so it cannot know them.
        features: (N, d) or (N, k, d) features of all items; None to leave them out.
        models: see `RunInputs`.
    """
    text = "folder " + " ".join(map(str, draw))
    seeded = int.from_bytes(hmac.digest(secret, text.encode(), hashlib.sha256), "big")
    rng = np.random.default_rng(seeded)
    places, shown = rng.permutation(len(labeled.items)), rng.permutation(len(predict))
    learn, predicted = labeled.items[places], np.asarray(predict)[shown]
    names = [f"item-{one:06d}" for one in rng.permutation(len(learn) + len(predicted))]
    clusters = np.unique(task.clusters[learn], return_inverse=True)[1]
    renamed = rng.permutation(clusters.max() + 1)[clusters]

    def items(some: np.ndarray, ids: list[str]) -> Items:
        own = None if features is None else features[some]
        return Items(tuple(ids), task.inputs[some], own)

    inputs = RunInputs(
        kind=task.kind,
        choices=task.choices,
        learn=items(learn, names[: len(learn)]),
        weak=np.asarray(labeled.weak, float)[places],
        clusters=renamed,
        predict=items(predicted, names[len(learn) :]),
        seed=int(rng.integers(2**31)),
        models=models or {},
    )
    return Assignment(inputs, learn, predicted)


def in_order(assigned: Assignment, beliefs: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Predictions (m, k) of a run in the order of `items` (m,)."""
    place = {int(item): row for row, item in enumerate(assigned.predict)}
    return beliefs[[place[int(item)] for item in items]]


def read_beliefs(found: np.ndarray, m: int, k: int) -> np.ndarray | None:
    """Beliefs (m, k) from submitted predictions; None if they break the contract.

    Args:
        found: (m,) choices from 0 to k - 1, or (m, k) finite beliefs of at least 0 with a positive
            and finite sum in each row.
    """
    if found.shape == (m,) and found.dtype.kind in "iu":
        if m and not (found.min() >= 0 and found.max() < k):
            return None
        return np.eye(k)[found]
    if found.shape != (m, k) or found.dtype.kind not in "fiu":
        return None
    with np.errstate(all="ignore"):  # untrusted numbers may overflow; the check follows
        beliefs = found.astype(np.float64)
        sums = beliefs.sum(axis=1)
        valid = (beliefs >= 0).all() and ((sums > 0) & np.isfinite(sums)).all()
    if not valid:
        return None
    return beliefs / sums[:, None]
