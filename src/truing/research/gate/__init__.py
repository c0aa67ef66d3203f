"""Gate: a method that loses capability on a fixed battery does not pass; and scored forecasts."""

from truing.research.gate._config import Gate
from truing.research.gate._result import GateOutcome, GateResult, judge

__all__ = ["Gate", "GateOutcome", "GateResult", "judge"]
