"""The local engine: as many processes as there are cores, or none where they would not pay.

Work that asks for CUDA devices has them for itself, and work that asks for memory runs beside as
much other work as there is memory for; whatever asks for the same runs together.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from truing.errors import EngineError, TruingError, UserError
from truing.studies._step import Batch, Resources
from truing.studies.engines._machine import count_cores, count_memory, name_devices
from truing.studies.work import perform

WORTH = 1_000_000  # label entries to learn from: below it, starting processes takes longer


class LocalEngine:
    """Runs batches on this machine.

    Args:
        workers: processes; 1 runs everything in this one. By default the cores of this machine.

    Raises:
        UserError: fewer than one worker.
    """

    def __init__(self, workers: int | None = None):
        if workers is not None and workers < 1:
            raise UserError(f"workers must be 1 or more, not {workers}")
        self.workers = workers

    @property
    def slots(self) -> int:
        """Batches that can run at a time."""
        return self.workers if self.workers is not None else count_cores()

    def run(
        self, batches: Sequence[Batch], store: str
    ) -> Iterator[tuple[Batch, TruingError | None]]:
        """Yield every batch when it is done, with what went wrong.

        Raises:
            EngineError: a worker process died.
            UserError: work asks for more CUDA devices than there are.
        """
        alike: dict[Resources, list[Batch]] = {}
        for batch in batches:
            alike.setdefault(batch.resources, []).append(batch)
        for asked, some in alike.items():
            devices = _shares(asked.gpus)
            beside = min(self.slots, len(devices)) if asked.gpus else self._beside(asked)
            if beside == 1 or len(some) == 1 or self._light(some) or store.startswith("memory:"):
                for batch in some:
                    yield batch, perform(batch, store)
            elif asked.gpus:
                yield from _on_devices(some, store, devices[:beside])
            else:
                yield from _in_processes(some, store, beside)

    def _beside(self, asked: Resources) -> int:
        """How many batches that ask for the same run at a time."""
        beside = self.slots // max(asked.cpus, 1)
        if asked.memory:
            beside = min(beside, count_memory() // asked.memory)
        return max(beside, 1)

    def _light(self, batches: Sequence[Batch]) -> bool:
        """Whether processes would not pay."""
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
        with warnings.catch_warnings():  # of work called off after another batch failed
            warnings.filterwarnings("ignore", module="joblib")
            for number, error in pool(tasks):
                yield batches[number], error
    except BrokenProcessPool as error:
        raise EngineError("a worker process died (was memory short?)") from error


def _on_devices(
    batches: Sequence[Batch], store: str, shares: Sequence[str]
) -> Iterator[tuple[Batch, TruingError | None]]:
    """Run batches in a process for each share of the CUDA devices, which sees no other."""
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
        raise EngineError("a worker process died (was memory short?)") from error
    finally:
        for pool in pools:
            pool.shutdown(wait=False, kill_workers=True)


def _shares(gpus: int) -> list[str]:
    """Devices for each of the batches that run at a time, as CUDA_VISIBLE_DEVICES names them."""
    if not gpus:
        return []
    names = name_devices()
    if len(names) < gpus:
        raise UserError(f"{gpus} CUDA devices are asked for; this machine has {len(names)}")
    return [",".join(names[at : at + gpus]) for at in range(0, len(names) - gpus + 1, gpus)]


def _numbered(number: int, batch: Batch, store: str) -> tuple[int, TruingError | None]:
    warnings.simplefilter("ignore")  # what is to be said was said where the plan was made
    return number, perform(batch, store)


def _entries(batch: Batch) -> int:
    """Label entries that a batch learns from, a measure of its work."""
    return sum(job.payload.entries for job in batch.jobs)


def _heavy(batch: Batch) -> bool:
    """Whether a batch contains work of seconds that is no training of heads."""
    return any(job.payload.heavy for job in batch.jobs)
