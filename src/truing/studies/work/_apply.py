"""Apply: beliefs of a trained model about the items of another task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from truing.students import absent_choices
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version
from truing.studies.work._extract import read_features
from truing.studies.work._on_test import NUMBERS
from truing.tasks import Task


@dataclass(frozen=True)
class ApplyPayload(Payload):
    """The rows of a training's result that are its beliefs about another task.

    Attributes:
        items: number of items of the task.
        classes: number of its choices.
        asked: (m,) indices of the items that the training was asked about; empty for a head, whose
            weights give beliefs about all items.
        first: position of these items among those of all other tasks that the training was asked
            about.
    """

    items: int
    classes: int
    asked: np.ndarray
    first: int


def apply_step(head: Step, features: Step, task: Task) -> Step:
    """Plan the beliefs of a head about the items of another task.

    Args:
        head: the training of the head.
        features: features of the other task, from the same map as those of the head.
        task: the other task.
    """
    parents: dict[str, tuple[Step, ...]] = {"trained": (head,), "features": (features,)}
    return _step(parents, ApplyPayload(len(task), len(task.choices), np.arange(0), 0), task)


def pick_step(trained: Step, task: Task, asked: np.ndarray, first: int) -> Step:
    """Plan the beliefs about another task of a model whose training was asked about its items.

    Args:
        trained: the training.
        task: the other task.
        asked: (m,) indices of its items that the training was asked about.
        first: see `ApplyPayload.first`.
    """
    parents: dict[str, tuple[Step, ...]] = {"trained": (trained,), "features": ()}
    payload = ApplyPayload(len(task), len(task.choices), asked, first)
    return _step(parents, payload, task)


def _step(parents: dict[str, tuple[Step, ...]], payload: ApplyPayload, task: Task) -> Step:
    config = {
        "task": task.fingerprint,
        "first": payload.first,
        "code": code_version(apply_step, run_apply),
    }
    return Step("apply", config, parents, payload, group=f"apply {task.fingerprint}")


def run_apply(jobs: Sequence[Job[ApplyPayload]], store: Store) -> None:
    """Write `beliefs` (N, k) about the other task, NaN for items that were not asked."""
    for job in jobs:
        trained = store.read(job.parents["trained"][0])
        if job.parents["features"]:
            features = read_features(store, job.parents["features"][0])
            beliefs = apply_head(features, trained["weight"], trained["bias"])
        else:
            beliefs = _picked(job.payload, trained["elsewhere"])
        kept = {name: trained[name] for name in NUMBERS if name in trained}
        store.write(job.key, {"beliefs": beliefs, **kept})


def apply_head(features: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Beliefs (N, k) of a head, float32: the mean over its members of the softmax of the logits.

    Args:
        features: (N, d), or (N, k, d) if items have their own choices, NaN for absent choices.
        weight: (members, classes, d), or (members, 1, d) if items have their own choices.
        bias: (members, classes), or (members, 1).

    Examples:
        >>> import numpy as np
        >>> from truing.studies.work import apply_head
        >>> weight, bias = np.array([[[0.0], [1.0]]]), np.zeros((1, 2))
        >>> apply_head(np.array([[0.0], [0.0]]), weight, bias).tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    each = []
    for own, offset in zip(weight, bias, strict=True):
        logits = features @ own.T + offset
        if features.ndim == 3:
            logits = logits[..., 0]
            if (absent := absent_choices(features)) is not None:
                logits[absent] = -np.inf
        each.append(softmax(logits, axis=1))
    return np.mean(each, axis=0).astype(np.float32)


def _picked(payload: ApplyPayload, elsewhere: np.ndarray) -> np.ndarray:
    beliefs = np.full((payload.items, payload.classes), np.nan, np.float32)
    own = elsewhere[payload.first : payload.first + len(payload.asked)]
    beliefs[payload.asked] = own[:, : payload.classes]  # the items of home may have more choices
    return beliefs
