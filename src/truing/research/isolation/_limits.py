"""Limits of a sandbox."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from truing.errors import UserError

MOST_STUDENTS = 10  # that one submission trains for each seed: members of an ensemble
SMALLEST_MB = 256  # Python, numpy and the methods themselves take about half of it


@dataclass(frozen=True)
class SandboxLimits:
    """What submitted code may use.

    Attributes:
        seconds: from the import of the file to the end of training. Targets can be chosen so that
            training takes long, so the solver checks the clock before each evaluation.
        cpu: seconds of processor time, in whole seconds.
        memory_mb: address space of a process, Python and packages included.
        processes: threads, and at the level `limited` processes. They are counted for the user, who
            is the code's own where we are root or a user namespace is to be had.
        file_mb: largest file that the level `limited` lets it write.
    """

    seconds: float = 60.0
    cpu: int = 60
    memory_mb: int = 2048
    processes: int = 16
    file_mb: int = 16

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not value > 0:
                raise UserError(f"limit {name!r} must be above 0, not {value}")
        if self.memory_mb < SMALLEST_MB:
            raise UserError(f"memory_mb must be {SMALLEST_MB} or more, not {self.memory_mb}")
