"""Extract: features of all items of a task."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from truing.errors import Notice
from truing.given import shown
from truing.registry import Built, Identity, check_unchanged
from truing.students.features import (
    FEATURES,
    BlockFeatures,
    FeatureBlock,
    FeatureMap,
    FittedFeatures,
    absent_rows,
    extract,
    place_rows,
)
from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._block import block_steps, read_blocks
from truing.studies.work._code import code_version
from truing.studies.work._notices import write_notices
from truing.tasks import Task


@dataclass(frozen=True)
class ExtractPayload(Payload):
    """A task and the features to extract.

    Attributes:
        task: the task.
        features: specification of the features.
        identity: identity of the features, see `Built.identity`.
        blocks: indices of the distinct texts of each block, if the features are computed in blocks.
        home: the task to whose items the features are fitted, if it is another task.
    """

    task: Task
    features: str
    identity: Identity
    blocks: tuple[np.ndarray, ...] = ()
    home: Task | None = None

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the features."""
        return (self.features,)


def extract_step(task: Task, features: Built[FeatureMap], home: Task | None = None) -> Step:
    """Plan the extraction of features from all items of a task.

    Args:
        task: the task.
        features: the features.
        home: the task to whose items features such as pca-8 are fitted; by default `task`.

    Raises:
        DataError: a given array has another shape than the features of this task, or a checkpoint
            cannot read the task.
    """
    value = features.value
    fitted = home if isinstance(value, FittedFeatures) else None
    if home is not None and (refuse := getattr(value, "refuse_other", None)):
        refuse(home, task)
    if (check := getattr(value, "check", None)) and fitted is None:
        check(task)
    config = {
        "task": task.fingerprint,
        "features": features.identity,
        "code": code_version(extract_step, run_extract),
    }
    if fitted is not None:
        config["fitted on"] = fitted.fingerprint
    steps: tuple[Step, ...] = ()
    payload = ExtractPayload(task, features.label, features.identity, home=fitted)
    if isinstance(value, BlockFeatures):
        steps, blocks = block_steps(task, features, value)
        payload = replace(payload, blocks=tuple(blocks))
    return Step("extract", config, {"blocks": steps} if steps else {}, payload)


def run_extract(jobs: Sequence[Job[ExtractPayload]], store: Store) -> None:
    """Write `features`: (N, d), or (N, k, d) if items have their own choices.

    Notices, for example about truncated texts, are stored with the features, since they apply to
    every study that uses the features, and warnings of a worker process are not shown.
    """
    for job in jobs:
        built = FEATURES.build(job.payload.features)
        if isinstance(built.value, BlockFeatures):
            check_unchanged(built, job.payload.identity)
            _join(job, built.value, store)
        else:
            _extract(job, built, store)


def read_features(store: Store, key: str) -> np.ndarray:
    """Features that `run_extract` wrote, float32: (N, d), or (N, k, d).

    The array is read-only, and memory-mapped if the store is a folder.
    """
    return store.map(key)["features"].astype(np.float32, copy=False)


def _extract(job: Job[ExtractPayload], built: Built[FeatureMap], store: Store) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", Notice)
        features = extract(_map(job, built.value), shown(job.payload.features), job.payload.task)
    for each in caught:
        if each.category is not Notice:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    check_unchanged(built, job.payload.identity)
    notices = [str(each.message) for each in caught if each.category is Notice]
    write_notices(store, job.key, notices)
    store.write(job.key, {"features": features})


def _map(job: Job[ExtractPayload], value: FeatureMap) -> FeatureMap:
    """The feature map, fitted to the items of home if that is another task."""
    home = job.payload.home
    if home is None or not isinstance(value, FittedFeatures):
        return value
    return partial(value.fitted_on, home)


def _join(job: Job[ExtractPayload], features: BlockFeatures, store: Store) -> None:
    """Write the features of all blocks as one array, block by block, and remove the blocks."""
    task, keys = job.payload.task, job.parents["blocks"]
    notes: list[FeatureBlock] = []
    first = next(read_blocks(store, keys[:1])).values

    def parts() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        absent = absent_rows(task)
        yield (
            absent,
            np.broadcast_to(np.asarray(np.nan, first.dtype), (len(absent), first.shape[1])),
        )
        places = place_rows(task, job.payload.blocks)
        for (rows, at), block in zip(places, read_blocks(store, keys), strict=True):
            notes.append(replace(block, values=first[:0]))
            yield rows, block.values[at]

    shape = (*task.inputs.shape, first.shape[1])
    store.write_rows(job.key, "features", shape, first.dtype, parts())
    write_notices(store, job.key, features.notices(task, notes))
    for key in keys:
        store.remove(key)
