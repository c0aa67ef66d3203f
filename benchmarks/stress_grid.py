"""Time of a stress test on digits: 6 plants, 6 monitors, 4 strengths, 20 seeds, 99 references.

All trainings are shared: the twins and references of plants without a trigger are the students of a
study. A second run finds every step in the store. With `--kill SECONDS` a first process is killed
(SIGKILL) after that time, and the next process continues; both results must have the same bytes.

    python benchmarks/stress_grid.py [--seeds 20] [--workers 2] [--kill 60]
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import truing
from truing.runs import POWER, STRESS

PLANTS = (*("liar", "biased-supervisor", "backdoor"), *("sandbagger", "shift-failure", "sycophant"))
MONITORS = (
    *("spot-check,audits=50", "sequential-spot-check", "probe"),
    *("disagreement", "consistency", "trusted-loss"),
)
STRENGTHS = (0.01, 0.05, 0.2, 0.5)


def run(folder: Path, seeds: int, workers: int) -> truing.StressResult:
    """Run the grid in a folder that contains the store and the run folder."""
    test = truing.StressTest(
        plants=list(PLANTS), monitors=list(MONITORS), strengths=STRENGTHS, seeds=seeds
    )
    engine, store = truing.LocalEngine(workers), truing.Store(folder / "store")
    return truing.run(test, out=folder / "run", engine=engine, store=store)


def timed(folder: Path, seeds: int, workers: int, name: str) -> None:
    """Run the grid and print its time."""
    began = time.monotonic()
    result = run(folder, seeds, workers)
    print(
        f"{name}: {len(result)} rows, {result.work.trainings} trainings, {result.work.reused} "
        f"reused steps, {time.monotonic() - began:.0f} s",
        flush=True,
    )


def killed(arguments: argparse.Namespace, folder: Path) -> None:
    """Start the grid in another process and kill it with its workers."""
    command = [sys.executable, __file__, "--seeds", str(arguments.seeds), "--folder", str(folder)]
    child = subprocess.Popen(
        [*command, "--workers", str(arguments.workers)], start_new_session=True
    )
    time.sleep(arguments.kill)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    print(f"killed after {arguments.kill:g} s", flush=True)


def main() -> None:
    """Run the grid twice, or kill it and run it twice, and compare the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill", type=float, default=0.0)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.folder:
        run(arguments.folder, arguments.seeds, arguments.workers)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        timed(folder, arguments.seeds, arguments.workers, "first run")
        timed(folder, arguments.seeds, arguments.workers, "second run")
        if arguments.kill:
            again = folder / "again"
            killed(arguments, again)
            timed(again, arguments.seeds, arguments.workers, "after the kill")
            files = (STRESS.results, POWER)
            same = all(
                (folder / "run" / one).read_bytes() == (again / "run" / one).read_bytes()
                for one in files
            )
            print(f"same bytes of {' and '.join(files)}: {same}")
            sys.exit(not same)


if __name__ == "__main__":
    main()
