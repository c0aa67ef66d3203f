"""Stress tests: monitors of planted systems and their honest twins, and what they detect."""

from truing.stress._monitor import (
    MONITORS,
    Changed,
    Head,
    Seen,
    StudyMonitor,
    Suspicion,
    View,
    monitor,
)
from truing.stress._row import PowerRow, StressRow

__all__ = [
    "MONITORS",
    "Changed",
    "Head",
    "PowerRow",
    "Seen",
    "StressRow",
    "StudyMonitor",
    "Suspicion",
    "View",
    "monitor",
]
