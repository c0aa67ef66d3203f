"""Students: models that are trained on weak labels: heads, transformers and estimators."""

from truing.students._choose_l2 import (
    FOLDS,
    VALUES,
    Choice,
    assign_folds,
    check_clusters,
    choose_l2,
)
from truing.students._design import Design, absent_choices, make_design
from truing.students._estimator import (
    ESTIMATORS,
    Estimator,
    EstimatorStudent,
    is_estimator,
    list_classifiers,
)
from truing.students._given import (
    StudentLike,
    StudentsLike,
    give_rungs,
    give_student,
    give_students,
)
from truing.students._heads import Head, Targets, checked, fit_heads, on_present_choices
from truing.students._l2 import COLUMNS, L2, default_l2
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
from truing.students.transformer.checkpoints import ModelSize

__all__ = [
    "COLUMNS",
    "ESTIMATORS",
    "FOLDS",
    "HEADS",
    "L2",
    "VALUES",
    "Choice",
    "Design",
    "Estimator",
    "EstimatorStudent",
    "Head",
    "HeadStudent",
    "ModelSize",
    "Refit",
    "Student",
    "StudentLike",
    "StudentsLike",
    "Targets",
    "TrainingSteps",
    "TransformerStudent",
    "absent_choices",
    "assign_folds",
    "build_classifier",
    "check_clusters",
    "checked",
    "choose_l2",
    "default_l2",
    "fit_heads",
    "give_rungs",
    "give_student",
    "give_students",
    "is_estimator",
    "is_fine_tuned",
    "list_classifiers",
    "make_design",
    "make_rows",
    "on_present_choices",
    "parse_student",
    "refit",
]
