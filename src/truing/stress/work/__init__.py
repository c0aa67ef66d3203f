"""Work of stress tests: planning and execution of each kind of step, in one file per kind."""

from truing.stress.work._cost import cost_step
from truing.stress.work._detect import Cell, DetectPayload, detect_step
from truing.stress.work._outcome import outcome_step
from truing.stress.work._seat import Seat, StudySystem
from truing.stress.work._suspect import suspect_step
from truing.stress.work._suspicions import call_monitor, check_suspicion, suspicion_arrays

__all__ = [
    "Cell",
    "DetectPayload",
    "Seat",
    "StudySystem",
    "call_monitor",
    "check_suspicion",
    "cost_step",
    "detect_step",
    "outcome_step",
    "suspect_step",
    "suspicion_arrays",
]
