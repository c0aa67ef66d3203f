"""Diagnose: compare a student's beliefs with its supervisor's and with the ground truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from truing import measures
from truing.studies._step import Job, Step
from truing.studies._store import Store
from truing.studies.work._score import (
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

OF_PAIR: dict[str, Callable[..., Any]] = {
    "misfit": measures.misfit,
    "kl_misfit": measures.kl_misfit,
    "error_correction": measures.error_correction,
}
"""Measures of weak labels (n, k), student beliefs (n, k) and truth (n,) of one seed."""

UNKNOWN = None  # the data do not show whether an assumption is satisfied


def diagnose_step(source: Source, weak: Steps, transfer: Steps) -> Step:
    """Plan the diagnostics of a row."""
    parents = {"weak": tuple(weak), "transfer": tuple(transfer)}
    return step_on_test("diagnose", run_diagnose, source, parents, on_test(source), {})


def run_diagnose(jobs: Sequence[Job[OnTestPayload]], store: Store) -> None:
    """Write the diagnostics of a row as JSON: means and SDs over seeds, and assumptions."""
    read = Reader(store)
    for job in jobs:
        weak, student = read.beliefs(job, "weak"), read.beliefs(job, "transfer")
        found = {
            name: _over_seeds(
                [measure(w, s, job.truth) for w, s in zip(weak, student, strict=True)]
            )
            for name, measure in OF_PAIR.items()
        }
        counts = job.payload.choice_counts
        found["capa"] = _over_seeds(
            [measures.capa(w, s, job.truth, counts) for w, s in zip(weak, student, strict=True)]
        )
        for name, satisfied in _satisfied(student.shape[2]).items():
            sentences = found[name]["assumptions"]
            found[name]["assumptions"] = [
                {"assumption": sentence, "holds": value}
                for sentence, value in zip(sentences, satisfied, strict=True)
            ]
        assert job.truth is not None, "steps on the test items receive their ground truth"
        found["calibration"] = _calibration(student, job.truth)
        found["class_accuracy"] = _class_accuracy(job, student)
        store.write_json(job.key, found)


def _satisfied(choices: int) -> dict[str, tuple[bool | None, ...]]:
    """Whether heads satisfy the assumptions of each measure, in the measures' order.

    Heads minimize a cross entropy with an L2 penalty, which is neither squared loss nor a
    divergence alone. Softmax of linear logits is not a convex class of probabilities, and cannot
    represent a one-hot truth. The scored items are test items, which are not learning items.
    """
    return {
        "misfit": (False, False, False),
        "kl_misfit": (False, False, False),
        "error_correction": (True, choices > 2, UNKNOWN),
        "capa": (UNKNOWN, UNKNOWN, UNKNOWN),
    }


def _over_seeds(results: Sequence[Any]) -> dict[str, Any]:
    """Mean and SD of every value over the seeds in which it is defined, and the assumptions."""
    values: dict[str, Any] = {}
    for name, first in vars(results[0]).items():
        if name == "assumptions" or isinstance(first, str):
            values[name] = first
        else:
            values[name] = _mean_sd([getattr(result, name) for result in results])
    return values


def _mean_sd(values: Sequence[float | None]) -> dict[str, float | None]:
    defined = [value for value in values if value is not None]
    return {
        "mean": float(np.mean(defined)) if defined else None,
        "sd": float(np.std(defined, ddof=1)) if len(defined) > 1 else None,
    }


def _calibration(student: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    rules = {
        "brier": measures.brier,
        "log_score": measures.log_score,
        "expected_calibration_error": measures.expected_calibration_error,
    }
    values: dict[str, Any] = {
        name: _mean_sd([float(np.mean(rule(beliefs, truth))) for beliefs in student])
        for name, rule in rules.items()
    }
    drawn = {
        "assumption": "test items are drawn as the items to be judged will be",
        "holds": UNKNOWN,
    }
    return values | {"assumptions": [drawn]}


def _class_accuracy(job: Job[OnTestPayload], student: np.ndarray) -> dict[str, Any]:
    found = measures.class_accuracy(
        measures.correctness(student, job.truth),
        job.truth,
        job.payload.classes,
        job.payload.clusters,
        resampling(job),
        level=LEVEL,
        replicates=REPLICATES,
    )
    return {
        "values": [each.value for each in found.classes],
        "low": [each.low for each in found.classes],
        "high": [each.high for each in found.classes],
        "items": found.items,
        "assumptions": [{"assumption": sentence, "holds": True} for sentence in found.assumptions],
    }
