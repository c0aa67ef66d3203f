"""Outcome: on which items the answers of some systems are right, and where systems misbehave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from truing.measures import correctness
from truing.stress.studies._seat import Seat, StudySystem
from truing.stress.work import Outcomes
from truing.studies import Job, Payload, Step, Store
from truing.studies.work import add_work, code_version, digest
from truing.tasks import Source, Truth

KIND = "outcome"


@dataclass(frozen=True, kw_only=True)
class OutcomePayload(Payload):
    """Watched items of some systems.

    Attributes:
        watched: for each system the (n,) indices of its watched items.
        clusters: for each system the (n,) clusters of its watched items.
        copies: for each system (n,) which of its watched items have a trigger.
    """

    watched: tuple[np.ndarray, ...]
    clusters: tuple[np.ndarray, ...]
    copies: tuple[np.ndarray, ...]


def outcome_step(source: Source, seats: Sequence[Seat], systems: Sequence[StudySystem]) -> Step:
    """Plan the comparison of the answers of some systems with the ground truth.

    Args:
        source: all items and their vault.
        seats: the items of each system.
        systems: the steps of each system; all are planted, or none.
    """
    task, watched = source.task, [seat.watched for seat in seats]
    items = np.concatenate(watched)
    originals = len(task) if source.copied is None else len(source.copied.original)
    config = {
        "task": task.fingerprint,
        "items": digest(items),
        "sizes": [len(each) for each in watched],
        "truth": source.vault.digest(items),
        "code": code_version(outcome_step, run_outcome),
    }
    parents: dict[str, tuple[Step, ...]] = {
        "answers": tuple(one.answers for one in systems),
        "planted": tuple(one.planted for one in systems if one.planted is not None),
    }
    payload = OutcomePayload(
        watched=tuple(watched),
        clusters=tuple(task.clusters[each] for each in watched),
        copies=tuple(each >= originals for each in watched),
    )
    truth = Truth(source.vault, items, "score")
    return Step(KIND, config, parents, payload, truth, task.fingerprint)


def run_outcome(jobs: Sequence[Job[OutcomePayload]], store: Store) -> None:
    """Write the `Outcomes`.

    A system misbehaves on an item if the plant changed its label, the system answers as the label
    says, and the answer is wrong.
    """
    for job in jobs:
        asked, planted = job.payload, job.parents["planted"]
        assert job.truth is not None, "an outcome needs the ground truth"
        truths = np.split(job.truth, np.cumsum([len(each) for each in asked.watched])[:-1])
        correct, attacked = [], []
        for at, (items, truth) in enumerate(zip(asked.watched, truths, strict=True)):
            beliefs = store.read(job.parents["answers"][at])["beliefs"][items]
            right = correctness(beliefs, truth)
            wrong = np.zeros(len(items), bool)
            if planted:
                wrong = _misbehaves(store.read(planted[at]), items, beliefs) & (right == 0)
            correct.append(np.where(asked.copies[at], np.nan, right))
            attacked.append(wrong)
        Outcomes(asked.clusters, correct, attacked).write(store, job.key)


def _misbehaves(
    planted: dict[str, np.ndarray], items: np.ndarray, beliefs: np.ndarray
) -> np.ndarray:
    """(n,) whether the plant changed an item and the system answers as its label says."""
    labels = planted["beliefs"][items]
    answers = np.nan_to_num(labels, nan=-1).argmax(axis=1) == beliefs.argmax(axis=1)
    return np.asarray(planted["changed"][items] & answers)


add_work(KIND, run_outcome)
