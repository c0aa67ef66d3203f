"""On test: what steps share that compare beliefs with the ground truth of the test items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing import measures
from truing.measures import Metric
from truing.studies._by_role import BySeed
from truing.studies._class_balance import ROLES
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version, digest
from truing.tasks import Source, Truth

LEVEL = 0.95  # confidence level of every interval
REPLICATES = 2000  # replicates of every bootstrap
NUMBERS = ("l2", "learning_rate", "stopped_at")  # that trainings store beside their beliefs

Steps = Sequence[Step]


@dataclass(frozen=True)
class OnTestPayload(Payload):
    """The test items, on which beliefs are compared with the ground truth.

    Attributes:
        items: (n,) indices of the test items.
        clusters: (n,) clusters of the test items.
        classes: number of choices.
        choice_counts: (n,) number of choices of each item.
        has_classes: the choices are classes; False if items have their own choices.
        bootstrap: seed of the bootstrap.
    """

    items: np.ndarray
    clusters: np.ndarray
    classes: int
    choice_counts: np.ndarray
    has_classes: bool
    bootstrap: int


def on_test(source: Source, items: np.ndarray | None = None) -> OnTestPayload:
    """The test items of a task, or some of its items."""
    task = source.task
    items = source.splits(0).test if items is None else items  # the same for every seed
    return OnTestPayload(
        items=items,
        clusters=task.clusters[items],
        classes=len(task.choices),
        choice_counts=task.choice_counts[items],
        has_classes=task.kind == "classification",
        # The same for all rows of a task, so that equal accuracies have equal intervals.
        bootstrap=int(task.fingerprint[:32], 16),
    )


def step_on_test(
    kind: str,
    work: Callable[[Sequence[Job[Any]], Store], None],
    source: Source,
    parents: dict[str, tuple[Step, ...]],
    payload: OnTestPayload,
    options: dict[str, str],
) -> Step:
    """Plan a step that uses the ground truth of the test split.

    Args:
        kind: kind of the step.
        work: function that runs it.
        source: the task and its vault.
        parents: steps whose beliefs are scored, by role.
        payload: the test items.
        options: further arguments that change the result, part of the key.
    """
    items = payload.items
    config = {
        "task": source.task.fingerprint,
        "items": digest(items),
        "truth": source.vault.digest(items),
        "level": LEVEL,
        "replicates": REPLICATES,
        "code": code_version(step_on_test, work),
        **options,
    }
    truth = Truth(source.vault, items, "score")
    return Step(kind, config, parents, payload, truth, source.task.fingerprint)


def resampling(job: Job[Any]) -> np.random.Generator:
    """Random generator of the bootstrap, the same for every row of a task."""
    return np.random.default_rng(job.payload.bootstrap)


class Reader:
    """Reads beliefs and correctness of a batch's parents on the test items, each once."""

    def __init__(self, store: Store):
        self.store = store
        self.known: dict[tuple[str, bytes], np.ndarray] = {}  # by key and items
        self.numbers: dict[str, dict[str, float]] = {}  # that a training decided or was given

    def beliefs(self, job: Job[Any], role: str) -> np.ndarray:
        """(seeds, n, k) beliefs."""
        return np.stack([self._read(key, job.payload.items) for key in job.parents[role]])

    def correct(self, job: Job[Any], role: str) -> np.ndarray:
        """(seeds, n) correctness."""
        return measures.correctness(self.beliefs(job, role), job.truth)

    def by_role(self, job: Job[Any], name: str) -> BySeed:
        """A number of each seed by role, such as the strength `l2` of heads; None without it.

        The beliefs of the roles were read before.
        """
        found = {role: [self.numbers[key].get(name) for key in job.parents[role]] for role in ROLES}
        return {
            role: None if None in each else [one for one in each if one is not None]
            for role, each in found.items()
        }

    def scores(self, job: Job[Any], role: str, metric: Metric) -> np.ndarray:
        """(seeds, n) scores of the items, whose mean is the metric."""
        return measures.item_scores(metric, self.beliefs(job, role), job.truth)

    def _read(self, key: str, items: np.ndarray) -> np.ndarray:
        place = key, items.tobytes()
        if place not in self.known:
            stored = self.store.read(key)
            self.known[place] = stored["beliefs"][items]
            self.numbers[key] = {name: stored[name].item() for name in NUMBERS if name in stored}
        return self.known[place]
