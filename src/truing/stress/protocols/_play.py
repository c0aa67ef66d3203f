"""Step `play`: systems play a protocol on all questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from truing.loops import run_coroutine
from truing.oversight import Play, play
from truing.oversight.protocols import Protocol, Setup, setups
from truing.plants import PlantedHost
from truing.stress.protocols._host import Hosts, all_of
from truing.stress.protocols._record import PLAYS, PlayRecord, read_plays, write_plays
from truing.stress.protocols._system import HonestSystem, NamedPlant
from truing.studies import Job, Payload, Step, Store
from truing.studies.work import add_work, code_version
from truing.tasks import Item

PLAY = "play"  # the kind of these steps


@dataclass(frozen=True)
class PlayPayload(Payload):
    """Systems that play; the payload contains no ground truth.

    Attributes:
        honest: the honest system.
        seeds: the seeds.
        swapped: whether the answers are shown in reverse order.
        planted: the plant; None for honest systems.
    """

    honest: HonestSystem
    seeds: tuple[int, ...]
    swapped: bool
    planted: NamedPlant | None

    @property
    def heavy(self) -> bool:
        """A step plays thousands of questions."""
        return True

    @property
    def specifications(self) -> tuple[str, ...]:
        """The protocol and the plant."""
        plants = (self.planted.plant,) if self.planted else ()
        return (self.honest.protocol, *plants)


def play_step(
    honest: HonestSystem, seeds: tuple[int, ...], swapped: bool, planted: NamedPlant | None
) -> Step:
    """Plan the plays of some systems. Planted systems play only the questions of their plant."""
    config = {
        **honest.config,
        "seeds": list(seeds),
        "swapped": swapped,
        "planted": planted.config if planted else None,
        "code": code_version(play_step, run_play),
    }
    parents = {"twins": (play_step(honest, seeds, swapped, None),)} if planted else {}
    return Step(PLAY, config, parents, PlayPayload(honest, seeds, swapped, planted))


def run_play(jobs: Sequence[Job[PlayPayload]], store: Store) -> None:
    """Write `plays`: the plays of each system in the order of the seeds, as bytes of JSON."""
    for job in jobs:
        asked = job.payload
        keys = job.parents.get("twins", ())
        twins = read_plays(store.read(keys[0])[PLAYS]) if keys else [None] * len(asked.seeds)
        found = [
            play_system(asked, seed, twin) for seed, twin in zip(asked.seeds, twins, strict=True)
        ]
        store.write(job.key, {PLAYS: write_plays(found)})


def play_system(
    asked: PlayPayload, seed: int, twin: list[PlayRecord] | None = None
) -> list[PlayRecord]:
    """Plays of a system: those of its twin, except on the questions that the plant chooses.

    Args:
        asked: honest system, order of the answers, and plant.
        seed: seed of the system.
        twin: plays of its honest twin, which are not played again; None to play all questions.
    """
    rules = asked.honest.rules
    hosts = Hosts(rules, asked.honest.models, asked.planted, asked.honest.calls)
    laid = _laid_out(rules, asked.honest.questions, asked.swapped)
    what = f"{asked.honest.protocol}{', swapped' if asked.swapped else ''}"

    async def one(question: int, setup: Setup) -> PlayRecord:
        host = hosts.make(setup.question.id, seed, f"{what} {setup.argued}")
        played: Play = await play(rules, setup, host)
        changed = isinstance(host, PlantedHost) and host.changed
        return PlayRecord.of(played, question, changed)

    work = [
        (at, partial(one, question, setup))
        for at, (question, setup) in enumerate(laid)
        if twin is None or hosts.is_planted(setup.question.id, seed)
    ]
    with hosts.watching():
        new = run_coroutine(all_of([do for _, do in work], at_once=not hosts.simulated))
    by_place = dict(zip((at for at, _ in work), new, strict=True))
    return [by_place[at] if twin is None or at in by_place else twin[at] for at in range(len(laid))]


def _laid_out(rules: Protocol, questions: Sequence[Item], swapped: bool) -> list[tuple[int, Setup]]:
    """Index of the question and setup of each play, in the order of the questions."""
    return [
        (number, setup)
        for number, question in enumerate(questions)
        for setup in setups(rules, question, swap=swapped)
        if setup.swapped == swapped
    ]


add_work(PLAY, run_play)
