"""Students: what is trained on weak labels, heads on fixed features or a whole transformer."""

from truing.students._design import Design, make_design
from truing.students._heads import Head, Targets, checked, fit_heads
from truing.students._student import HEADS, Student, parse_student

__all__ = [
    "HEADS",
    "Design",
    "Head",
    "Student",
    "Targets",
    "checked",
    "fit_heads",
    "make_design",
    "parse_student",
]
