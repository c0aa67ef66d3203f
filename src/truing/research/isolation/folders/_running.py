"""Running: a started supervisor, as the launcher sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from truing.errors import IsolationError
from truing.research.folders import FolderLimits, Usage
from truing.research.isolation import _ending as endings
from truing.research.isolation import _wire as wire
from truing.research.isolation._ending import Ending
from truing.research.isolation.folders._meter import Meter

LOOK_SECONDS = 0.02  # between two looks at the meter of a container


class Running:
    """A supervisor that was forked on this machine.

    Args:
        supervisor: descriptor of its process.

    Attributes:
        look_seconds: time between two calls of `look`; None if it need not be called.
    """

    look_seconds: float | None = None

    def __init__(self, supervisor: int = -1):
        self.supervisor = supervisor

    def look(self) -> bool:
        """Look at what the run uses, once it has begun. Returns whether the run must end now."""
        return False

    def settle(self, ending: Ending | None) -> Ending | None:
        """How the run ended, after a last look. Call it before `end`."""
        return ending

    def end(self) -> None:
        """End the supervisor, whether it still runs or not."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.supervisor, signal.SIGKILL)
        os.close(self.supervisor)


class RunningContainer(Running):
    """A container whose kernel is that of this machine, so that its supervisor counts exactly.

    Args:
        child: process number of the program that started the container.
        remove: command line that removes the container.
    """

    def __init__(self, child: int, remove: Sequence[str]):
        super().__init__()
        self.child, self.remove = child, remove

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        subprocess.run(self.remove, capture_output=True, check=False)


class MeasuredContainer(RunningContainer):
    """A container with a separate kernel, whose usage this machine measures.

    Args:
        child, remove: see `RunningContainer`.
        number: file with a process number of the container.
        limits: resource limits of the run.
    """

    look_seconds = LOOK_SECONDS

    def __init__(self, child: int, remove: Sequence[str], number: Path, limits: FolderLimits):
        super().__init__(child, remove)
        self.number, self.limits = number, limits
        self.meter: Meter | None = None
        self.began = self.at_begin = self.cpu = 0.0
        self.too_much = self.out_of_memory = False

    def look(self) -> bool:
        if self.meter is None:
            self._begin()
        assert self.meter is not None
        now = self.meter.seconds()
        if now is not None:
            self.cpu = max(self.cpu, now - self.at_begin)
        self.out_of_memory |= self.meter.out_of_memory()
        self.too_much = self.cpu >= self.limits.cpu
        return self.too_much

    def _begin(self) -> None:
        meter = Meter.of(int(self.number.read_text())) if self.number.exists() else None
        start = meter.seconds() if meter else None
        if meter is None or start is None:
            raise IsolationError(
                "the container must have a separate control group, which measures it, and has "
                "none; let Podman use control groups, or use the isolation 'sealed'"
            )
        self.meter, self.at_begin, self.began = meter, start, time.monotonic()

    def settle(self, ending: Ending | None) -> Ending | None:
        if self.meter is None:
            return ending  # the run did not begin
        self.look()
        memory = float(self.limits.memory_mb) if self.out_of_memory else 0.0
        usage = Usage(self.cpu, time.monotonic() - self.began, memory)
        if ending is not None:
            inner = replace(ending.usage, cpu=self.cpu)
            over = self.too_much and ending.cause == endings.RAN
            predictions = endings.ABSENT if over else ending.predictions
            cause = endings.OUT_OF_CPU if over else ending.cause
            return replace(ending, cause=cause, usage=inner, predictions=predictions)
        if self.too_much:
            return Ending(endings.OUT_OF_CPU, 0, usage, b"", endings.ABSENT)
        # The separate kernel runs nothing but this run, which must have ended it.
        report = wire.OUT_OF_MEMORY if self.out_of_memory else b""
        return Ending(endings.RAN, -signal.SIGKILL, usage, report, endings.ABSENT)
