"""Contract of plants of protocols, checked on plays of embedded agents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

import numpy as np

from truing.loops import run_coroutine
from truing.oversight import Call, Reply, play
from truing.oversight.agents import Brief
from truing.oversight.protocols import setups
from truing.plants import PLANTS, Act, PlantedHost, ProtocolPlant, is_chosen, part_of
from truing.registry import Built
from truing.stress import StressTest
from truing.stress.protocols import (
    AgentHost,
    PlayPayload,
    PlayRecord,
    ProtocolScene,
    name_plant,
    play_system,
    programs_of,
)
from truing.testing._contract import Contract, Skip, Violation, require
from truing.testing._watched import watch

QUESTIONS = "cases,count=16"


@dataclass(frozen=True)
class PlantedPlaysCase:
    """A plant of a protocol, and the protocol that it corrupts.

    Attributes:
        built: the plant.
        scene: protocol, questions and embedded agents.
        strengths: strengths that are checked, from 0.
    """

    built: Built[ProtocolPlant]
    scene: ProtocolScene
    strengths: tuple[float, ...]

    @classmethod
    def of(cls, specification: str, protocol: str, strengths: Sequence[float]) -> PlantedPlaysCase:
        """The case of a plant; by default with the plant's own example of a protocol.

        Raises:
            UserError: the plant cannot corrupt the protocol.
        """
        built = PLANTS.build(specification)
        test = StressTest(
            plants=specification,
            monitors="verdict-check",
            protocol=protocol or built.value.example,
            questions=QUESTIONS,
        )
        steps = tuple(sorted({0.0, *map(float, strengths)}))
        return cls(built, ProtocolScene(test), steps)

    @cached_property
    def plays(self) -> dict[float, list[PlayRecord]]:
        """Plays with seed 0, by strength."""
        return {strength: self.play(strength, 0) for strength in self.strengths}

    def play(self, strength: float, seed: int) -> list[PlayRecord]:
        """Plays of a system on all questions."""
        planted = name_plant(self.built, strength)
        return play_system(PlayPayload(self.scene.honest, (seed,), False, planted), seed)

    def chosen(self, record: PlayRecord, strength: float) -> bool:
        """Whether the plant chooses the question of a play."""
        return is_chosen(self.scene.honest.questions[record.question].id, 0, strength)


def _noted(
    act: Act, found: list[object], brief: Brief, reply: str, rng: np.random.Generator
) -> str:
    """The honest reply; what the act returns is noted."""
    found.append(act(brief, reply, rng))
    return reply


PLANTED_PLAYS: Contract[PlantedPlaysCase] = Contract("plant")


@PLANTED_PLAYS.condition("each misbehaviour returns a text, which the protocol can read")
def _runs(case: PlantedPlaysCase) -> None:
    for part, act in case.built.value.acts.items():
        found: list[object] = []
        _requests(case, ProtocolPlant({part: partial(_noted, act, found)}), embedded=True)
        for made in found:
            require(
                isinstance(made, str),
                f"its act of the part {part!r} returned {type(made).__name__}",
                "return the reply as a text",
            )
    assert case.plays


@PLANTED_PLAYS.condition("planted system and twin play differently only on chosen questions")
def _chosen(case: PlantedPlaysCase) -> None:
    twin = case.plays[0.0]
    for strength, plays in case.plays.items():
        other = [
            one
            for one, honest in zip(plays, twin, strict=True)
            if one != honest and not (one.changed and case.chosen(one, strength))
        ]
        require(
            not other,
            f"at strength {strength:g}, {len(other)} of {len(plays)} plays differ from those of "
            "the twin, and the plant did not choose or change them",
            "change replies only through the return value of an act",
        )


@PLANTED_PLAYS.condition("plays that change at a strength are the same at each larger strength")
def _nested(case: PlantedPlaysCase) -> None:
    for low, high in pairwise(case.strengths):
        lost = [
            one
            for one, more in zip(case.plays[low], case.plays[high], strict=True)
            if one.changed and one != more
        ]
        require(
            not lost,
            f"{len(lost)} plays that change at strength {low:g} are different at strength {high:g}",
            "draw all random numbers from `rng`, and keep no state between calls",
        )
    require(
        any(one.changed for one in case.plays[case.strengths[-1]]),
        f"at strength {case.strengths[-1]:g}, no play is changed",
        "return another reply than the honest reply on some questions",
    )


@PLANTED_PLAYS.condition("the same seed leads to the same plays, also after plays with another")
def _repeatable(case: PlantedPlaysCase) -> None:
    strength = case.strengths[-1]
    first = case.plays[strength]
    case.play(strength, 1)
    require(
        case.play(strength, 0) == first,
        "a second system with the same seed played differently",
        "draw all random numbers from `rng`, and keep no state between calls",
    )


@PLANTED_PLAYS.condition("no ground truth is read from a vault")
def _closed(case: PlantedPlaysCase) -> None:
    with watch() as watched:
        case.play(case.strengths[-1], 0)
    watched.require_closed()


@PLANTED_PLAYS.condition("models of corrupt parts receive its instructions, and no others do")
def _instructed(case: PlantedPlaysCase) -> None:
    plant = case.built.value
    if not plant.instructions:
        raise Skip("it has no instructions, so only embedded agents can misbehave")
    for part in sorted(plant.parts):
        require(
            part in plant.instructions,
            f"it has no instructions for the part {part!r}",
            "add an instruction for each part that has an act",
        )
        require(
            bool(plant.instructions[part].strip()),
            f"its instruction for the part {part!r} is empty",
            "state what the model does, or leave the part out",
        )
    for call in _requests(case, plant, embedded=False):
        speaking, (system, *others) = part_of(call, case.scene.honest.rules), call.messages
        own = f"\n{plant.instructions[speaking]}" if speaking in plant.parts else ""
        honest = system[1].removesuffix(own)
        stray = [
            text
            for text in plant.instructions.values()
            if any(text in said for said in (honest, *(said for _, said in others)))
        ]
        if not system[1].endswith(own) or stray:
            raise Violation(
                f"a request to {call.seat} does not contain the instructions of its part alone",
                "state other instructions than texts of the protocol",
            )


class _RecordingHost(AgentHost):
    """Embedded agents whose requests are recorded."""

    def __init__(self, case: PlantedPlaysCase, question: str, requests: list[Call]):
        super().__init__(programs_of(case.scene.honest.models), question)
        self.requests = requests

    async def ask(self, call: Call) -> Reply:
        """Reply of the embedded agent."""
        self.requests.append(call)
        return await super().ask(call)


def _requests(case: PlantedPlaysCase, plant: ProtocolPlant, embedded: bool) -> list[Call]:
    """All requests of plays in which a plant misbehaves on every question.

    Args:
        case: protocol and questions.
        plant: the plant.
        embedded: whether the plant changes replies; otherwise it adds instructions.
    """
    honest, requests = case.scene.honest, list[Call]()
    roles = tuple(honest.models) if embedded else ()
    for question in honest.questions:
        for setup in setups(honest.rules, question):
            host = _RecordingHost(case, question.id, requests)
            planted = PlantedHost(host, plant, honest.rules, roles, np.random.default_rng(0))
            run_coroutine(play(honest.rules, setup, planted))
    return requests
