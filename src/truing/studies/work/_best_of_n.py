"""Best-of-n: truth of the candidates that supervisor, student and ceiling rank highest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from truing import measures
from truing.studies._class_balance import ROLES
from truing.studies._step import Job, Step
from truing.studies._store import Store
from truing.studies.work._candidates import Candidates, candidates_of
from truing.studies.work._code import digest
from truing.studies.work._on_test import (
    LEVEL,
    REPLICATES,
    OnTestPayload,
    Reader,
    Steps,
    on_test,
    resampling,
    step_on_test,
)
from truing.tasks import Source


@dataclass(frozen=True)
class BestOfNPayload(OnTestPayload):
    """The test items and their candidates."""

    candidates: Candidates


def best_of_n_step(source: Source, weak: Steps, transfer: Steps, ceiling: Steps) -> Step:
    """Plan the best-of-n curves of a row.

    Raises:
        UserError: the task has no question with several candidates.
    """
    parents = {"weak": tuple(weak), "transfer": tuple(transfer), "ceiling": tuple(ceiling)}
    test = on_test(source)
    found = candidates_of(source.task, test.items)
    arrays = (found.questions, found.clusters, found.items, found.choices, found.owners)
    options = {"candidates": digest(np.concatenate(arrays))}
    payload = BestOfNPayload(**vars(test), candidates=found)
    return step_on_test("best of n", run_best_of_n, source, parents, payload, options)


def run_best_of_n(jobs: Sequence[Job[BestOfNPayload]], store: Store) -> None:
    """Write the `BestOfN` of each role as JSON."""
    read = Reader(store)
    for job in jobs:
        found = job.payload.candidates
        assert job.truth is not None, "steps on the test items receive their ground truth"
        truth_M = found.truth(job.truth)
        curves = {
            role: measures.best_of_n(
                found.rewards(read.beliefs(job, role)),
                truth_M,
                found.questions,
                clusters=found.clusters,
                rng=resampling(job),
                level=LEVEL,
                replicates=REPLICATES,
            )
            for role in ROLES
        }
        store.write_json(job.key, {role: asdict(curve) for role, curve in curves.items()})
