"""Students: models that are trained on weak labels: heads, transformers and estimators."""

from truing.students._design import Design, absent_choices, make_design
from truing.students._estimator import ESTIMATORS, Estimator, EstimatorStudent, is_estimator
from truing.students._given import (
    StudentLike,
    StudentsLike,
    give_rungs,
    give_student,
    give_students,
)
from truing.students._heads import Head, Targets, checked, fit_heads, on_present_choices
from truing.students._refit import Refit, refit
from truing.students._sklearn import build_classifier
from truing.students._student import (
    HEADS,
    HeadStudent,
    Student,
    TrainingSteps,
    TransformerStudent,
    is_fine_tuned,
    parse_student,
)
from truing.students._weighted_rows import make_rows

__all__ = [
    "ESTIMATORS",
    "HEADS",
    "Design",
    "Estimator",
    "EstimatorStudent",
    "Head",
    "HeadStudent",
    "Refit",
    "Student",
    "StudentLike",
    "StudentsLike",
    "Targets",
    "TrainingSteps",
    "TransformerStudent",
    "absent_choices",
    "build_classifier",
    "checked",
    "fit_heads",
    "give_rungs",
    "give_student",
    "give_students",
    "is_estimator",
    "is_fine_tuned",
    "make_design",
    "make_rows",
    "on_present_choices",
    "parse_student",
    "refit",
]
