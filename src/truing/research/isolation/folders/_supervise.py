"""Supervise: the trusted process beside a run. It ends the run in time and reports how it ended.

It is the parent of the run, so the kernel reports to it exactly what the run used, also if the run
was killed. In a PID namespace it is the first process, so no process of the run outlives it.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from truing.research.folders import FolderLimits, Usage
from truing.research.isolation import _ending as endings
from truing.research.isolation._ending import Ending
from truing.research.isolation.kernel._scratch import is_full

SEALED = b"S"  # the first byte of what the run reports, once its restrictions are set
CHECK_SECONDS = 0.1  # between two looks at the quota, or for the end without a descriptor of it
CPU_SECONDS = 0.005  # shortest time between two looks at the processor time
MORE_THREADS = 16  # threads that libraries start besides those that compute
PROCESS_CLOCK = 2  # in the number of a process's clock, see clock_getcpuclockid(3)
PREDICTIONS = "predictions.npy"


def supervise(
    run: Callable[[int], None],
    control: int,
    limits: FolderLimits,
    *,
    watched: Path | None = None,
    most_bytes: int,
) -> Ending:
    """Fork a process that runs a folder, and return how it ended.

    Args:
        run: called in the new process with a file descriptor for its report; must not return.
        control: file descriptor; its end stops the run.
        limits: resource limits; memory is a limit of the process itself.
        watched: working folder in which to watch the quota; None if the file system enforces it.
        most_bytes: largest size of the file of predictions.
    """
    outputs = os.open("outputs", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    reports, theirs = os.pipe()
    child = os.fork()
    if not child:
        run(theirs)
        os._exit(1)
    os.close(theirs)
    watch = _Watch(child, control, reports, limits, watched)
    cause = watch.until_end()
    _, status, used = os.wait4(child, 0)
    seconds = time.monotonic() - watch.began
    usage = Usage(used.ru_utime + used.ru_stime, seconds, used.ru_maxrss / 1024)
    report = watch.rest_of_report()
    if report[:1] != SEALED:
        return Ending(endings.UNSEALED, 0, Usage(), report, b"")
    code = os.waitstatus_to_exitcode(status)
    clean = cause == endings.RAN and code == 0
    found = _read_predictions(outputs, most_bytes) if clean else endings.ABSENT
    return Ending(cause, code, usage, report[1:], found)


class _Watch:
    """Waits until a run ends or must end."""

    def __init__(
        self, child: int, control: int, reports: int, limits: FolderLimits, watched: Path | None
    ):
        self.child, self.control, self.reports = child, control, reports
        self.limits, self.watched = limits, watched
        self.began = time.monotonic()
        self.report = bytearray()
        self.ended = _end_of(child)

    def until_end(self) -> bytes:
        """Wait for the end of the run, kill the run if it must end, and return the cause."""
        waiting = select.poll()
        for one in (self.ended, self.control, self.reports):
            if one is not None:
                waiting.register(one, select.POLLIN)
        while True:
            ready = {one for one, _ in waiting.poll(1000 * self._next_look())}
            if self.reports in ready and not self._read_report():
                waiting.unregister(self.reports)
            if self.ended in ready or (self.ended is None and self._has_ended()):
                return endings.RAN
            if cause := self._must_end(self.control in ready):
                os.kill(self.child, signal.SIGKILL)
                return cause

    def _next_look(self) -> float:
        """Seconds until the earliest moment at which the run could exceed a limit."""
        processors = min(self.limits.threads + MORE_THREADS, os.cpu_count() or 1)
        soonest = max(CPU_SECONDS, (self.limits.cpu - self._cpu()) / processors)
        left = self.began + self.limits.seconds - time.monotonic()
        often = self.watched or self.ended is None
        return max(0.0, min(left, soonest, CHECK_SECONDS if often else left))

    def _has_ended(self) -> bool:
        how = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.child, how) is not None

    def _must_end(self, stopped: bool) -> bytes:
        """Why the run must end; empty if it may go on."""
        if stopped:
            return endings.STOPPED
        if self._cpu() >= self.limits.cpu:
            return endings.OUT_OF_CPU
        if time.monotonic() >= self.began + self.limits.seconds:
            return endings.TIMED_OUT
        full = self.watched and is_full(self.watched, self.limits.scratch_mb)
        return endings.FULL if full else b""

    def _cpu(self) -> float:
        """Processor time of all threads of the run, in seconds, as the kernel's scheduler counts.

        RLIMIT_CPU counts whole ticks of the clock instead, and ends a run too early.
        """
        return time.clock_gettime(~self.child << 3 | PROCESS_CLOCK)

    def _read_report(self) -> bool:
        if not self.report:
            self.began = time.monotonic()  # its first byte says that the run starts
        part = os.read(self.reports, endings.LONGEST_REPORT)
        self.report += part
        return bool(part) and len(self.report) <= endings.LONGEST_REPORT

    def rest_of_report(self) -> bytes:
        """What the run reported before it ended."""
        os.set_blocking(self.reports, False)
        with suppress(BlockingIOError):
            while self._read_report():
                continue
        return bytes(self.report[: endings.LONGEST_REPORT])


def _end_of(child: int) -> int | None:
    """A descriptor that can be read when a process has ended; None if the kernel has none."""
    try:
        return os.pidfd_open(child)
    except OSError:  # gVisor
        return None


def _read_predictions(outputs: int, most: int) -> bytes:
    """The file of predictions in an opened folder, which the run may have filled with anything."""
    how = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        opened = os.open(PREDICTIONS, how, dir_fd=outputs)
    except FileNotFoundError:
        return endings.ABSENT
    except OSError:
        return endings.UNFIT
    try:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.fstat(outputs).st_uid:
            return endings.UNFIT
        if found.st_size > most:
            return endings.LARGE
        with os.fdopen(os.dup(opened), "rb") as file:
            return file.read(most)
    except OSError:
        return endings.UNFIT
    finally:
        os.close(opened)
