"""Fine-tune: train a transformer on weak labels, or on the ground truth (supervisor, ceiling)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from truing.errors import UserError
from truing.given import shown
from truing.methods import METHODS, Training, plan_tunings
from truing.registry import check_unchanged
from truing.students.transformer import (
    FineTuning,
    Take,
    TrainingMemory,
    Transformer,
    Tuned,
    Validation,
    parse_transformer,
    with_learning_rate,
)
from truing.studies._step import Job
from truing.studies._store import Store
from truing.studies.work._extract import read_features
from truing.studies.work._given import LearnPayload, OtherTask, Role, truth_labels
from truing.studies.work._losses import loss_curves, validation_arrays
from truing.studies.work._under_way import FinetuneNotes, UnderWay
from truing.tasks import Task, join_tasks


@dataclass(frozen=True, kw_only=True)
class FinetunePayload(LearnPayload):
    """A transformer to fine-tune.

    Attributes:
        task: the task.
        role: supervisor, student or ceiling.
        student: specification of the transformer.
        checkpoint: digest of its checkpoint.
        asked: (m,) indices of the items whose beliefs are computed.
        kept_out: (n,) which learning items are kept out of training, for validation.
        seed: seed of the study.
        memory: estimated memory of the training.
        others: other tasks about whose items the model is asked.
    """

    task: Task
    role: Role
    student: str
    checkpoint: str
    asked: np.ndarray
    kept_out: np.ndarray
    seed: int
    memory: TrainingMemory
    others: tuple[OtherTask, ...] = ()

    @property
    def heavy(self) -> bool:
        """True: a fine-tuning takes seconds or more."""
        return True

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specifications of the student and the method."""
        return (self.student, self.method)


def run_finetune(jobs: Sequence[Job[FinetunePayload]], store: Store) -> None:
    """Write the beliefs of fine-tuned models, their losses and notes.

    `beliefs`: (N, k) float32, NaN for items that were not asked. With other tasks also `elsewhere`:
    (m, k) float32, the beliefs about their items that were asked. `losses`: (rows, 4): member,
    step, loss and learning rate. `notes`: JSON. With validation also `validation_arrays`.
    """
    for job in jobs:
        began = time.monotonic()
        progress, found = _tune(job, store)
        beliefs = _beliefs(job, found)
        notes = progress.notes(found, time.monotonic() - began)
        encoded = np.frombuffer(json.dumps(notes.to_json()).encode(), np.uint8)
        arrays = {"beliefs": beliefs, "losses": loss_curves(found), "notes": encoded}
        if job.payload.others:
            arrays["elsewhere"] = _mean(tuned.elsewhere for tuned in found)
        if job.payload.kept_out.any():
            peak = _transformer(job, store).settings.peak_learning_rate
            arrays |= validation_arrays(found, peak)
        store.write(job.key, arrays)
        progress.forget()


def finetune_again(
    job: Job[FinetunePayload], store: Store, take: Take, watch: Callable[[int, int], None]
) -> np.ndarray:
    """Beliefs (N, k) of a model that is trained again; resumes as the training of a study does.

    Args:
        job: the job. Its result in the store is not changed.
        store: store of the labels, and of the saved state.
        take: receives the trained models.
        watch: called after each step with the number of steps done and of all steps.
    """
    progress, found = _tune(job, store, take, watch)
    progress.forget()
    return _beliefs(job, found)


def _tune(
    job: Job[FinetunePayload],
    store: Store,
    take: Take | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> tuple[UnderWay, list[Tuned]]:
    """Run the trainings of a job, one for each member of an ensemble, or for two peers."""
    training, validation = _training(job, store)
    features = None
    if job.parents["features"]:
        features = read_features(store, job.parents["features"][0])
    tunings = _tunings(job, store, training, features, validation)
    progress = UnderWay(store, job.key, len(tunings), take, watch)
    try:
        return progress, [progress.run(work) for work in tunings]
    except UserError:
        progress.forget()  # the saved state would lead to the same error
        raise


def _beliefs(job: Job[FinetunePayload], found: Sequence[Tuned]) -> np.ndarray:
    """(N, k) float32 mean belief of all members, NaN for items that were not asked."""
    beliefs = np.full((len(job.payload.task), job.payload.classes), np.nan, np.float32)
    beliefs[job.payload.asked] = _mean(tuned.beliefs for tuned in found)
    return beliefs


def _mean(members: Iterable[np.ndarray]) -> np.ndarray:
    """(m, k) float32 mean of the beliefs (M, m, k) of all members."""
    return np.concatenate([*members]).mean(axis=0, dtype=np.float64).astype(np.float32)


def read_notes(store: Store, key: str) -> FinetuneNotes:
    """Read the notes of a fine-tuning."""
    return FinetuneNotes.from_json(json.loads(store.read(key)["notes"].tobytes()))


def _training(job: Job[FinetunePayload], store: Store) -> tuple[Training, Validation | None]:
    """The training, and the items that are kept out of it with their labels."""
    built = METHODS.build(job.payload.method)
    check_unchanged(built, job.payload.identity)
    items = job.payload.items
    if job.truth is not None:
        labels = truth_labels(job.truth, job.payload.classes)
    else:
        labels = store.read(job.parents["labels"][0])["beliefs"][items]
    clusters, name = job.payload.clusters, shown(built.label)
    kept_out = job.payload.kept_out
    validation = Validation(items[kept_out], labels[kept_out]) if kept_out.any() else None
    items, labels, clusters = (one[~kept_out] for one in (items, labels, clusters))
    training = Training(built.value, name, items, labels, clusters, 1.0, job.payload.chance)
    return training, validation


def _transformer(job: Job[FinetunePayload], store: Store) -> Transformer:
    """The transformer, with the learning rate that was chosen."""
    transformer = parse_transformer(job.payload.student)
    if transformer.checkpoint.digest != job.payload.checkpoint:
        raise UserError(f"{transformer.label} changed while the study ran; run the study again")
    for key in job.parents["learning_rate"]:
        transformer = with_learning_rate(transformer, store.read(key)["learning_rate"].item())
    return transformer


def _tunings(
    job: Job[FinetunePayload],
    store: Store,
    training: Training,
    features: np.ndarray | None,
    validation: Validation | None,
) -> list[FineTuning]:
    others = job.payload.others
    task = join_tasks(job.payload.task, [other.task for other in others])
    starts = np.cumsum([len(job.payload.task), *(len(other.task) for other in others)])
    asked = [start + other.asked for start, other in zip(starts, others, strict=False)]
    elsewhere = np.concatenate([np.arange(0), *asked])
    tunings = plan_tunings(
        _transformer(job, store),
        task if others else job.payload.task,
        training,
        job.payload.asked,
        features,
        validation,
    )
    return [replace(one, elsewhere=elsewhere) for one in tunings]
