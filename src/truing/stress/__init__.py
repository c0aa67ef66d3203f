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
from truing.stress._scene import Scene, Systems
from truing.stress._stress_test import MARK, StressTest

__all__ = [
    "MARK",
    "MONITORS",
    "Changed",
    "Head",
    "PowerRow",
    "Scene",
    "Seen",
    "StressRow",
    "StressTest",
    "StudyMonitor",
    "Suspicion",
    "Systems",
    "View",
    "monitor",
]
