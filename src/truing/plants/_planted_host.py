"""Planted host: the models of one play, some of which misbehave."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from truing.errors import UserError
from truing.oversight import Call, Host, Reply
from truing.oversight.agents import Brief
from truing.oversight.plays import HostWrapper
from truing.oversight.protocols import Protocol
from truing.plants._protocol_plant import Part, ProtocolPlant

PARTS: dict[str, Part] = {"argue": "argue", "criticize": "criticize", "move": "move"}
"""Parts by the aim of a speaker; a plant can corrupt no other speaker."""


class PlantedHost(HostWrapper):
    """Sends requests to a host, and plants misbehaviour into the replies of the corrupt parts.

    Args:
        host: the honest host.
        plant: the plant.
        rules: the protocol that is played.
        embedded: roles that embedded agents play; the plant changes their replies. Models in all
            other roles receive the plant's instructions.
        rng: random generator of the plant.

    Attributes:
        changed: whether a reply was changed, or a model received instructions of the plant.
    """

    def __init__(
        self,
        host: Host,
        plant: ProtocolPlant,
        rules: Protocol,
        embedded: Collection[str],
        rng: np.random.Generator,
    ):
        super().__init__(host)
        self.plant, self.rules = plant, rules
        self.embedded, self.rng = embedded, rng
        self.changed = False

    async def ask(self, call: Call) -> Reply:
        """Reply of a model, which misbehaves if the plant corrupts its part.

        Raises:
            UserError: the plant has no instructions for a model that is not embedded.
        """
        part = part_of(call, self.rules)
        if part not in self.plant.parts:
            return await self.host.ask(call)
        if call.role not in self.embedded:
            self.changed = True
            return await self.host.ask(self._instructed(call, part))
        reply = await self.host.ask(call)
        act = self.plant.acts.get(part)
        if act is None:
            return reply
        text = act(Brief.of(call.messages), reply.text, self.rng)
        self.changed |= text != reply.text
        return replace(reply, text=text)

    def _instructed(self, call: Call, part: Part) -> Call:
        if part not in self.plant.instructions:
            raise UserError(
                f"the plant has no instructions for the part {part!r}, which only an embedded "
                f"agent can play; use a model such as truing/{call.role} for the role {call.role}"
            )
        (who, system), *others = call.messages
        system = f"{system}\n{self.plant.instructions[part]}"
        return replace(call, messages=((who, system), *others))


def part_of(call: Call, rules: Protocol) -> Part | None:
    """The part that answers a request; None for a forecast, for drafts and for claims."""
    if call.what == "review":
        return "monitor"
    if call.seat == "Judge":
        return "judge"
    if call.what not in ("speech", "choice"):
        return None
    for speaker in rules.speakers:
        if call.seat == speaker.name or call.seat.startswith(f"{speaker.name} "):
            return PARTS.get(speaker.aim)
    return None
