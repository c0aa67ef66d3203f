"""Isolation: submitted code runs in a sandboxed process without access to the ground truth.

It needs Linux and no containers. `Isolation.run` trains students with an untrusted method.
"""

from truing.research.isolation._container import PODMAN, FolderContainer
from truing.research.isolation._folder_sandbox import FolderSandbox
from truing.research.isolation._level import LEVELS, Capabilities, Level, choose_level, probe
from truing.research.isolation._limits import MOST_STUDENTS, SandboxLimits
from truing.research.isolation._ray_runner import RayRunner
from truing.research.isolation._run import Isolated, Isolation, Lesson

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
]
