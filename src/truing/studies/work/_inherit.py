"""Inherit: which planted errors a student repeats, in comparison with its honest twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from truing import measures
from truing.measures import UNDEFINED, Difference, Estimate
from truing.studies._step import Job, Step
from truing.studies._store import Store
from truing.studies.work._code import digest
from truing.studies.work._on_test import (
    LEVEL,
    REPLICATES,
    OnTestPayload,
    Steps,
    on_test,
    resampling,
    step_on_test,
)
from truing.tasks import Source


@dataclass(frozen=True)
class InheritPayload(OnTestPayload):
    """The test items, and the items on which planted errors are counted.

    Attributes:
        asked: (n,) indices of the test items, or of their copies with the trigger.
    """

    asked: np.ndarray


@dataclass(frozen=True)
class PlantedSteps:
    """Steps of planted labels, of the students that learned them, and of their twins, by seed."""

    labels: Steps
    planted: Steps
    twin: Steps

    @property
    def parents(self) -> dict[str, tuple[Step, ...]]:
        """The steps by role."""
        return {name: tuple(steps) for name, steps in vars(self).items()}


def inherit_step(source: Source, asked: np.ndarray, steps: PlantedSteps, ceiling: Steps) -> Step:
    """Plan the inheritance of planted errors of a row.

    Args:
        source: the task without copies, and its vault.
        asked: (n,) indices of the test items, or of their copies, in the order of the test items.
        steps: labels, students and twins.
        ceiling: the ceilings, asked about the same items.
    """
    payload = InheritPayload(**vars(on_test(source)), asked=asked)
    parents = {**steps.parents, "ceiling": tuple(ceiling)}
    options = {"asked": digest(asked)}
    return step_on_test("inherit", run_inherit, source, parents, payload, options)


def compare_inheritance_step(
    source: Source, asked: np.ndarray, first: PlantedSteps, second: PlantedSteps
) -> Step:
    """Plan the paired difference in inheritance between two methods on the same planted labels."""
    payload = InheritPayload(**vars(on_test(source)), asked=asked)
    others = {f"other {name}": one for name, one in second.parents.items() if name != "labels"}
    options = {"asked": digest(asked)}
    parents = {**first.parents, **others}
    run = run_compare_inheritance
    return step_on_test("compare inheritance", run, source, parents, payload, options)


def run_inherit(jobs: Sequence[Job[InheritPayload]], store: Store) -> None:
    """Write inheritance, rates, cost and accuracy of a row as JSON."""
    for job in jobs:
        read = _Errors(job, store)
        roles = {"planted": "planted", "twin": "twin", "supervisor": "labels", "ceiling": "ceiling"}
        hits = {name: read.repeats(role) for name, role in roles.items()}
        right = {role: read.correct(role) for role in ("planted", "twin")}
        how: dict[str, Any] = {"level": LEVEL, "replicates": REPLICATES}
        clusters = job.payload.clusters
        cost = measures.paired_difference(
            right["twin"], right["planted"], clusters=clusters, rng=resampling(job), **how
        )
        accuracy = measures.rate_among(
            right["planted"],
            np.ones_like(right["planted"], bool),
            clusters=clusters,
            rng=resampling(job),
            **how,
        )
        found = {
            "items": float(read.changed.sum(axis=1).mean()),
            "accuracy": asdict(accuracy),
            "cost": asdict(Estimate(cost.value, cost.low, cost.high)),
            "inheritance": asdict(_plain(read.difference(hits["planted"], hits["twin"], job))),
            "rates": {name: asdict(read.rate(one, job)) for name, one in hits.items()},
            "by_seed": {
                "inheritance": read.by_seed(hits["planted"] - hits["twin"]),
                "accuracy": right["planted"].mean(axis=1).tolist(),
            },
        }
        store.write_json(job.key, found)


def run_compare_inheritance(jobs: Sequence[Job[InheritPayload]], store: Store) -> None:
    """Write the difference in inheritance as JSON, or null if too few items are changed."""
    for job in jobs:
        read = _Errors(job, store)
        first = read.repeats("planted") - read.repeats("twin")
        second = read.repeats("other planted") - read.repeats("other twin")
        found = read.difference(first, second, job)
        store.write_json(job.key, {"difference": asdict(found) if found else None})


class _Errors:
    """Planted errors of a job: the changed items, and who repeats them."""

    def __init__(self, job: Job[InheritPayload], store: Store):
        assert job.truth is not None, "steps on the test items receive their ground truth"
        self.job, self.store, self.truth = job, store, job.truth
        labels = [store.read(key) for key in job.parents["labels"]]
        asked = job.payload.asked
        self.changed = np.stack([one["changed"][asked] for one in labels])
        self.answers = np.stack([one["beliefs"][asked].argmax(axis=1) for one in labels])

    def repeats(self, role: str) -> np.ndarray:
        """(S, n) 1 where a model gives the planted answer and it is wrong."""
        given = self._beliefs(role, self.job.payload.asked).argmax(axis=2)
        wrong = self.answers != self.truth
        return (self.changed & wrong & (given == self.answers)).astype(float)

    def correct(self, role: str) -> np.ndarray:
        """(S, n) correctness on the test items without a trigger."""
        return measures.correctness(self._beliefs(role, self.job.payload.items), self.truth)

    def rate(self, hits: np.ndarray, job: Job[InheritPayload]) -> Estimate:
        """Share of the changed items; without an interval for fewer than two clusters."""
        if not self.changed.any():
            return UNDEFINED
        if self._clusters < 2:
            return Estimate.point(float(hits[self.changed].mean()))
        return measures.rate_among(
            hits,
            self.changed,
            clusters=job.payload.clusters,
            rng=resampling(job),
            level=LEVEL,
            replicates=REPLICATES,
        )

    def difference(
        self, first: np.ndarray, second: np.ndarray, job: Job[InheritPayload]
    ) -> Difference | None:
        """Paired difference on the changed items; None for fewer than two clusters."""
        if self._clusters < 2:
            return None
        return measures.difference_among(
            first,
            second,
            self.changed,
            clusters=job.payload.clusters,
            rng=resampling(job),
            level=LEVEL,
            replicates=REPLICATES,
        )

    def by_seed(self, values: np.ndarray) -> list[float | None]:
        """Mean of each seed over its changed items; None for a seed without any."""
        return [
            float(own[some].mean()) if some.any() else None
            for own, some in zip(values, self.changed, strict=True)
        ]

    @property
    def _clusters(self) -> int:
        return len(np.unique(self.job.payload.clusters[self.changed.any(axis=0)]))

    def _beliefs(self, role: str, items: np.ndarray) -> np.ndarray:
        """(S, n, k) beliefs."""
        keys = self.job.parents[role]
        return np.stack([self.store.read(key)["beliefs"][items] for key in keys])


def _plain(found: Difference | None) -> Estimate:
    if found is None:
        return UNDEFINED
    return Estimate(found.value, found.low, found.high).clipped(-1.0, 1.0)
