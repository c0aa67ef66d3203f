"""Train: students of method files, and how far their answers are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.given import shown
from truing.methods import Training, train_heads
from truing.plants import load_method
from truing.stress.methods._calls import score
from truing.stress.methods._systems import SystemsPayload
from truing.stress.work import Outcomes
from truing.students import L2
from truing.studies import Job, Payload, Store
from truing.studies.work import add_work, read_features

TRAIN, OUTCOME = "train method", "outcome of method"  # the kinds of these steps


@dataclass(frozen=True, kw_only=True)
class MethodPayload(SystemsPayload):
    """Method files whose students are trained.

    Attributes:
        l2: strength of the student's L2 penalty, or `auto`.
    """

    l2: L2

    @property
    def heavy(self) -> bool:
        """True: the training takes seconds."""
        return True


def run_train(jobs: Sequence[Job[MethodPayload]], store: Store) -> None:
    """Write `beliefs` (L, k) of the student of each method about its test items."""
    for job in jobs:
        given = job.payload
        features = read_features(store, job.parents["features"][0])
        systems = zip(given.lessons, given.files(), given.weak(job, store), strict=True)
        trainings = [
            Training(
                method=load_method(file.text, file.name),
                name=shown(given.plant) or file.name,
                learn=one.items,
                labels=weak,
                clusters=one.clusters,
                l2=given.l2,
                chance=one.chance,
            )
            for one, file, weak in systems
        ]
        trained = score(lambda: train_heads(features, trainings))  # noqa: B023
        test = [
            one.beliefs[lesson.test] for one, lesson in zip(trained, given.lessons, strict=True)
        ]
        store.write(job.key, {"beliefs": np.concatenate(test)})


@dataclass(frozen=True)
class OutcomePayload(Payload):
    """Test items of the systems.

    Attributes:
        lengths: (S,) number of test items of each system.
        cluster: (L,) number of each item's cluster.
    """

    lengths: np.ndarray
    cluster: np.ndarray


def run_outcome(jobs: Sequence[Job[OutcomePayload]], store: Store) -> None:
    """Write the `Outcomes`.

    A system misbehaves on a test item if its student answers otherwise than the student of its
    honest twin.
    """
    for job in jobs:
        own = store.read(job.parents["own"][0])["beliefs"].argmax(axis=1)
        twin = store.read(job.parents["twin"][0])["beliefs"].argmax(axis=1)
        assert job.truth is not None, "outcomes receive the ground truth of the test items"
        ends = np.cumsum(job.payload.lengths)[:-1]
        arrays = job.payload.cluster, own == job.truth, own != twin
        Outcomes(*(np.split(one, ends) for one in arrays)).write(store, job.key)


add_work(TRAIN, run_train)
add_work(OUTCOME, run_outcome)
