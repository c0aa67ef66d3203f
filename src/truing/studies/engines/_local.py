"""The local engine: one process per core, or this process only for small work.

Batches that need CUDA devices do not share them. Batches that need main memory run in parallel as
far as there is enough memory. Batches with the same resources run together.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from truing.calls import checked
from truing.errors import EngineError, TruingError, UserError
from truing.studies._step import Batch, Resources
from truing.studies.engines._machine import check_workers, count_cores, count_memory, name_devices
from truing.studies.work import perform

WORTH = 1_000_000  # label entries to learn from; for fewer, starting processes takes longer


class LocalEngine:
    """Runs batches on this machine.

    Args:
        workers: number of processes; 1 runs everything in this process. By default the number of
            cores.

    Raises:
        UserError: fewer than one worker.

    Examples:
        >>> import truing
        >>> study = truing.Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive")
        >>> result = truing.run(study, engine=truing.LocalEngine(workers=1))
        >>> len(result.rows)
        1
    """

    @checked
    def __init__(self, workers: int | None = None):
        check_workers(workers)
        self.workers = workers

    @property
    def slots(self) -> int:
        """Number of batches that can run in parallel."""
        return self.workers if self.workers is not None else count_cores()

    def run(
        self, batches: Sequence[Batch], store: str
    ) -> Iterator[tuple[Batch, TruingError | None]]:
        """Yield every batch when it is done, with its error or None.

        Raises:
            EngineError: a worker process died.
            UserError: a batch needs more CUDA devices than there are.
        """
        alike: dict[tuple[int, int], list[Batch]] = {}
        for batch in batches:
            key = (batch.resources.gpus, self._parallel(batch.resources))
            alike.setdefault(key, []).append(batch)
        for (gpus, room), some in alike.items():
            devices = _shares(gpus)
            count = min(room, len(devices)) if gpus else room
            if count == 1 or len(some) == 1 or self._light(some) or store.startswith("memory:"):
                for batch in some:
                    yield batch, perform(batch, store)
            elif gpus:
                yield from _on_devices(some, store, devices[:count])
            else:
                yield from _in_processes(some, store, count)

    def _parallel(self, needed: Resources) -> int:
        """Number of batches with the same resources that run in parallel."""
        count = self.slots // max(needed.cpus, 1)
        if needed.memory:
            count = min(count, count_memory() // needed.memory)
        return max(count, 1)

    def _light(self, batches: Sequence[Batch]) -> bool:
        """Whether the work is too small for processes."""
        light = sum(map(_entries, batches)) < WORTH and not any(map(_heavy, batches))
        return self.workers is None and light


def _in_processes(
    batches: Sequence[Batch], store: str, count: int
) -> Iterator[tuple[Batch, TruingError | None]]:
    """Run batches in a pool of processes."""
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    pool = Parallel(n_jobs=count, return_as="generator_unordered", max_nbytes=None)
    tasks = (delayed(_numbered)(i, batch, store) for i, batch in enumerate(batches))
    try:
        with warnings.catch_warnings():  # about batches that are canceled after an error
            warnings.filterwarnings("ignore", module="joblib")
            for number, error in pool(tasks):
                yield batches[number], error
    except BrokenProcessPool as error:
        raise EngineError("a worker process died (out of memory?)") from error


def _on_devices(
    batches: Sequence[Batch], store: str, shares: Sequence[str]
) -> Iterator[tuple[Batch, TruingError | None]]:
    """Run batches in one process per share of the CUDA devices; it sees only these devices."""
    from concurrent.futures import FIRST_COMPLETED, wait

    from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

    pools = [ProcessPoolExecutor(1, env={"CUDA_VISIBLE_DEVICES": share}) for share in shares]
    waiting, free = list(enumerate(batches)), list(pools)
    running: dict[Any, ProcessPoolExecutor] = {}
    try:
        while waiting or running:
            while waiting and free:
                pool = free.pop()
                running[pool.submit(_numbered, *waiting.pop(0), store)] = pool
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                free.append(running.pop(future))
                number, error = future.result()
                yield batches[number], error
    except BrokenProcessPool as error:
        raise EngineError("a worker process died (out of memory?)") from error
    finally:
        for pool in pools:
            pool.shutdown(wait=False, kill_workers=True)


def _shares(gpus: int) -> list[str]:
    """Devices of each batch that runs in parallel, as values of CUDA_VISIBLE_DEVICES."""
    if not gpus:
        return []
    names = name_devices()
    if len(names) < gpus:
        raise UserError(f"a step needs {gpus} CUDA devices; this machine has {len(names)}")
    return [",".join(names[at : at + gpus]) for at in range(0, len(names) - gpus + 1, gpus)]


def _numbered(number: int, batch: Batch, store: str) -> tuple[int, TruingError | None]:
    from joblib.externals.loky import process_executor

    # A worker keeps its model for the next block. By default the pool takes 300 MB more memory for
    # a leak and replaces the worker, and the new one imports PyTorch and loads the model again.
    process_executor._MAX_MEMORY_LEAK_SIZE = math.inf
    warnings.simplefilter("ignore")  # the planning process has shown them
    return number, perform(batch, store)


def _entries(batch: Batch) -> int:
    """Number of label entries that a batch learns from, a measure of its work."""
    return sum(job.payload.entries for job in batch.jobs)


def _heavy(batch: Batch) -> bool:
    """Whether a batch takes seconds although it trains no heads."""
    return any(job.payload.heavy for job in batch.jobs)
