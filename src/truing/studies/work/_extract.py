"""Extract: features of all items of a task."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from truing.errors import CorruptEntryError, Notice
from truing.given import shown
from truing.registry import Built, Identity, check_unchanged
from truing.students.features import FEATURES, FeatureMap, extract
from truing.studies._step import Job, Payload, Resources, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version
from truing.tasks import Task


@dataclass(frozen=True)
class ExtractPayload(Payload):
    """A task and the features to extract.

    Attributes:
        task: the task.
        features: specification of the features.
        identity: identity of the features, see `Built.identity`.
    """

    task: Task
    features: str
    identity: Identity

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the features."""
        return (self.features,)


def extract_step(task: Task, features: Built[FeatureMap]) -> Step:
    """Plan the extraction of features from all items of a task.

    Layers of a checkpoint are a family: they are extracted in one batch, and the texts are read
    once.

    Raises:
        DataError: a given array has another shape than the features of this task.
    """
    if check := getattr(features.value, "check", None):
        check(task)
    config = {
        "task": task.fingerprint,
        "features": features.identity,
        "code": code_version(extract_step, run_extract),
    }
    family = getattr(features.value, "family", "")
    return Step(
        "extract",
        config,
        payload=ExtractPayload(task, features.label, features.identity),
        group=f"{task.fingerprint} {family}" if family else "",
        together=bool(family),
        resources=Resources(gpus=getattr(features.value, "gpus", 0)),
    )


def run_extract(jobs: Sequence[Job[ExtractPayload]], store: Store) -> None:
    """Write `features`: (N, d), or (N, k, d) if items have their own choices.

    Notices, for example about truncated texts, are stored with the features, since they apply to
    every study that uses the features, and warnings of a worker process are not shown.
    """
    several = [FEATURES.build(job.payload.features) for job in jobs]
    maps = [built.value for built in several]
    together = getattr(maps[0], "together", None) if len(jobs) > 1 else None
    if together:
        maps = together(maps)
    notices: list[str] = []
    for job, built, feature_map in zip(jobs, several, maps, strict=True):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", Notice)
            features = extract(feature_map, shown(job.payload.features), job.payload.task)
        check_unchanged(built, job.payload.identity)
        # The first extraction of a family gives the notices, which apply to all of it.
        notices = notices if together else []
        notices += [str(each.message) for each in caught if each.category is Notice]
        for each in caught:
            if each.category is not Notice:
                warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
        if notices:
            store.write_json(_notices_key(job.key), notices)
        store.write(job.key, {"features": features})


def read_notices(store: Store, key: str) -> list[str]:
    """Notices of an extraction."""
    try:
        return store.read_json(_notices_key(key)) if _notices_key(key) in store else []
    except CorruptEntryError:
        return []


def _notices_key(key: str) -> str:
    return hashlib.sha256(f"{key} notices".encode()).hexdigest()
