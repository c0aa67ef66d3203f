"""Pressure: candidate plays of a question, among which the judge's belief selects."""

from truing.oversight.pressure._drafts import Draft, draft_pools
from truing.oversight.pressure._exact import ExactJudge, ExactPoint, exact_pressure
from truing.oversight.pressure._press import READER, Pressed, press
from truing.oversight.pressure._row import (
    PressureRow,
    pressure_row,
    read_pressure,
    read_pressure_row,
)
from truing.oversight.pressure._rules import arguing_speaker, check_pressure

__all__ = [
    "READER",
    "Draft",
    "ExactJudge",
    "ExactPoint",
    "Pressed",
    "PressureRow",
    "arguing_speaker",
    "check_pressure",
    "draft_pools",
    "exact_pressure",
    "press",
    "pressure_row",
    "read_pressure",
    "read_pressure_row",
]
