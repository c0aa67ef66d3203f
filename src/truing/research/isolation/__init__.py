"""Isolation: submitted code answers from a sandboxed process that has no ground truth.

On plain Linux, without containers: `Isolation.run` trains by a method that nobody vouches for.
"""

from truing.research.isolation._level import LEVELS, Capabilities, Level, choose_level, probe
from truing.research.isolation._limits import MOST_STUDENTS, SandboxLimits
from truing.research.isolation._run import Isolated, Isolation, Lesson

__all__ = [
    "LEVELS",
    "MOST_STUDENTS",
    "Capabilities",
    "Isolated",
    "Isolation",
    "Lesson",
    "Level",
    "SandboxLimits",
    "choose_level",
    "probe",
]
