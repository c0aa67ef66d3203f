"""Shift: designed differences between what models learn and what they are tested on."""

from truing.tasks.shift._condition import Condition, find_field, parse_condition
from truing.tasks.shift._design import BALANCED, Design, make_design
from truing.tasks.shift._designed import check_local, designed, distractors_of
from truing.tasks.shift._distractor import Distractor
from truing.tasks.shift._hardness import FOLDS, HARDNESS, Folds, provisional_hardness
from truing.tasks.shift._thin import thin

__all__ = [
    "BALANCED",
    "FOLDS",
    "HARDNESS",
    "Condition",
    "Design",
    "Distractor",
    "Folds",
    "check_local",
    "designed",
    "distractors_of",
    "find_field",
    "make_design",
    "parse_condition",
    "provisional_hardness",
    "thin",
]
