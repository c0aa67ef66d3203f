"""Block: features of some texts of a task, the part of an extraction that one worker computes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from truing.given import shown
from truing.registry import Built, Identity, check_unchanged
from truing.students.features import (
    FEATURES,
    BlockFeatures,
    FeatureBlock,
    FeatureMap,
    distinct_texts,
    read_together,
)
from truing.studies._step import Job, Payload, Resources, Step
from truing.studies._store import Store
from truing.studies.work._code import code_version
from truing.tasks import Task

OPERATIONS = 1e6  # of a model; they take as long as learning from one label entry


@dataclass(frozen=True)
class BlockPayload(Payload):
    """Texts, and the features to compute.

    Attributes:
        texts: the texts of the block.
        features: specification of the features.
        identity: identity of the features, see `Built.identity`.
        work: estimated floating-point operations; 0 if they are unknown.
    """

    texts: tuple[str, ...]
    features: str
    identity: Identity
    work: float

    @property
    def entries(self) -> int:
        """Work of the block in label entries."""
        return int(self.work / OPERATIONS)

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the features."""
        return (self.features,)


def block_steps(
    task: Task, features: Built[FeatureMap], value: BlockFeatures
) -> tuple[tuple[Step, ...], list[np.ndarray]]:
    """Plan the blocks of an extraction.

    All layers, pools and limits of a checkpoint read a block in one batch, and the texts are read
    once.

    Returns:
        A step for each block, and the indices of its distinct texts.
    """
    texts, identity = distinct_texts(task), features.identity
    code = code_version(block_steps, run_block)
    blocks, steps = value.cut(texts), []
    for number, block in enumerate(blocks):
        config = {
            "task": task.fingerprint,
            "texts": hashlib.sha256(block.astype(np.int64).tobytes()).hexdigest(),
            "features": identity,
            "device": "GPU" if value.gpus else "CPU",  # they differ in precision
            "code": code,
        }
        own = tuple(texts[text] for text in block)
        payload = BlockPayload(own, features.label, identity, value.work(own))
        group = f"{task.fingerprint} {value.family} {number}"
        resources = Resources(gpus=value.gpus, memory=value.memory)
        steps.append(
            Step("block", config, payload=payload, group=group, together=True, resources=resources)
        )
    return tuple(steps), blocks


def run_block(jobs: Sequence[Job[BlockPayload]], store: Store) -> None:
    """Write `values`: (texts, d) features of the texts of a block, and `notes` on them."""
    several = [FEATURES.build(job.payload.features) for job in jobs]
    maps = [built.value for built in several if isinstance(built.value, BlockFeatures)]
    names = [shown(job.payload.features) for job in jobs]
    found = read_together(maps, names, jobs[0].payload.texts)
    for job, built, block in zip(jobs, several, found, strict=True):
        check_unchanged(built, job.payload.identity)
        notes = np.array([block.cut, block.halved, block.size])
        store.write(job.key, {"values": block.values, "notes": notes})


def read_blocks(store: Store, keys: Sequence[str]) -> Iterator[FeatureBlock]:
    """Read the blocks of an extraction, one after another."""
    for key in keys:
        arrays = store.read(key)
        cut, halved, size = arrays["notes"].tolist()
        yield FeatureBlock(arrays["values"], cut, halved, size)
