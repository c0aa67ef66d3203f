"""Work of stress tests: planning and execution of each kind of step, in one file per kind."""

from truing.stress.work._detect import Cell, detect_step
from truing.stress.work._outcome import outcome_step
from truing.stress.work._seat import Seat, StudySystem
from truing.stress.work._suspect import suspect_step

__all__ = ["Cell", "Seat", "StudySystem", "detect_step", "outcome_step", "suspect_step"]
