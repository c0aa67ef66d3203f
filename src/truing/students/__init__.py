"""Students: what is trained on weak labels. Here, heads on fixed features."""

from truing.students._design import Design, make_design
from truing.students._heads import Head, Targets, checked, fit_heads
from truing.students._student import Student, parse_student

__all__ = [
    "Design",
    "Head",
    "Student",
    "Targets",
    "checked",
    "fit_heads",
    "make_design",
    "parse_student",
]
