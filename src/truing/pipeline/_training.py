"""The training of a method on the items of a run."""

from __future__ import annotations

import numpy as np

from truing.errors import UserError
from truing.methods import METHODS, Method, Training
from truing.pipeline._given import Given
from truing.students import L2

WIDE = 256  # largest number of columns with l2=1 as default, as for the students of truing


def make_training(given: Given, method: str | Method, l2: L2) -> Training:
    """The training of a method on the learning items, which come first.

    Raises:
        UnknownNameError: unknown name of a method.
        UserError: the method learns from the ground truth or trains a chain of students.
    """
    if isinstance(method, str):
        built = METHODS.build(method)
        name, made = built.label, built.value
    else:
        name, made = "method", method
    if made.labels != "weak":
        raise UserError(f"{name} learns from the ground truth, which a run does not have")
    if made.rungs is not None:
        raise UserError(f"{name} trains a chain of students; name a method with one student")
    learn = np.arange(len(given.weak))
    return Training(made, name, learn, given.weak, given.clusters, l2, f"run {given.seed}")


def usual_l2(features: np.ndarray) -> L2:
    """1 for up to 256 columns; `auto` for wider features."""
    return 1.0 if features.shape[-1] <= WIDE else "auto"
