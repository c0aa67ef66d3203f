"""Students: models that are trained on weak labels, heads on fixed features or transformers."""

from truing.students._design import Design, absent_choices, make_design
from truing.students._given import give_students
from truing.students._heads import Head, Targets, checked, fit_heads, on_present_choices
from truing.students._student import (
    HEADS,
    HeadStudent,
    Student,
    TrainingSteps,
    TransformerStudent,
    is_fine_tuned,
    parse_student,
)

__all__ = [
    "HEADS",
    "Design",
    "Head",
    "HeadStudent",
    "Student",
    "Targets",
    "TrainingSteps",
    "TransformerStudent",
    "absent_choices",
    "checked",
    "fit_heads",
    "give_students",
    "is_fine_tuned",
    "make_design",
    "on_present_choices",
    "parse_student",
]
