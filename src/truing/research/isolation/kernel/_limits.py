"""Resource limits of a sandbox."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from truing.errors import UserError

MOST_STUDENTS = 10  # students of one submission per seed, such as members of an ensemble
SMALLEST_MB = 256  # Python, numpy and the methods use about half of it


@dataclass(frozen=True)
class SandboxLimits:
    """Resource limits of submitted code.

    Attributes:
        seconds: time in seconds from the import of the file to the end of training. Targets can be
            chosen so that training takes long, so the solver checks the clock before each
            evaluation.
        cpu: processor time in whole seconds.
        memory_mb: address space of the process in MB, including Python and packages.
        processes: number of threads and, at level `limited`, processes. They are counted per user.
            The code has a separate user if the referee runs as root or in a user namespace.
        file_mb: size in MB of the largest file that the code may write at level `limited`.
    """

    seconds: float = 60.0
    cpu: int = 60
    memory_mb: int = 2048
    processes: int = 16
    file_mb: int = 16

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not value > 0:
                raise UserError(f"{name} must be above 0, got {value}")
        if self.memory_mb < SMALLEST_MB:
            raise UserError(f"memory_mb must be {SMALLEST_MB} or more, got {self.memory_mb}")
