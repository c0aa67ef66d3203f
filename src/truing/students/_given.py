"""Given objects as students of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from truing.given import several
from truing.specification import Specification
from truing.students._estimator import Estimator, EstimatorStudent
from truing.students.features import FeaturesLike, give_features

StudentLike: TypeAlias = FeaturesLike | Estimator | EstimatorStudent
"""A student as a user passes it: a name, a feature array, a function from a task to features, or an
estimator."""

StudentsLike: TypeAlias = (
    StudentLike | Sequence[StudentLike | Mapping[str, StudentLike]] | Mapping[str, StudentLike]
)
"""Students as a user passes them: one, a list, or a dict with a name for each object."""


def give_students(given: object) -> list[str]:
    """Specifications of the students that a user gave, as names or objects.

    Raises:
        UserError: an object that cannot be a student.

    Examples:
        >>> import numpy as np
        >>> from truing.students import give_students
        >>> give_students(["pca-16", {"my features": np.zeros((3, 2))}])
        ['pca-16', 'my-features@559b27dc9dd5']
    """
    return [give_student(one, name) for name, one in several(given, "strong")]


def give_student(given: object, name: str, field: str = "strong") -> str:
    """Specification of a student.

    Args:
        given: a name or an object.
        name: name in tables; empty for the default.
        field: field of the study, for messages.

    Raises:
        UserError: an object that cannot be a student.
    """
    if isinstance(given, str):
        return _with_given_features(give_features(given, name, field))
    if isinstance(given, EstimatorStudent):
        return given.named(name).label if name else given.label
    if hasattr(given, "fit"):
        student = EstimatorStudent(given)
        return student.named(name).label if name else student.label
    return give_features(given, name, field)


def give_rungs(rungs: str) -> str:
    """Names of intermediate students, joined by `+`, with given objects for registered functions.

    Examples:
        >>> import truing
        >>> from truing.students import give_rungs
        >>> @truing.features("columns-{count:K}")
        ... def columns(count: int):
        ...     return lambda task: task.inputs.reshape(len(task), -1)[:, :count]
        >>> give_rungs("columns-2:l2=0.3+pca-8")
        'columns@...:count=2:l2=0.3+pca-8'
    """
    asked = [str(Specification.parse_nested(one)) for one in rungs.split("+")]
    return "+".join(Specification.parse(give_student(one, "")).nested for one in asked)


def _with_given_features(student: str) -> str:
    """A student's specification with a given object for a registered function as `features`."""
    asked = Specification.parse(student)
    if "features" not in asked.arguments:
        return student
    features = give_features(asked.arguments["features"])
    return str(replace(asked, arguments={**asked.arguments, "features": features}))
