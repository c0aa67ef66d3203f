"""Step: a deterministic unit of work, identified by the hash of everything that determines it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np

from truing.tasks import JointTruth, Truth


@dataclass(frozen=True)
class Resources:
    """Resources that a step needs on its machine; they do not affect its result.

    Attributes:
        cpus: number of cores.
        gpus: number of CUDA devices, not shared with other steps.
        memory: main memory in bytes.
    """

    cpus: int = 1
    gpus: int = 0
    memory: int = 0


class Payload:
    """In-memory inputs of a step. Each kind of work has a subclass."""

    @property
    def entries(self) -> int:
        """Number of label entries to learn from, a measure of a training's work."""
        return 0

    @property
    def heavy(self) -> bool:
        """Whether the step takes seconds, although it does not train a head."""
        return False

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specifications that the worker builds; they may name files."""
        return ()

    @property
    def sign_is_free(self) -> bool:
        """Whether only a rule without ground truth decides which class the labels mean."""
        return False


P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, eq=False)
class Step:
    """A unit of work.

    Attributes:
        kind: kind of work: `extract`, `label`, `train student`, `score`, `compare`, `diagnose`, ...
        config: JSON values that determine the result, together with the parents: arguments, digests
            of data and of code.
        parents: steps whose results this step reads, by role.
        payload: in-memory inputs; determined by `config`, so not part of the key.
        truth: ground truth that the step may read; its digest is in `config`.
        group: steps with the same group may run in the same batch.
        together: all steps of the group should run in the same batch, since they share most work.
        resources: resources that the step needs.
    """

    kind: str
    config: Mapping[str, Any]
    parents: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    payload: Payload = field(default_factory=Payload)
    truth: Truth | JointTruth | None = None
    group: str = ""
    together: bool = False
    resources: Resources = Resources()

    @cached_property
    def key(self) -> str:
        """SHA-256 of kind, configuration and the parents' keys."""
        lineage = {role: [step.key for step in steps] for role, steps in self.parents.items()}
        content = json.dumps([self.kind, self.config, lineage], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step) and self.key == other.key


@dataclass(frozen=True)
class Job(Generic[P]):
    """A step for a worker, without the vault: only the inputs of this step."""

    key: str
    parents: Mapping[str, tuple[str, ...]]
    payload: P
    truth: np.ndarray | None
    resources: Resources = Resources()

    @property
    def rng(self) -> np.random.Generator:
        """Random generator of the step, seeded by its key."""
        return np.random.default_rng(int(self.key[:32], 16))


@dataclass(frozen=True)
class Batch:
    """Jobs of the same kind that share their inputs and run together."""

    kind: str
    jobs: tuple[Job[Any], ...]

    @property
    def resources(self) -> Resources:
        """Maximum of each resource over the jobs, which run one after another."""
        each = [job.resources for job in self.jobs]
        return Resources(
            max(needed.cpus for needed in each),
            max(needed.gpus for needed in each),
            max(needed.memory for needed in each),
        )


def make_job(step: Step) -> Job[Payload]:
    """Prepare a step for a worker. Only this function takes ground truth out of the vault."""
    parents = {role: tuple(parent.key for parent in steps) for role, steps in step.parents.items()}
    truth = step.truth.reveal() if step.truth else None
    return Job(step.key, parents, step.payload, truth, step.resources)
