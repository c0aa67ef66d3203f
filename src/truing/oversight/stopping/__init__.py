"""Stopping: a run ends as soon as the difference of two protocols is known well enough."""

from truing.oversight.stopping._order import question_blocks
from truing.oversight.stopping._rule import StopRule, read_rule
from truing.oversight.stopping._stopping import Stopping, StopPoint

__all__ = ["StopPoint", "StopRule", "Stopping", "question_blocks", "read_rule"]
