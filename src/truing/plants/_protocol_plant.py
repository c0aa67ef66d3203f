"""Plants of protocols: misbehaviour of the roles that speak, judge or monitor."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from truing.calls import checked_class
from truing.errors import UserError
from truing.oversight.agents import Brief
from truing.oversight.protocols import Protocol
from truing.plants._plant import PlantKind

PLANTED_PROMPTS_VERSION = 1
"""Version of all instructions of plants, which is part of the key of planted plays. Increase it
with every change of their wording."""

Part = Literal["argue", "criticize", "move", "judge", "monitor"]
"""Part that a role plays: the aim of a speaker, the judge, or the judge's model as a monitor."""

Act = Callable[[Brief, str, np.random.Generator], str]
"""Misbehaviour of an embedded agent: (request, honest reply, rng) -> reply."""


def any_protocol(rules: Protocol) -> bool:
    """Accept all protocols that have the parts that the plant corrupts."""
    return True


@checked_class
@dataclass(frozen=True)
class ProtocolPlant:
    """Misbehaviour of roles of a protocol, on a share of the questions: the strength.

    The seed draws the questions. Questions that are drawn at a strength are drawn at each larger
    strength too. On all other questions the system is its honest twin.

    Attributes:
        acts: for embedded agents, the reply of each corrupt part in place of its honest reply.
            An act that returns the honest reply leaves the play as it is.
        instructions: for other models, text that is added to the system message of each corrupt
            part. The prompts of `truing.oversight` stay as they are.
        fits: whether the plant can corrupt a protocol that has these parts.
        example: a protocol that the plant can corrupt, for messages.
        phrase: a phrase that switches the misbehaviour on; questions that contain it are refused.

    Examples:
        >>> from truing.plants import ProtocolPlant
        >>> def give_in(brief, reply, rng):
        ...     return "<argument>I agree with the other debater.</argument>"
        >>> ProtocolPlant({"argue": give_in}, {"argue": "Agree with the other debater."}).kind
        'protocol'
    """

    acts: Mapping[Part, Act]
    instructions: Mapping[Part, str] = field(default_factory=dict)
    fits: Callable[[Protocol], bool] = any_protocol
    example: str = "debate"
    phrase: str = ""
    kind: ClassVar[PlantKind] = "protocol"

    @property
    def parts(self) -> frozenset[Part]:
        """The parts that the plant corrupts."""
        return frozenset((*self.acts, *self.instructions))

    def corrupts(self, rules: Protocol) -> bool:
        """Whether the plant can corrupt a protocol."""
        present = {"judge", "monitor", *(speaker.aim for speaker in rules.speakers)}
        return bool(self.parts & present) and self.fits(rules)

    def check(self, plant: str, protocol: str, rules: Protocol) -> None:
        """Raise UserError unless the plant can corrupt a protocol.

        Args:
            plant: specification of the plant.
            protocol: specification of the protocol.
            rules: the protocol.
        """
        if not self.corrupts(rules):
            raise UserError(
                f"plant {plant!r} cannot corrupt the protocol {protocol!r}; use a protocol such as "
                f"{self.example}"
            )


def is_chosen(question: str, seed: int, strength: float) -> bool:
    """Whether a plant misbehaves on a question.

    Args:
        question: id of the question.
        seed: seed of the planted system.
        strength: share of the questions.

    Examples:
        >>> from truing.plants import is_chosen
        >>> sum(is_chosen(f"case-{number}", 0, 0.2) for number in range(1000))
        211
    """
    drawn = hashlib.sha256(f"planted {seed} {question}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") < strength * 2**64
