"""Step: one pure piece of work, known by the hash of all that determines its result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np

from truing.tasks import Truth


@dataclass(frozen=True)
class Resources:
    """What a piece of work takes of the machine that it runs on; no part of its result.

    Attributes:
        cpus: cores.
        gpus: CUDA devices of its own.
        memory: bytes of main memory.
    """

    cpus: int = 1
    gpus: int = 0
    memory: int = 0


class Payload:
    """What a step's work needs in memory. Each kind of work has its own subclass."""

    @property
    def entries(self) -> int:
        """Label entries to learn from, a measure of a training's work."""
        return 0

    @property
    def heavy(self) -> bool:
        """Whether the work takes seconds, although it is no training of a head."""
        return False

    @property
    def specifications(self) -> tuple[str, ...]:
        """Names that the worker builds from; they may name files."""
        return ()


P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, eq=False)
class Step:
    """One piece of work.

    Attributes:
        kind: which work: extract, label, train, score, compare, diagnose.
        config: all that determines the result besides the parents, as JSON: arguments, digests of
            data and of code.
        parents: steps whose results this one reads, by their role.
        payload: what the work needs in memory; determined by config, so not part of the key.
        truth: what the step may see of the truth; its digest is in config.
        group: steps of one group may run in one batch.
        together: whether they should, all of them, since they share most of their work.
        resources: what the work takes of its machine.
    """

    kind: str
    config: Mapping[str, Any]
    parents: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    payload: Payload = field(default_factory=Payload)
    truth: Truth | None = None
    group: str = ""
    together: bool = False
    resources: Resources = Resources()

    @cached_property
    def key(self) -> str:
        """SHA-256 over kind, configuration and the parents' keys."""
        lineage = {role: [step.key for step in steps] for role, steps in self.parents.items()}
        content = json.dumps([self.kind, self.config, lineage], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step) and self.key == other.key


@dataclass(frozen=True)
class Job(Generic[P]):
    """A step as a worker sees it: no vault, no task, just what this work may know."""

    key: str
    parents: Mapping[str, tuple[str, ...]]
    payload: P
    truth: np.ndarray | None
    resources: Resources = Resources()

    @property
    def rng(self) -> np.random.Generator:
        """The step's own randomness, seeded from its key."""
        return np.random.default_rng(int(self.key[:32], 16))


@dataclass(frozen=True)
class Batch:
    """Jobs of one kind that share their inputs and run together."""

    kind: str
    jobs: tuple[Job[Any], ...]

    @property
    def resources(self) -> Resources:
        """What its jobs take, done one after another: of each thing, the most."""
        each = [job.resources for job in self.jobs]
        return Resources(
            max(one.cpus for one in each),
            max(one.gpus for one in each),
            max(one.memory for one in each),
        )


def make_job(step: Step) -> Job[Payload]:
    """Prepare a step for a worker; here, and only here, the truth leaves the vault."""
    parents = {role: tuple(one.key for one in steps) for role, steps in step.parents.items()}
    truth = step.truth.reveal() if step.truth else None
    return Job(step.key, parents, step.payload, truth, step.resources)
