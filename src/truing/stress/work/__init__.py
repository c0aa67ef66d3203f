"""Work of stress tests: planning and execution of each kind of step, in one file per kind."""

from truing.stress.work._detect import Cell, detect_step
from truing.stress.work._outcome import outcome_step
from truing.stress.work._seat import Seat, StudySystem
from truing.stress.work._suspect import (
    call_monitor,
    check_suspicion,
    suspect_step,
    suspicion_arrays,
)

__all__ = [
    "Cell",
    "Seat",
    "StudySystem",
    "call_monitor",
    "check_suspicion",
    "detect_step",
    "outcome_step",
    "suspect_step",
    "suspicion_arrays",
]
