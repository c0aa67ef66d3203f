"""Given objects as supervisors of a study: label arrays and weak models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from truing.errors import UserError
from truing.given import as_array, keep_array, several
from truing.students import Estimator, EstimatorStudent, give_student
from truing.tasks import Item

SupervisorLike: TypeAlias = (
    str | np.ndarray | Callable[[Sequence[Item]], Any] | Estimator | EstimatorStudent
)
"""A supervisor as a user passes it: a name, a label array, a function from items to labels, or an
estimator that is trained on the supervise split."""

SupervisorsLike: TypeAlias = (
    SupervisorLike | Sequence[SupervisorLike] | Mapping[str, SupervisorLike]
)
"""Supervisors as a user passes them: one, a list, or a dict with a name for each object."""


def give_supervisors(given: object) -> list[str]:
    """Specifications of the supervisors that a user gave, as names or objects.

    Raises:
        UserError: an object that cannot be a supervisor.

    Examples:
        >>> import numpy as np
        >>> from truing.supervisors import give_supervisors
        >>> give_supervisors(["pca-4", {"my labels": np.array([0, 1, 1])}])
        ['pca-4', 'my-labels@d5d9bbd1d7a2']
    """
    return [_give(one, name) for name, one in several(given, "weak")]


def _give(given: object, name: str) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, EstimatorStudent) or hasattr(given, "fit"):
        return give_student(given, name, "weak")
    array = as_array(given, "weak")
    if array is not None:
        return keep_array(name or "labels", array)
    raise UserError(
        f"weak must be a name, a label array, a function, an estimator or a list of these, "
        f"got {given!r}"
    )
