"""Isolation: submitted code runs in a sandboxed process without access to the ground truth.

It needs Linux and no containers. `Isolation.run` trains students with an untrusted method,
`FolderSandbox.run` runs a submitted folder.
"""

from truing.research.isolation._level import (
    LEVELS,
    Capabilities,
    Level,
    choose_level,
    probe,
    recorded_name,
)
from truing.research.isolation.files import Isolated, Isolation, Lesson
from truing.research.isolation.folders import PODMAN, FolderContainer, FolderSandbox, RayRunner
from truing.research.isolation.kernel import MOST_STUDENTS, SandboxLimits

__all__ = [
    "LEVELS",
    "MOST_STUDENTS",
    "PODMAN",
    "Capabilities",
    "FolderContainer",
    "FolderSandbox",
    "Isolated",
    "Isolation",
    "Lesson",
    "Level",
    "RayRunner",
    "SandboxLimits",
    "choose_level",
    "probe",
    "recorded_name",
]
