"""Given objects as students of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from truing.given import several
from truing.students._estimator import Estimator, EstimatorStudent
from truing.students.features import FeaturesLike, give_features

StudentLike: TypeAlias = FeaturesLike | Estimator | EstimatorStudent
"""A student as a user passes it: a name, a feature array, a function from a task to features, or an
estimator."""

StudentsLike: TypeAlias = StudentLike | Sequence[StudentLike] | Mapping[str, StudentLike]
"""Students as a user passes them: one, a list, or a dict with a name for each object."""


def give_students(given: object) -> list[str]:
    """Specifications of the students that a user gave, as names or objects.

    Raises:
        UserError: an object that cannot be a student.

    Examples:
        >>> import numpy as np
        >>> from truing.students import give_students
        >>> give_students(["pca-16", {"my features": np.zeros((3, 2))}])
        ['pca-16', 'my-features@4da07b4f9d5c']
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
    if isinstance(given, EstimatorStudent):
        return given.named(name).label if name else given.label
    if hasattr(given, "fit"):
        student = EstimatorStudent(given)
        return student.named(name).label if name else student.label
    return give_features(given, name, field)
