"""Method files of some systems, and the weak labels that they receive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.plants import PLANTS, MethodFile, leak, planted_file
from truing.registry import Identity, check_unchanged
from truing.studies import Job, Payload, Store


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a method of one system learns from.

    Attributes:
        seed: seed of the system.
        items: (n,) indices of its learn items.
        audited: (a,) positions in `items` of those whose ground truth the monitor receives.
        clusters: (n,) clusters of the learn items.
        test: (m,) indices of its test items.
        chance: seed of all randomness of its training.
    """

    seed: int
    items: np.ndarray
    audited: np.ndarray
    clusters: np.ndarray
    test: np.ndarray
    chance: str


@dataclass(frozen=True, kw_only=True)
class SystemsPayload(Payload):
    """Planted method files, or honest files.

    Attributes:
        plant: specification of the plant; empty for honest files.
        plant_identity: its identity; None for honest files.
        strength: strength of the plant.
        lessons: one per system.
        leaks: whether the pipeline leaks the ground truth of the learn items.
    """

    plant: str
    plant_identity: Identity | None
    strength: float
    lessons: tuple[Lesson, ...]
    leaks: bool

    @property
    def specifications(self) -> tuple[str, ...]:
        """Specification of the plant."""
        return (self.plant,) if self.plant else ()

    def files(self) -> Iterator[MethodFile]:
        """The method file of each system."""
        plant = None
        if self.plant:
            built = PLANTS.build(self.plant)
            assert self.plant_identity is not None, "a plant has an identity"
            check_unchanged(built, self.plant_identity)
            plant = built.value
        for one in self.lessons:
            yield planted_file(plant, self.strength, one.seed, len(one.items))

    def weak(self, job: Job[Any], store: Store) -> Iterator[np.ndarray]:
        """(n, k) weak labels of each system in double precision, as its pipeline passes them."""
        start = 0
        for one, key in zip(self.lessons, job.parents["labels"], strict=True):
            labels = store.read(key)["beliefs"][one.items].astype(np.float32)
            if self.leaks:
                assert job.truth is not None, "a leak needs the ground truth"
                labels = leak(labels, job.truth[start : start + len(one.items)])
                start += len(one.items)
            yield labels.astype(np.float64)
