"""Fit: train an estimator on weak labels, or on the ground truth (supervisor, ceiling)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.given import shown
from truing.methods import METHODS, Method, Training, train_estimator
from truing.registry import Built, check_unchanged
from truing.students import EstimatorStudent, parse_student
from truing.studies._step import Job, Step
from truing.studies._store import Store
from truing.studies.work._code import chance, code_version, digest
from truing.studies.work._extract import read_features
from truing.studies.work._given import Given, LearnPayload, OtherTask, others_config, truth_labels
from truing.studies.work._notices import write_notices
from truing.tasks import Source, Task


@dataclass(frozen=True, kw_only=True)
class FitPayload(LearnPayload):
    """An estimator to fit.

    Attributes:
        student: specification of the estimator.
        task: the task, if the estimator reads its texts; else None.
        others: other tasks about whose items it is asked.
    """

    student: str
    task: Task | None
    others: tuple[OtherTask, ...] = ()

    @property
    def heavy(self) -> bool:
        """True: a fit may take seconds."""
        return True

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specifications of the student and the method."""
        return (self.student, self.method)


def fit_step(
    source: Source,
    student: EstimatorStudent,
    method: Built[Method],
    seed: int,
    features: tuple[Step, ...],
    given: Given,
    others: Sequence[OtherTask] = (),
) -> Step:
    """Plan the fit of an estimator.

    Args:
        source: the task and its vault.
        student: the estimator.
        method: the method.
        seed: seed of the splits.
        features: the extraction of the estimator's input. If it reads texts, these are features for
            a method with a preparation, or empty.
        given: the labels, which also determine the learning items.
        others: other tasks about whose items the estimator is asked.
    """
    items = given.items(source.splits(seed))
    truth = given.truth(source.vault, items)
    config = {
        "task": source.task.fingerprint,
        "estimator": student.identity,
        "method": method.identity,
        "seed": seed,
        "items": digest(items),
        "truth": source.vault.digest(items) if truth else None,
        "code": code_version(fit_step, run_fit),
        **others_config(others),
    }
    payload = FitPayload(
        items=items,
        clusters=source.task.clusters[items],
        classes=len(source.task.choices),
        method=method.label,
        identity=method.identity,
        chance=chance(source, items, seed),
        student=student.label,
        task=source.task if student.reads_texts(source.task) else None,
        others=tuple(replace(other, features=()) for other in others),
    )
    elsewhere = tuple(step for other in others for step in other.features)
    parents = {"features": features, "labels": given.parents}
    if elsewhere:
        parents["other features"] = elsewhere
    # Ceilings and students are in separate batches, so that no method's code can read ground truth.
    group = f"{given.role} {student.label} {source.task.fingerprint}"
    return Step(f"fit {given.role}", config, parents, payload, truth, group)


def run_fit(jobs: Sequence[Job[FitPayload]], store: Store) -> None:
    """Write `beliefs` (N, k) of every estimator about all items.

    With other tasks also `elsewhere` (m, k), the beliefs about their items that were asked. That a
    fit did not converge is a notice, since warnings of a worker process are not shown.
    """
    from sklearn.exceptions import ConvergenceWarning

    for job in jobs:
        method = METHODS.build(job.payload.method)
        check_unchanged(method, job.payload.identity)
        student = parse_student(job.payload.student)
        assert isinstance(student, EstimatorStudent), "the specification names an estimator"
        features, task = None, job.payload.task
        if job.parents["features"]:
            features = read_features(store, job.parents["features"][0])
        training = Training(
            method=method.value,
            name=shown(method.label),
            learn=job.payload.items,
            labels=_labels(job, store),
            clusters=job.payload.clusters,
            l2=1.0,
            chance=job.payload.chance,
        )
        inputs = task.inputs if task is not None else features
        assert inputs is not None, "a student that reads no texts has features"
        count = len(inputs)
        inputs = np.concatenate([inputs, *_other_inputs(job, store)])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            beliefs = train_estimator(student, inputs, training, features)
        write_notices(store, job.key, _notices(shown(student.label), caught))
        found = {"beliefs": beliefs[:count]}
        if job.payload.others:
            found["elsewhere"] = beliefs[count:]
        store.write(job.key, found)


def _other_inputs(job: Job[FitPayload], store: Store) -> Iterator[np.ndarray]:
    """Inputs of the items of other tasks that are asked."""
    others, keys = job.payload.others, job.parents.get("other features", ())
    if job.payload.task is not None:
        yield from (other.task.inputs[other.asked] for other in others)
        return
    for other, key in zip(others, keys, strict=True):
        yield read_features(store, key)[other.asked]


def _notices(student: str, caught: Sequence[warnings.WarningMessage]) -> list[str]:
    """A notice for fits that did not converge; other warnings are shown."""
    from sklearn.exceptions import ConvergenceWarning

    for one in caught:
        if one.category is not ConvergenceWarning:
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    unfinished = any(one.category is ConvergenceWarning for one in caught)
    return [f"fits of {student} did not converge"] if unfinished else []


def _labels(job: Job[FitPayload], store: Store) -> np.ndarray:
    """(n, k) labels of the learning items."""
    if job.truth is not None:
        return truth_labels(job.truth, job.payload.classes)
    return store.read(job.parents["labels"][0])["beliefs"][job.payload.items]
