"""Hosts of plays: the models of a system, embedded or Inspect's, with or without a plant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from truing.oversight import Host
from truing.oversight.protocols import Protocol
from truing.plants import PlantedHost, is_chosen
from truing.seeding import seeded
from truing.stress.protocols._agent_host import AgentHost, is_embedded, programs_of
from truing.stress.protocols._system import NamedPlant


class Hosts:
    """Makes the host of each play.

    If all models are embedded agents, Inspect is not imported. All replies of other models are
    cached, so that a second run pays for none of them again.

    Args:
        rules: the protocol.
        models: models by role of the protocol.
        planted: the plant; None in honest systems.
        calls: folder of cached replies.
    """

    def __init__(
        self,
        rules: Protocol,
        models: Mapping[str, Sequence[str]],
        planted: NamedPlant | None,
        calls: str,
    ):
        self.rules, self.planted = rules, planted
        self.plant = planted.built if planted else None
        self.calls = calls
        self.simulated = all(map(is_embedded, models.values()))
        self.embedded = frozenset(role for role, names in models.items() if is_embedded(names))
        self.bound: dict[str, list[Any]]
        if self.simulated:
            self.bound = dict(programs_of(models))
        else:
            from truing.oversight.evals import bind_models

            self.bound = {role: bind_models(names) for role, names in models.items()}

    def watching(self) -> AbstractContextManager[None]:
        """A context in which replies of Inspect's models are cached."""
        if self.simulated:
            return nullcontext()
        from truing.oversight.evals import Kept

        return Kept().watching(Path(self.calls))

    def is_planted(self, question: str, seed: int) -> bool:
        """Whether the system misbehaves on a question."""
        return self.planted is not None and is_chosen(question, seed, self.planted.strength)

    def make(self, question: str, seed: int, what: str) -> Host:
        """The host of a play.

        Args:
            question: id of the question.
            seed: seed of the system.
            what: what is played, such as the protocol and the order of the answers.
        """
        host: Host
        if self.simulated:
            host = AgentHost(self.bound, f"{seed} {what} {question}")
        else:
            from truing.oversight.evals import InspectHost

            host = InspectHost(self.bound, f"{question}, seed {seed}", cache=True)
        if self.planted is None or self.plant is None or not self.is_planted(question, seed):
            return host
        rng = seeded(f"planted {seed} {what} {question}")
        return PlantedHost(host, self.plant, self.rules, self.embedded, rng)


async def all_of(work: Sequence[Callable[[], Awaitable[Any]]], at_once: bool) -> list[Any]:
    """Results of several pieces of work, at once or one after another."""
    if not at_once:
        return [await one() for one in work]
    return await asyncio.gather(*(one() for one in work))
