"""Work of stress tests: planning and execution of each kind of step, in one file per kind."""

from truing.stress.work._combine import (
    REFERENCES,
    TWINS,
    Suspected,
    combine_step,
    pick_step,
    planted_role,
)
from truing.stress.work._cost import cost_step
from truing.stress.work._detect import Cell, DetectPayload, detect_step
from truing.stress.work._outcome import outcome_step
from truing.stress.work._seat import Seat, StudySystem
from truing.stress.work._suspect import suspect_step
from truing.stress.work._suspicions import suspicion_arrays

__all__ = [
    "REFERENCES",
    "TWINS",
    "Cell",
    "DetectPayload",
    "Seat",
    "StudySystem",
    "Suspected",
    "combine_step",
    "cost_step",
    "detect_step",
    "outcome_step",
    "pick_step",
    "planted_role",
    "suspect_step",
    "suspicion_arrays",
]
