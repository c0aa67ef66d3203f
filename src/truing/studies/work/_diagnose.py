"""Diagnose: how a student's beliefs relate to its supervisor's and to the truth."""

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
"""Measures of (weak (n, k), student (n, k), truth (n,)) of one seed."""

UNKNOWN = None  # whether an assumption holds cannot be told from the data


def diagnose_step(source: Source, weak: Steps, transfer: Steps) -> Step:
    """Plan the diagnostics of one row."""
    parents = {"weak": tuple(weak), "transfer": tuple(transfer)}
    return step_on_test("diagnose", run_diagnose, source, parents, on_test(source), {})


def run_diagnose(jobs: Sequence[Job[OnTestPayload]], store: Store) -> None:
    """Write the diagnostics of a row as JSON: means and sds over seeds, and assumptions."""
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
        for name, holds in _holds(student.shape[2]).items():
            sentences = found[name]["assumptions"]
            found[name]["assumptions"] = [
                {"assumption": sentence, "holds": held}
                for sentence, held in zip(sentences, holds, strict=True)
            ]
        assert job.truth is not None, "a step on the test items sees their truth"
        found["calibration"] = _calibration(student, job.truth)
        found["class_accuracy"] = _class_accuracy(job, student)
        store.write_json(job.key, found)


def _holds(choices: int) -> dict[str, tuple[bool | None, ...]]:
    """Which assumptions of the measures hold for heads trained here, in the measures' order.

    Heads minimise a penalised cross entropy: neither squared loss nor a divergence alone. Softmax
    of linear logits is no convex class of probabilities and reaches no one-hot truth. The items
    scored are test items, never learned from.
    """
    return {
        "misfit": (False, False, False),
        "kl_misfit": (False, False, False),
        "error_correction": (True, choices > 2, UNKNOWN),
        "capa": (UNKNOWN, UNKNOWN, UNKNOWN),
    }


def _over_seeds(results: Sequence[Any]) -> dict[str, Any]:
    """Mean and sd of every figure over the seeds in which it is defined, and what must hold."""
    figures: dict[str, Any] = {}
    for name, first in vars(results[0]).items():
        if name == "assumptions" or isinstance(first, str):
            figures[name] = first
        else:
            figures[name] = _mean_sd([getattr(result, name) for result in results])
    return figures


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
    figures = {
        name: _mean_sd([float(np.mean(rule(beliefs, truth))) for beliefs in student])
        for name, rule in rules.items()
    }
    drawn = {
        "assumption": "test items are drawn as the items to be judged will be",
        "holds": UNKNOWN,
    }
    return figures | {"assumptions": [drawn]}


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
        "values": [one.value for one in found.classes],
        "low": [one.low for one in found.classes],
        "high": [one.high for one in found.classes],
        "items": found.items,
        "assumptions": [{"assumption": one, "holds": True} for one in found.assumptions],
    }
