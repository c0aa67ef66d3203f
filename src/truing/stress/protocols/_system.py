"""Systems of protocols as workers build them: protocol, questions, models and plant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from truing.oversight import PROMPTS_VERSION
from truing.oversight.protocols import PROTOCOLS, Protocol
from truing.plants import PLANTED_PROMPTS_VERSION, PLANTS, ProtocolPlant
from truing.registry import Built, Identity, check_unchanged
from truing.seeding import seeded
from truing.tasks import Item

RESERVED = 0.25  # share of the questions that are not watched: trusted plays and honeypots


@dataclass(frozen=True)
class HonestSystem:
    """The honest system of a stress test of protocols.

    Attributes:
        protocol: specification of the protocol.
        identity: its identity, see `Built.identity`.
        questions: the questions, without ground truth.
        fingerprint: fingerprint of the question set.
        models: models by role of the protocol.
        calls: folder of cached replies.
    """

    protocol: str
    identity: Identity
    questions: tuple[Item, ...]
    fingerprint: str
    models: Mapping[str, tuple[str, ...]]
    calls: str

    @property
    def rules(self) -> Protocol:
        """The protocol."""
        built = PROTOCOLS.build(self.protocol)
        check_unchanged(built, self.identity)
        return built.value

    @property
    def config(self) -> dict[str, object]:
        """JSON values that determine the honest plays, apart from code and seeds."""
        return {
            "protocol": self.identity,
            "questions": self.fingerprint,
            "models": {role: list(names) for role, names in sorted(self.models.items())},
            "prompts": PROMPTS_VERSION,
        }


@dataclass(frozen=True)
class NamedPlant:
    """A plant and its strength, as a worker builds it.

    Attributes:
        plant: specification of the plant.
        identity: its identity, see `Built.identity`.
        strength: its strength.
    """

    plant: str
    identity: Identity
    strength: float

    @property
    def built(self) -> ProtocolPlant:
        """The plant."""
        built = PLANTS.build(self.plant)
        check_unchanged(built, self.identity)
        value: ProtocolPlant = built.value
        return value

    @property
    def config(self) -> dict[str, object]:
        """JSON values that determine what is planted."""
        return {
            "plant": self.identity,
            "strength": self.strength,
            "planted prompts": PLANTED_PROMPTS_VERSION,
        }


def name_plant(plant: Built[Any], strength: float) -> NamedPlant | None:
    """A plant and its strength, as a worker builds it; None at strength 0."""
    return NamedPlant(plant.label, plant.identity, strength) if strength else None


def divide(honest: HonestSystem, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the watched questions, and of the reserved questions in random order.

    Args:
        honest: the honest system.
        seed: seed of the system.
    """
    count = len(honest.questions)
    order = seeded(f"divide {honest.fingerprint} {seed}").permutation(count)
    reserved = round(RESERVED * count)
    return np.sort(order[reserved:]), order[:reserved]
