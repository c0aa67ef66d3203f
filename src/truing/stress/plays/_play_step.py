"""Step `play`: systems play a protocol on all questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from truing.loops import run_coroutine
from truing.oversight import PROMPTS_VERSION, Play, play
from truing.oversight.protocols import PROTOCOLS, Protocol, Setup, setups
from truing.plants import PLANTED_PROMPTS_VERSION, PLANTS, PlantedHost, is_chosen
from truing.registry import Built, Identity, check_unchanged
from truing.stress.plays._host import Corruption, Hosts, all_of
from truing.stress.plays._record import PLAYS, PlayRecord, read_plays, write_plays
from truing.studies import Step, Store
from truing.studies.work import add_work
from truing.studies._step import Job, Payload
from truing.studies.work._code import code_version
from truing.tasks import Item

PLAY = "play"  # the kind of these steps


@dataclass(frozen=True)
class Troupe:
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
class PlantName:
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
    def corruption(self) -> Corruption:
        """The plant."""
        built = PLANTS.build(self.plant)
        check_unchanged(built, self.identity)
        return Corruption(built.value, self.strength)

    @property
    def config(self) -> dict[str, object]:
        """JSON values that determine what is planted."""
        return {
            "plant": self.identity,
            "strength": self.strength,
            "planted prompts": PLANTED_PROMPTS_VERSION,
        }


@dataclass(frozen=True)
class PlayPayload(Payload):
    """Systems that play; the payload contains no ground truth.

    Attributes:
        troupe: the honest system.
        seeds: the seeds.
        swapped: whether the answers are shown in reverse order.
        planted: the plant; None for honest systems.
    """

    troupe: Troupe
    seeds: tuple[int, ...]
    swapped: bool
    planted: PlantName | None

    @property
    def heavy(self) -> bool:
        """A step plays thousands of questions."""
        return True

    @property
    def specifications(self) -> tuple[str, ...]:
        """The protocol and the plant."""
        plants = (self.planted.plant,) if self.planted else ()
        return (self.troupe.protocol, *plants)


def play_step(
    troupe: Troupe, seeds: tuple[int, ...], swapped: bool, planted: PlantName | None
) -> Step:
    """Plan the plays of some systems. Planted systems play only the questions of their plant."""
    config = {
        **troupe.config,
        "seeds": list(seeds),
        "swapped": swapped,
        "planted": planted.config if planted else None,
        "code": code_version(play_step, run_play),
    }
    parents = {"twins": (play_step(troupe, seeds, swapped, None),)} if planted else {}
    return Step(PLAY, config, parents, PlayPayload(troupe, seeds, swapped, planted))


def run_play(jobs: Sequence[Job[PlayPayload]], store: Store) -> None:
    """Write `plays`: the plays of each system in the order of the seeds, as bytes of JSON."""
    for job in jobs:
        asked = job.payload
        keys = job.parents.get("twins", ())
        twins = read_plays(store.read(keys[0])[PLAYS]) if keys else [None] * len(asked.seeds)
        found = [
            _play_system(asked, seed, honest)
            for seed, honest in zip(asked.seeds, twins, strict=True)
        ]
        store.write(job.key, {PLAYS: write_plays(found)})


def _play_system(
    asked: PlayPayload, seed: int, twin: list[PlayRecord] | None
) -> list[PlayRecord]:
    """Plays of a system: those of its twin, except on the questions that the plant chooses."""
    rules, corruption = asked.troupe.rules, asked.planted.corruption if asked.planted else None
    hosts = Hosts(rules, asked.troupe.models, corruption, asked.troupe.calls)
    laid = _laid_out(rules, asked.troupe.questions, asked.swapped)
    what = f"{asked.troupe.protocol}{', swapped' if asked.swapped else ''}"

    def own(setup: Setup) -> bool:
        return corruption is None or is_chosen(setup.question.id, seed, corruption.strength)

    async def one(question: int, setup: Setup) -> PlayRecord:
        host = hosts.make(setup.question.id, seed, f"{what} {setup.argued}")
        played: Play = await play(rules, setup, host)
        changed = isinstance(host, PlantedHost) and host.changed
        return PlayRecord.of(played, question, changed)

    work = [(at, partial(one, *pair)) for at, pair in enumerate(laid) if own(pair[1])]
    with hosts.watching():
        new = run_coroutine(all_of([do for _, do in work], at_once=not hosts.simulated))
    by_place = dict(zip((at for at, _ in work), new, strict=True))
    return [by_place.get(at) or (twin or [])[at] for at in range(len(laid))]


def _laid_out(
    rules: Protocol, questions: Sequence[Item], swapped: bool
) -> list[tuple[int, Setup]]:
    """Index of the question and setup of each play, in the order of the questions."""
    return [
        (number, setup)
        for number, question in enumerate(questions)
        for setup in setups(rules, question, swap=swapped)
        if setup.swapped == swapped
    ]


def name_plant(plant: Built, strength: float) -> PlantName | None:
    """A plant and its strength, as a worker builds it; None at strength 0."""
    return PlantName(plant.label, plant.identity, strength) if strength else None


add_work(PLAY, run_play)
