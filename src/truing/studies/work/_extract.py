"""Extract: a task's features, once for each features and task."""

from __future__ import annotations

import hashlib
import sys
import warnings
from collections.abc import Sequence

from truing.errors import CorruptEntryError, Notice
from truing.registry import Built, check_unchanged
from truing.students.features import FEATURES, FeatureMap, extract
from truing.students.features import _features as features_module
from truing.studies._step import Job, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version
from truing.tasks import Task


def extract_step(task: Task, features: Built[FeatureMap]) -> Step:
    """Plan the extraction of features from all items of a task."""
    config = {
        "task": task.fingerprint,
        "features": features.identity,
        "code": code_version(sys.modules[__name__], features_module),
    }
    return Step(
        "extract",
        config,
        payload={"task": task, "features": features.label, "identity": features.identity},
    )


def run_extract(jobs: Sequence[Job], store: Store) -> None:
    """Write `features`: (N, d), or (N, k, d) where items bring their own choices.

    Notices, of texts that were cut say, are kept beside them: they hold for every study that uses
    the features, and a worker's own words would reach nobody.
    """
    for job in jobs:
        name, task = job.payload["features"], job.payload["task"]
        built = FEATURES.build(name)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", Notice)
            features = extract(built.value, name, task)
        check_unchanged(built, job.payload["identity"])
        notices = [str(one.message) for one in caught if one.category is Notice]
        for one in caught:
            if one.category is not Notice:
                warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
        if notices:
            store.write_json(_notices_key(job.key), notices)
        store.write(job.key, {"features": features})


def read_notices(store: Store, key: str) -> list[str]:
    """What must be known of an extraction."""
    try:
        return store.read_json(_notices_key(key)) if _notices_key(key) in store else []
    except CorruptEntryError:
        return []


def _notices_key(key: str) -> str:
    return hashlib.sha256(f"{key} notices".encode()).hexdigest()
