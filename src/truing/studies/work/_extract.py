"""Extract: a task's features, once for each features and task."""

from __future__ import annotations

import sys
from collections.abc import Sequence

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
    """Write `features`: (N, d), or (N, k, d) where items bring their own choices."""
    for job in jobs:
        name, task = job.payload["features"], job.payload["task"]
        built = FEATURES.build(name)
        features = extract(built.value, name, task)
        check_unchanged(built, job.payload["identity"])
        store.write(job.key, {"features": features})
