"""Isolation: submitted code answers from a locked process that holds no truth.

On plain Linux, without containers: `Isolation.run` trains by a method that nobody vouches for.
"""

from truing.research.isolation._cell import MOST_STUDENTS, Limits
from truing.research.isolation._level import LEVELS, Capabilities, Level, choose_level, probe
from truing.research.isolation._run import Isolated, Isolation, Lesson

__all__ = [
    "LEVELS",
    "MOST_STUDENTS",
    "Capabilities",
    "Isolated",
    "Isolation",
    "Lesson",
    "Level",
    "Limits",
    "choose_level",
    "probe",
]
