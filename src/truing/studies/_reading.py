"""Reading: progress of models that read blocks of texts, with the estimated remaining time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Self, TypeAlias

import numpy as np
from threadpoolctl import threadpool_limits

from truing.studies._step import Batch, Step
from truing.studies.work import AnswersPayload, BlockPayload

SHARE = 0.7  # of a core's rate of matrix products that a model reaches (benchmarks/activations.py)


Read: TypeAlias = BlockPayload | AnswersPayload
READS = ("block", "answers")  # kinds of steps that read blocks of texts


class Reading:
    """Progress of models that read blocks of texts.

    Args:
        blocks: for each block the payloads of the features that are read in one pass.
        cores: number of cores that read blocks; 0 if GPUs read them, whose speed is not known
            before the first block is done.

    Examples:
        >>> from truing.studies import Reading, Study, make_plan
        >>> study = Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive", seeds=1)
        >>> str(Reading.of_steps(make_plan(study).steps.values(), slots=2))  # pca reads no texts
        '0 of 0 texts'
    """

    def __init__(self, blocks: Iterable[Sequence[Read]], cores: int):
        several = list(blocks)
        self.texts = sum(len(block[0].texts) for block in several)
        self.work = sum(map(_operations, several))
        self.content = " and ".join(sorted({_content(block) for block in several}))
        known = all(payload.work for block in several for payload in block)
        self.cores = cores if known else 0
        self.read, self.done = 0, 0.0
        self.began = time.monotonic()

    @classmethod
    def of_batches(cls, batches: Sequence[Batch], slots: int) -> Self:
        """The blocks among some batches, which `slots` workers run in parallel."""
        reads = [batch for batch in batches if batch.kind in READS]
        gpus = any(batch.resources.gpus for batch in reads)
        return cls((_payloads(batch) for batch in reads), 0 if gpus else slots)

    @classmethod
    def of_steps(cls, steps: Iterable[Step], slots: int) -> Self:
        """The blocks among some steps, which `slots` workers run in parallel."""
        groups: dict[str, list[Read]] = {}
        gpus = 0
        for step in steps:
            if isinstance(step.payload, Read):
                groups.setdefault(step.group, []).append(step.payload)
                gpus += step.resources.gpus
        return cls(groups.values(), 0 if gpus else slots)

    def add(self, batch: Batch) -> None:
        """Count a batch that is done."""
        if batch.kind in READS:
            payloads = _payloads(batch)
            self.read += len(payloads[0].texts)
            self.done += _operations(payloads)

    @property
    def seconds_left(self) -> float | None:
        """Estimated remaining time: from the blocks that are done, or from the speed of a core."""
        if self.done:
            return (time.monotonic() - self.began) * (self.work / self.done - 1)
        return self.work / (SHARE * _core_rate() * self.cores) if self.cores and self.work else None

    def __str__(self) -> str:
        speed = self.read / max(time.monotonic() - self.began, 1e-3)
        parts = [f"{self.read:,} of {self.texts:,} texts"]
        parts += [f"{speed:,.0f} per second"] if self.read else []
        left = self.seconds_left
        parts += [] if left is None else ["about {}:{:02d} left".format(*divmod(round(left), 60))]
        return ", ".join(parts)


def _payloads(batch: Batch) -> list[Read]:
    return [job.payload for job in batch.jobs]


def _content(block: Sequence[Read]) -> str:
    """Content of the results of a block, for progress."""
    return "activations" if isinstance(block[0], BlockPayload) else "answers"


def _operations(block: Sequence[Read]) -> float:
    """Estimated operations of a block, for its highest layer; if unknown, its number of texts."""
    return max(payload.work for payload in block) or len(block[0].texts)


@cache
def _core_rate() -> float:
    """Operations per second of a core in matrix products of single precision."""
    rows, columns = np.ones((512, 768), np.float32), np.ones((768, 768), np.float32)
    seconds = []
    with threadpool_limits(1):
        for _ in range(5):
            began = time.perf_counter()
            rows @ columns
            seconds.append(time.perf_counter() - began)
    return 2 * rows.size * columns.shape[1] / min(seconds)
