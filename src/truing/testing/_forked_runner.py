"""Forked runner: runs trusted folders fast, for tests and benchmarks."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

from truing.research.folders import (
    USUAL,
    FolderLimits,
    FolderRun,
    FrozenFolder,
    RunInputs,
    Surroundings,
    Usage,
    read_beliefs,
)


class ForkedRunner:
    """Runs trusted folders in a copy of this process, without a sandbox and without its limits.

    A copy has already imported numpy and scikit-learn, so that a run takes a tenth of a second. The
    clock, environment variables and working folder of the surroundings are set.
    """

    level = "forked"
    limits = FolderLimits()

    def run(
        self, folder: FrozenFolder, inputs: RunInputs, surroundings: Surroundings = USUAL
    ) -> FolderRun:
        """Run a folder once."""
        began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory(prefix=surroundings.user or "run") as name:
            place = Path(name)
            folder.write(place)
            for one in ("inputs", "outputs"):
                (place / one).mkdir()
            inputs.write(place / "inputs")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # other threads do not matter
                child = os.fork()
            if not child:
                _child(place, surroundings)
            failed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
            output = (place / "printed.txt").read_text(errors="replace")[-2000:]
            beliefs = None if failed else _read(place / "outputs" / "predictions.npy", inputs)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        usage = Usage(cpu, time.monotonic() - began, after.ru_maxrss / 1024)
        why = "" if beliefs is not None else "crashed" if failed else "no valid predictions"
        return FolderRun(beliefs, why, usage, self.level, output, output)


def _child(place: Path, surroundings: Surroundings) -> None:
    """Run the program in this process, and end the process."""
    code, printed = 1, io.StringIO()
    try:
        os.chdir(place)
        np.random.seed(int.from_bytes(os.urandom(4), "big"))  # noqa: NPY002  (as in a new process)
        os.environ.update(surroundings.environment)
        if surroundings.clock_shift:
            real = time.time
            time.time = lambda: real() + surroundings.clock_shift
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                text = Path("run.py").read_text(encoding="utf-8")
                exec(compile(text, "run.py", "exec"), {"__name__": "__main__"})
                code = 0
            except BaseException:
                traceback.print_exc()
        Path("printed.txt").write_text(printed.getvalue())
    finally:
        os._exit(code)


def _read(path: Path, inputs: RunInputs) -> np.ndarray | None:
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        return None
    return read_beliefs(found, len(inputs.predict.ids), len(inputs.choices))
