"""Run submitted folders in a sandbox: the launcher's side."""

from __future__ import annotations

import contextlib
import os
import re
import select
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from truing.errors import IsolationError, UserError
from truing.research.folders import (
    USUAL,
    FolderLimits,
    FolderRun,
    FrozenFolder,
    RunInputs,
    Surroundings,
    read_beliefs,
)
from truing.research.isolation import _ending as endings
from truing.research.isolation import _wire as wire
from truing.research.isolation._ending import Ending, largest_file, read_array
from truing.research.isolation._failure import WRONG_PREDICTIONS, Failure, why_ended
from truing.research.isolation._level import child_environment, choose_level, probe, recorded_name
from truing.research.isolation._working_folder import make_folder, remove_folder, remove_leftovers
from truing.research.isolation.folders._fork_server import start_run
from truing.research.isolation.folders._order import FolderOrder
from truing.research.isolation.folders._running import Running

START_SECONDS = 60  # time for the start of a run, before its time limit starts
END_SECONDS = 30  # time for the end of a run
REASON_SECONDS = 5  # time for a container to print why it did not start
OUTPUT = 4000  # characters of printed output to keep
PIECE = 1 << 20  # bytes read at a time
NAME = re.compile(r"[^A-Za-z0-9-]")  # what a host name must not contain
USUAL_NAME = "researcher"


class FolderSandbox:
    """Runs folders in sandboxed processes at a fixed isolation level.

    Several threads may run folders at the same time.

    Args:
        level: isolation level; `sealed` by default.
        limits: resource limits of each run.
        python: Python program of the environment in which folders run. It must contain the packages
            that truing needs, and all its packages may be read. By default this environment, of
            which only some packages may be read.

    Attributes:
        level: name of the level in results, with `+namespaces` if this machine allows namespaces.

    Raises:
        UserError: `python` is not a program.
        IsolationError: this machine does not support the level.
    """

    def __init__(
        self,
        level: str | None = None,
        limits: FolderLimits = FolderLimits(),  # noqa: B008  (frozen)
        python: str = "",
    ):
        if python and not os.access(python, os.X_OK):
            raise UserError(
                f"python must be a Python program, got {python!r}; name the path of a program, "
                "such as bin/python of a virtual environment"
            )
        self._chosen = choose_level(level)
        self.level = recorded_name(self._chosen)
        self.limits, self.python = limits, python
        remove_leftovers()

    def run(
        self, folder: FrozenFolder, inputs: RunInputs, surroundings: Surroundings = USUAL
    ) -> FolderRun:
        """Run a folder once.

        Raises:
            IsolationError: the restrictions could not be set, so no submitted code ran; or the
                supervisor of the run was killed.
        """
        place, handle = make_folder()
        try:
            work = place / (NAME.sub("-", surroundings.user) or USUAL_NAME)
            _write(work, folder, inputs)
            order = self._order(place, work, inputs, surroundings)
            ending, printed = self._execute(order)
        finally:
            remove_folder(place, handle)
        return self._read(ending, printed, folder, inputs)

    def _order(
        self, place: Path, work: Path, inputs: RunInputs, surroundings: Surroundings
    ) -> FolderOrder:
        given = probe()
        return FolderOrder(
            self._chosen.needs,
            self.limits,
            given.own_network,
            given.own_processes,
            given.other_user,
            str(place),
            work.name,
            work.name,
            _environment(work, self.limits.threads, surroundings.environment),
            surroundings.clock_shift,
            tuple(str(Path(one).resolve()) for one in inputs.models.values()),
            bool(self.python),
            largest_file(len(inputs.predict.ids), len(inputs.choices)),
        )

    def _execute(self, order: FolderOrder) -> tuple[Ending, str]:
        """How a run ended, and the start of what it printed."""
        (orders, control), (answers, theirs), (prints, printer) = os.pipe(), os.pipe(), os.pipe()
        running: Running | None = None
        most = 1 + endings.HEAD.size + endings.LONGEST_REPORT + endings.LONGEST_PACKAGES
        most += order.answer_bytes
        until = time.monotonic() + START_SECONDS + self.limits.seconds + END_SECONDS
        try:
            try:
                running = self._start(order, (orders, theirs, printer))
            finally:
                for one in (orders, theirs, printer):
                    os.close(one)
            with contextlib.suppress(BrokenPipeError):
                _write_all(control, order.to_bytes())
            message, printed = _collect(answers, prints, most, until, running)
            ending = running.settle(Ending.from_bytes(message))
        finally:
            os.close(control)
            if running is not None:
                running.end()
            for one in (answers, prints):
                os.close(one)
        text = printed.decode("utf-8", "replace")
        return self._check(ending, text), text

    def _start(self, order: FolderOrder, descriptors: Sequence[int]) -> Running:
        """Start a supervisor."""
        return Running(start_run(self.python, bool(order.models), descriptors))

    def _check(self, ending: Ending | None, printed: str) -> Ending:
        if ending is None:
            raise IsolationError(
                "the process that supervises a run of a folder ended without a report; check the "
                f"memory of the machine, and score again: {wire.one_line(printed)[-300:]}"
            )
        if ending.cause == endings.UNSEALED:
            raise IsolationError(
                f"the restrictions of level {self._chosen.name!r} could not be set, so no "
                f"submitted code ran: {wire.one_line(ending.report.decode('utf-8', 'replace'))}"
            )
        return ending

    def _read(
        self, ending: Ending, printed: str, folder: FrozenFolder, inputs: RunInputs
    ) -> FolderRun:
        lines = len(folder.files["run.py"].splitlines())
        failure, beliefs = why_ended(ending, self.limits, lines), None
        if failure is None:
            array = read_array(ending.predictions)
            m, k = len(inputs.predict.ids), len(inputs.choices)
            beliefs = None if array is None else read_beliefs(array, m, k)
            if beliefs is None:
                described = "no array" if array is None else f"{array.dtype} {array.shape}"
                failure = Failure(WRONG_PREDICTIONS, described)
        reason, detail = (failure.reason, failure.detail) if failure else ("", "")
        shown = wire.printable(printed[:OUTPUT])
        return FolderRun(beliefs, reason, ending.usage, self.level, shown, detail)


def _write(work: Path, folder: FrozenFolder, inputs: RunInputs) -> None:
    """Write the files of a run, readable for the user that runs them."""
    work.mkdir()
    folder.write(work)
    (work / "inputs").mkdir()
    inputs.write(work / "inputs")
    for path in (work, *work.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _write_all(pipe: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(pipe, left) :]


def _environment(work: Path, threads: int, more: Mapping[str, str]) -> dict[str, str]:
    scratch = str(work / "scratch")
    computing = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        **child_environment(scratch),
        "USER": work.name,
        "LOGNAME": work.name,
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        **dict.fromkeys(computing, str(threads)),
        **more,
    }


def _collect(
    answers: int, prints: int, most: int, until: float, running: Running
) -> tuple[bytes, bytes]:
    """The report about a run, and the start of what the run printed."""
    found, printed = bytearray(), bytearray()
    waiting, ended, finished = select.poll(), False, False
    for pipe in (answers, prints):
        waiting.register(pipe, select.POLLIN)
    while (left := until - time.monotonic()) > 0:
        wait = left if not ended else 0 if found or finished else REASON_SECONDS
        if running.look_seconds is not None and found and not ended:
            wait = min(wait, running.look_seconds)
            if running.look():
                break
        ready = {pipe for pipe, _ in waiting.poll(1000 * wait)}
        if prints in ready:
            part = os.read(prints, PIECE)
            printed += part[: max(0, 4 * OUTPUT - len(printed))]
            if not part:
                finished = True
                waiting.unregister(prints)
        if answers in ready:
            part = os.read(answers, PIECE)
            found += part
            if not part or len(found) > most or Ending.is_complete(found):
                waiting.unregister(answers)
                ended = True
        if ended and not ready:  # all that the run printed was in the pipe when it ended
            return bytes(found), bytes(printed)
    return b"", bytes(printed)
