"""Run submitted folders in a process."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
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
from truing.research.isolation._level import child_environment


class PlainRunner:
    """Runs folders in a process with limits but without a sandbox, for trusted folders and tests.

    Args:
        limits: resource limits of each run.
    """

    level = "limited"

    def __init__(self, limits: FolderLimits = FolderLimits()):  # noqa: B008  (frozen)
        self.limits = limits

    def run(
        self, folder: FrozenFolder, inputs: RunInputs, surroundings: Surroundings = USUAL
    ) -> FolderRun:
        """Run a folder once."""
        began = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory(prefix="truing-run-") as name:
            place = Path(name)
            folder.write(place)
            (place / "inputs").mkdir()
            (place / "outputs").mkdir()
            inputs.write(place / "inputs")
            try:
                done = subprocess.run(
                    [sys.executable, "-s", "-B", "run.py"],
                    cwd=place,
                    env={**child_environment(name), **surroundings.environment},
                    capture_output=True,
                    text=True,
                    timeout=self.limits.seconds,
                )
                why = "" if done.returncode == 0 else "crashed"
                output = done.stdout + done.stderr
            except subprocess.TimeoutExpired:
                why, output = f"timed out after {self.limits.seconds:g} s", ""
            beliefs = None
            if not why:
                beliefs = _read(place / "outputs" / "predictions.npy", inputs)
                why = "" if beliefs is not None else "no valid predictions"
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        usage = Usage(cpu, time.monotonic() - began, after.ru_maxrss / 1024)
        return FolderRun(beliefs, why, usage, self.level, output[:4000], output[-2000:])


def _read(path: Path, inputs: RunInputs) -> np.ndarray | None:
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        return None
    return read_beliefs(found, len(inputs.predict.ids), len(inputs.choices))
