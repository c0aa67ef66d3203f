"""Perform a batch: the function that an engine calls, on any process or machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from threadpoolctl import threadpool_limits

from truing.errors import TruingError
from truing.given import found_by
from truing.students.transformer import forget_language_model, forget_reader
from truing.studies._objects import find_in_store
from truing.studies._step import Batch, Job
from truing.studies._store import Store
from truing.studies.work._answers import ANSWERS, run_answers
from truing.studies.work._apply import run_apply
from truing.studies.work._ask import run_ask
from truing.studies.work._best_of_n import run_best_of_n
from truing.studies.work._block import run_block
from truing.studies.work._choose import CHOICE, run_choose
from truing.studies.work._combine import run_combine
from truing.studies.work._diagnose import run_diagnose
from truing.studies.work._elicit import run_apply_probe, run_elicit
from truing.studies.work._examples import SEARCH, run_examples, run_search
from truing.studies.work._extract import run_extract
from truing.studies.work._finetune import run_finetune
from truing.studies.work._fit import run_fit
from truing.studies.work._inherit import run_compare_inheritance, run_inherit
from truing.studies.work._label import run_label
from truing.studies.work._plant import run_plant
from truing.studies.work._score import run_compare, run_score
from truing.studies.work._shift import run_shift
from truing.studies.work._stack import run_stack
from truing.studies.work._train import run_train
from truing.studies.work._uncertainty import run_uncertainty

WORK: dict[str, Callable[[Sequence[Job[Any]], Store], None]] = {
    "block": run_block,
    "extract": run_extract,
    "stack": run_stack,
    "apply": run_apply,
    "label": run_label,
    "combine": run_combine,
    "plant": run_plant,
    "examples": run_examples,
    SEARCH: run_search,
    ANSWERS: run_answers,
    "ask": run_ask,
    "elicit": run_elicit,
    "apply probe": run_apply_probe,
    "shift": run_shift,
    "train supervisor": run_train,
    "train ceiling": run_train,
    "train student": run_train,
    "finetune supervisor": run_finetune,
    "finetune ceiling": run_finetune,
    "finetune student": run_finetune,
    CHOICE: run_choose,
    "fit supervisor": run_fit,
    "fit ceiling": run_fit,
    "fit student": run_fit,
    "score": run_score,
    "compare": run_compare,
    "diagnose": run_diagnose,
    "inherit": run_inherit,
    "compare inheritance": run_compare_inheritance,
    "best of n": run_best_of_n,
    "uncertainty": run_uncertainty,
}


def add_work(kind: str, run: Callable[[Sequence[Job[Any]], Store], None]) -> None:
    """Add a kind of step of another package.

    The module that defines the class of the step's payload calls it, so that it has run in each
    process that receives such a step.

    Args:
        kind: kind of the step.
        run: function that runs the jobs of a batch and writes their results.
    """
    WORK[kind] = run


def perform(batch: Batch, store: str) -> TruingError | None:
    """Run the steps of a batch and write their results to the store.

    BLAS uses one thread, so that results are bit-identical on machines of the same type, and
    processes do not compete for cores. A model that reads blocks or answers stays loaded until the
    process has other work.

    Args:
        batch: the batch.
        store: location of the store.

    Returns:
        An error that the user or a retry can resolve, or None. Results are written atomically.
    """
    try:
        place = Store(store)
        if batch.kind != "block":
            forget_reader()
        if batch.kind not in (ANSWERS, SEARCH):
            forget_language_model()
        with threadpool_limits(1), found_by(find_in_store(place)):
            WORK[batch.kind](batch.jobs, place)
    except TruingError as error:
        return error
    return None
