"""Taught: students that learn the ground truth of the learn split in place of weak labels.

The steps are those of a study or of another tier, with one exception: the labels are the ground
truth of the learning items of a seed, and uniform for all other items. So a step that a method's
code reads contains the truth of no scored item.

The labels give the right choice a probability between 0.98 and 1, at random. With one-hot labels,
which all have the same confidence, every method that filters labels by confidence would fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from truing.research.problems._trainings import Trainings
from truing.studies import ChainPlanner, Job, Payload, Step, Store
from truing.studies.work import add_work, code_version, digest
from truing.supervisors import Supervisor
from truing.tasks import Source, Truth

KIND = "teach"
DOUBT = 0.02  # largest probability of the wrong choices together


@dataclass(frozen=True)
class TeachPayload(Payload):
    """Items whose ground truth becomes their labels.

    Attributes:
        learn: (n,) indices of the items.
        count: number of items of the task.
        classes: number of choices.
        absent: (n, k) whether a choice is absent from an item.
    """

    learn: np.ndarray
    count: int
    classes: int
    absent: np.ndarray


def teach_step(source: Source, seed: int) -> Step:
    """Plan the labels of a seed: the ground truth of the learn split, and nothing else."""
    task, learn = source.task, np.sort(source.splits(seed).learn)
    config = {
        "task": task.fingerprint,
        "items": digest(learn),
        "truth": source.vault.digest(learn),
        "code": code_version(teach_step, run_teach),
    }
    absent = np.zeros((len(learn), len(task.choices)), bool)
    if task.absent is not None:
        absent = task.absent[learn]
    payload = TeachPayload(learn, len(task), len(task.choices), absent)
    truth = Truth(source.vault, learn, "ceiling")
    return Step(KIND, config, payload=payload, truth=truth, group=f"{KIND} {task.fingerprint}")


def run_teach(jobs: Sequence[Job[TeachPayload]], store: Store) -> None:
    """Write `beliefs` (N, k): the truth for the learning items, uniform for all other items."""
    for job in jobs:
        assert job.truth is not None, "a teach step receives the ground truth"
        classes, absent = job.payload.classes, job.payload.absent
        sure = 1 - DOUBT * job.rng.random((len(job.truth), 1))
        right = np.eye(classes)[job.truth]
        wrong = (right == 0) & ~absent
        taught = sure * right + (1 - sure) * wrong / np.maximum(wrong.sum(axis=1), 1)[:, None]
        labels = np.full((job.payload.count, classes), 1 / classes)
        labels[job.payload.learn] = taught / taught.sum(axis=1, keepdims=True)
        store.write(job.key, {"beliefs": labels})


class TeachingPlanner(ChainPlanner):
    """Plans students that learn the ground truth in place of the supervisor's labels."""

    def labels(self, supervisor: Supervisor, seeds: Sequence[int]) -> list[Step]:
        """Steps of the ground truth of each seed's learning items."""
        return [teach_step(self.source, seed) for seed in seeds]


class TaughtTrainings(Trainings):
    """Trainings on the ground truth. The supervisor determines only the rungs of a method."""

    @cached_property
    def _chain(self) -> ChainPlanner:
        return TeachingPlanner(self.source, sealed=True)


add_work(KIND, run_teach)
