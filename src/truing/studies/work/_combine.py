"""Combine: labels made from the labels of several supervisors, without ground truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.supervisors import POOLS, Rule, score_sizes
from truing.tasks import Source, Task


@dataclass(frozen=True)
class CombinePayload(Payload):
    """A rule, and the items that determine the sizes of the supervisors' scores.

    Attributes:
        rule: name of the rule, see `POOLS`.
        items: (n,) indices of the learn split of home.
        absent: (N, k) whether a choice is absent from an item of home; None if each item has k
            choices.
        free: only rules without ground truth decide which class the labels of all members mean.
        elsewhere: `absent` of another task, if the labels are those of its items.
    """

    rule: Rule
    items: np.ndarray
    absent: np.ndarray | None
    free: bool
    elsewhere: np.ndarray | None = None

    @property
    def sign_is_free(self) -> bool:
        """Whether only a rule without ground truth decides which class the labels mean."""
        return self.free


def combine_step(source: Source, rule: Rule, seed: int, labels: Sequence[Step]) -> Step:
    """Plan the combination of the labels of two or more supervisors.

    Args:
        source: the task; its vault is not used.
        rule: name of the rule.
        seed: seed of the splits.
        labels: the steps of the supervisors' labels.
    """
    free = all(step.payload.sign_is_free for step in labels)
    payload = CombinePayload(rule, source.splits(seed).learn, source.task.absent, free)
    return _step({"labels": tuple(labels)}, payload, source.task)


def combine_elsewhere_step(combined: Step, labels: Sequence[Step], task: Task) -> Step:
    """Plan the combination of the labels of another task, with the sizes of scores at home.

    Args:
        combined: the combination at home.
        labels: the steps of the supervisors' labels of the other task.
        task: the other task.
    """
    assert isinstance(combined.payload, CombinePayload)
    payload = replace(combined.payload, elsewhere=task.absent)
    return _step({**combined.parents, "elsewhere": tuple(labels)}, payload, task)


def _step(parents: Mapping[str, tuple[Step, ...]], payload: CombinePayload, task: Task) -> Step:
    config = {
        "task": task.fingerprint,
        "rule": payload.rule,
        "items": digest(payload.items),
        "code": code_version(combine_step, run_combine),
    }
    return Step("combine", config, parents, payload, group=task.fingerprint)


def run_combine(jobs: Sequence[Job[CombinePayload]], store: Store) -> None:
    """Write `beliefs` (N, k) of combinations, NaN for items about which a member was not asked."""
    for job in jobs:
        payload = job.payload
        beliefs = _read(store, job.parents["labels"])
        sizes, absent = score_sizes(beliefs, payload.items, payload.absent), payload.absent
        if elsewhere := job.parents.get("elsewhere"):
            beliefs, absent = _read(store, elsewhere), payload.elsewhere
        unasked = np.isnan(beliefs).any(axis=(0, 2))
        beliefs[:, unasked] = 1 / beliefs.shape[2]
        found = POOLS[payload.rule](beliefs, sizes, absent)
        found[unasked] = np.nan
        store.write(job.key, {"beliefs": found.astype(np.float32)})


def _read(store: Store, keys: Sequence[str]) -> np.ndarray:
    """(M, N, k) beliefs of some steps."""
    return np.stack([store.read(key)["beliefs"] for key in keys], dtype=np.float64)
