"""Diagnose: compare a student's beliefs with its supervisor's and with the ground truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, TypedDict

import numpy as np

from truing import measures
from truing.studies._step import Job, Step
from truing.studies._store import Store
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

UNKNOWN = None  # the data do not show whether an assumption is satisfied


class MeanSd(TypedDict):
    """Mean and standard deviation over seeds; None if too few seeds have a value."""

    mean: float | None
    sd: float | None


class Assumption(TypedDict):
    """An assumption of a diagnostic, and whether it is satisfied; None if that is unknown."""

    assumption: str
    holds: bool | None


Diagnostic: TypeAlias = dict[str, MeanSd | Sequence[Assumption] | Sequence[float | None] | str]
"""JSON values of a diagnostic by name."""


def diagnose_step(source: Source, weak: Steps, transfer: Steps) -> Step:
    """Plan the diagnostics of a row."""
    parents = {"weak": tuple(weak), "transfer": tuple(transfer)}
    return step_on_test("diagnose", run_diagnose, source, parents, on_test(source), {})


def run_diagnose(jobs: Sequence[Job[OnTestPayload]], store: Store) -> None:
    """Write the diagnostics of a row as JSON: means and SDs over seeds, and assumptions."""
    read = Reader(store)
    for job in jobs:
        weak, student = read.beliefs(job, "weak"), read.beliefs(job, "transfer")
        assert job.truth is not None, "steps on the test items receive their ground truth"
        # Measures of weak labels (n, k), student beliefs (n, k) and truth (n,) of one seed.
        of_pair: dict[str, Callable[..., Any]] = {
            "misfit": measures.misfit,
            "kl_misfit": measures.kl_misfit,
            "error_correction": measures.error_correction,
            "capa": partial(measures.capa, choices=job.payload.choice_counts),
        }
        satisfied = _satisfied(student.shape[2])
        found = {
            name: _over_seeds(
                [measure(w, s, job.truth) for w, s in zip(weak, student, strict=True)],
                satisfied[name],
            )
            for name, measure in of_pair.items()
        }
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


def _over_seeds(results: Sequence[Any], satisfied: Sequence[bool | None]) -> Diagnostic:
    """Mean and SD of every value over the seeds in which it is defined, and the assumptions."""
    values: Diagnostic = {}
    for name, first in vars(results[0]).items():
        if name == "assumptions":
            values[name] = _assumptions(first, satisfied)
        elif isinstance(first, str):
            values[name] = first
        else:
            values[name] = _mean_sd([getattr(result, name) for result in results])
    return values


def _assumptions(sentences: Sequence[str], satisfied: Sequence[bool | None]) -> list[Assumption]:
    return [
        {"assumption": sentence, "holds": value}
        for sentence, value in zip(sentences, satisfied, strict=True)
    ]


def _mean_sd(values: Sequence[float | None]) -> MeanSd:
    defined = [value for value in values if value is not None]
    return {
        "mean": float(np.mean(defined)) if defined else None,
        "sd": float(np.std(defined, ddof=1)) if len(defined) > 1 else None,
    }


def _calibration(student: np.ndarray, truth: np.ndarray) -> Diagnostic:
    rules = {
        "brier": measures.brier,
        "log_score": measures.log_score,
        "expected_calibration_error": measures.expected_calibration_error,
    }
    values: Diagnostic = {
        name: _mean_sd([float(np.mean(rule(beliefs, truth))) for beliefs in student])
        for name, rule in rules.items()
    }
    drawn = "test items are drawn as the items to be judged will be"
    return values | {"assumptions": _assumptions([drawn], [UNKNOWN])}


def _class_accuracy(job: Job[OnTestPayload], student: np.ndarray) -> Diagnostic:
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
        "assumptions": _assumptions(found.assumptions, [True] * len(found.assumptions)),
    }
