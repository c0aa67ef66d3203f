"""Combine: labels made from the labels of several supervisors, without ground truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.supervisors import POOLS, Rule
from truing.tasks import Source


@dataclass(frozen=True)
class CombinePayload(Payload):
    """A rule, and the items that determine the sizes of the supervisors' scores.

    Attributes:
        rule: name of the rule, see `POOLS`.
        items: (n,) indices of the learn split.
        absent: (N, k) whether a choice is absent from an item; None if each item has k choices.
    """

    rule: Rule
    items: np.ndarray
    absent: np.ndarray | None


def combine_step(source: Source, rule: Rule, seed: int, labels: Sequence[Step]) -> Step:
    """Plan the combination of the labels of two or more supervisors.

    Args:
        source: the task; its vault is not used.
        rule: name of the rule.
        seed: seed of the splits.
        labels: the steps of the supervisors' labels.
    """
    task, items = source.task, source.splits(seed).learn
    config = {
        "task": task.fingerprint,
        "rule": rule,
        "items": digest(items),
        "code": code_version(combine_step, run_combine),
    }
    payload = CombinePayload(rule, items, task.absent)
    return Step("combine", config, {"labels": tuple(labels)}, payload, group=task.fingerprint)


def run_combine(jobs: Sequence[Job[CombinePayload]], store: Store) -> None:
    """Write `beliefs` (N, k) of combinations, NaN for items about which a member was not asked."""
    for job in jobs:
        beliefs = np.stack(
            [store.read(key)["beliefs"] for key in job.parents["labels"]], dtype=float
        )
        unasked = np.isnan(beliefs).any(axis=(0, 2))
        beliefs[:, unasked] = 1 / beliefs.shape[2]
        found = POOLS[job.payload.rule](beliefs, job.payload.items, job.payload.absent)
        found[unasked] = np.nan
        store.write(job.key, {"beliefs": found.astype(np.float32)})
