"""Work of stress tests of all kinds: from suspicions and outcomes to rows, one file per step."""

from truing.stress.work._combine import REFERENCES, TWINS, combine_step, pick_step, planted_role
from truing.stress.work._cost import cost_step
from truing.stress.work._detect import Cell, DetectPayload, detect_step
from truing.stress.work._suspicions import suspicion_arrays

__all__ = [
    "REFERENCES",
    "TWINS",
    "Cell",
    "DetectPayload",
    "combine_step",
    "cost_step",
    "detect_step",
    "pick_step",
    "planted_role",
    "suspicion_arrays",
]
