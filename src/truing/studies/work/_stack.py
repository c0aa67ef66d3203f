"""Stack: features or beliefs about the items of a task and their copies, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from truing.studies._step import Job, Payload, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version


@dataclass(frozen=True)
class StackPayload(Payload):
    """The name of the arrays: `features` or `beliefs`."""

    name: str


def stack_step(name: Literal["features", "beliefs"], original: Step, copies: Step) -> Step:
    """Plan the stacking of the arrays of two steps, which may be the same step.

    Args:
        name: name of the array.
        original: the step of the items.
        copies: the step of their copies, in the same order.
    """
    config = {"name": name, "code": code_version(stack_step, run_stack)}
    return Step("stack", config, {"parts": (original, copies)}, StackPayload(name))


def run_stack(jobs: Sequence[Job[StackPayload]], store: Store) -> None:
    """Write the array of the items, and then that of their copies."""
    for job in jobs:
        name = job.payload.name
        parts = [store.map(key)[name] for key in job.parents["parts"]]
        store.write(job.key, {name: np.concatenate(parts)})
