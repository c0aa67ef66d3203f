"""Perform a batch: the one function that an engine calls, in whatever process or machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from threadpoolctl import threadpool_limits

from truing.errors import TruingError
from truing.studies._step import Batch, Job
from truing.studies._store import Store
from truing.studies.work._diagnose import run_diagnose
from truing.studies.work._extract import run_extract
from truing.studies.work._finetune import run_finetune
from truing.studies.work._label import run_label
from truing.studies.work._score import run_compare, run_score
from truing.studies.work._train import run_train

WORK: dict[str, Callable[[Sequence[Job[Any]], Store], None]] = {
    "extract": run_extract,
    "label": run_label,
    "train supervisor": run_train,
    "train ceiling": run_train,
    "train student": run_train,
    "finetune supervisor": run_finetune,
    "finetune ceiling": run_finetune,
    "finetune student": run_finetune,
    "score": run_score,
    "compare": run_compare,
    "diagnose": run_diagnose,
}


def perform(batch: Batch, store: str) -> TruingError | None:
    """Do a batch's work and write its results into the store.

    One thread of BLAS: the same bits on every machine of a kind, and no fight between processes.

    Args:
        store: its location.

    Returns:
        What went wrong, where the user or the run can mend it, else None. A result is written as a
        whole or not at all.
    """
    try:
        with threadpool_limits(1):
            WORK[batch.kind](batch.jobs, Store(store))
    except TruingError as error:
        return error
    return None
