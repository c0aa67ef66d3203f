"""Label: beliefs of a labeler about every item of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.given import shown
from truing.registry import Built, Identity, check_unchanged
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.supervisors import SUPERVISORS, Labeler, check_labels
from truing.tasks import Source, Task, Truth, join_tasks


@dataclass(frozen=True)
class LabelPayload(Payload):
    """A task and the supervisor that labels it.

    Attributes:
        task: the task.
        supervisor: specification of the supervisor.
        identity: identity of the supervisor, see `Built.identity`.
        seen: (n,) indices of the items whose ground truth the supervisor receives.
        draw: seed of the supervisor's randomness.
        slow: the labels take seconds.
        other: another task, whose items are labeled in place of those of the task.
    """

    task: Task
    supervisor: str
    identity: Identity
    seen: np.ndarray
    draw: tuple[int, int]
    slow: bool
    other: Task | None = None

    @property
    def heavy(self) -> bool:
        """Whether the labels take seconds."""
        return self.slow

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the supervisor."""
        return (self.supervisor,)


def label_step(
    source: Source,
    labeler: Built[Labeler],
    seed: int,
    truth: Truth | None,
    other: Task | None = None,
) -> Step:
    """Plan the labels of a labeler.

    Args:
        source: the task and its vault.
        labeler: the labeler.
        seed: seed of the splits and of the labeler's randomness.
        truth: ground truth that the labeler receives.
        other: another task, whose items are labeled in place of those of the source.
    """
    task = source.task
    seed = 0 if labeler.value.once else seed
    items = truth.items if truth else np.arange(0)
    config = {
        "task": task.fingerprint,
        "supervisor": labeler.identity,
        "seed": seed,
        "items": digest(items),
        "truth": source.vault.digest(items) if truth else None,
        "code": code_version(label_step, run_label),
    }
    if other is not None:
        config["other"] = other.fingerprint
    payload = LabelPayload(
        task,
        labeler.label,
        labeler.identity,
        seen=items,
        # The same for all labelers, so that parts that they share (a judge) are identical.
        draw=(int(task.fingerprint[:32], 16), seed),
        slow=labeler.value.heavy,
        other=other,
    )
    own = f" {labeler.label} {seed}" if payload.slow else ""
    return Step("label", config, payload=payload, truth=truth, group=task.fingerprint + own)


def run_label(jobs: Sequence[Job[LabelPayload]], store: Store) -> None:
    """Write `beliefs` (N, k) of labelers.

    A labeler of another task receives the items of both tasks, and the truth of the first only.
    """
    for job in jobs:
        name, task, other = job.payload.supervisor, job.payload.task, job.payload.other
        seen = task if other is None else join_tasks(task, [other])
        built = SUPERVISORS.build(name)
        assert isinstance(built.value, Labeler), "a label step names a labeler"
        rng = np.random.default_rng(job.payload.draw)
        labels = built.value.label(seen, _spread(job, len(seen)), rng)
        check_unchanged(built, job.payload.identity)
        labels = check_labels(labels, seen, shown(name))
        if other is not None:
            labels = labels[len(task) :, : len(other.choices)]
        store.write(job.key, {"beliefs": labels})


def _spread(job: Job[LabelPayload], count: int) -> np.ndarray:
    """(N,) ground truth of the items that a labeler may see, -1 for other items."""
    truth = np.full(count, -1)
    if job.truth is not None:
        truth[job.payload.seen] = job.truth
    return truth
