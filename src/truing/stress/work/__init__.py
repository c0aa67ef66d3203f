"""Work of stress tests of all kinds: from suspicions and outcomes to rows, one file per step."""

from truing.stress.work._budget import check_budget
from truing.stress.work._combine import REFERENCES, TWINS, combine_step, pick_step, planted_role
from truing.stress.work._cost import cost_step
from truing.stress.work._detect import Cell, DetectPayload, detect_step
from truing.stress.work._outcomes import Outcomes
from truing.stress.work._suspicions import ask_about

__all__ = [
    "REFERENCES",
    "TWINS",
    "Cell",
    "DetectPayload",
    "Outcomes",
    "ask_about",
    "check_budget",
    "combine_step",
    "cost_step",
    "detect_step",
    "pick_step",
    "planted_role",
]
