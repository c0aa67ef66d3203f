"""Protocol scene: planted roles of a protocol, and their honest twins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from truing.errors import UnknownNameError, UserError
from truing.given import GivenObject, shown
from truing.oversight.protocols import PROTOCOLS, fill_roles, setups
from truing.oversight.questions import QuestionSet, load_questions
from truing.registry import Built
from truing.seeding import seeded
from truing.stress._protocol_monitor import UNTRUSTED, ProtocolMonitor
from truing.stress._scene import Systems
from truing.stress._stress_test import StressTest
from truing.stress.protocols._agent_host import is_embedded, programs_of
from truing.stress.protocols._outcome import outcome_plays_step
from truing.stress.protocols._play import play_step
from truing.stress.protocols._review import review_step
from truing.stress.protocols._suspect import BESIDE, Known, suspect_plays_step
from truing.stress.protocols._system import HonestSystem, NamedPlant, divide, name_plant
from truing.stress.work import check_budget
from truing.studies import Step, Store, objects_of

AT_ONCE = 20  # systems per step, so that steps share the work of processes
MODELS = {"judge": ("truing/judge",), "debater": ("truing/debater",)}
"""Models of roles without a model: embedded agents."""


class ProtocolScene:
    """Systems that play a protocol: the watched items are plays on three quarters of the questions.

    Args:
        test: a stress test of kind `protocol`.

    Raises:
        UserError: an unknown name or role, a role without a model, or a phrase of a plant that
            occurs in the questions.
    """

    def __init__(self, test: StressTest):
        self.test = test
        self.loaded = load_questions(test.questions)
        self.honest = self._system(test.protocol)
        self._check_roles()
        for plant in test.built_plants:
            rules = self.honest.rules
            plant.value.check(shown(plant.label), shown(test.protocol), rules)
            self._check_phrase(plant)

    @property
    def system(self) -> Mapping[str, str]:
        """Names of protocol, questions and models."""
        models = {role: ", ".join(names) for role, names in self.honest.models.items()}
        return {
            "protocol": shown(self.test.protocol),
            "questions": shown(self.test.questions),
            **models,
        }

    @property
    def simulated(self) -> bool:
        """Whether an agent or the questions are simulated."""
        return self.loaded.simulated or any(map(is_embedded, self.honest.models.values()))

    @property
    def sources(self) -> Mapping[str, QuestionSet]:
        """The question set."""
        return {shown(self.test.questions): self.loaded}

    @property
    def objects(self) -> tuple[GivenObject, ...]:
        """Objects that the user gave as protocol, questions or models."""
        return tuple(objects_of([self.test.protocol, self.test.questions]))

    def suspect(self, monitor: Built[ProtocolMonitor], systems: Systems) -> Step:
        """See `Scene.suspect`."""
        value = monitor.value
        parents = {"plays": self._plays(self.honest, systems)}
        if value.swapped:
            parents["swapped"] = self._plays(self.honest, systems, swapped=True)
        for name in value.protocols:
            parents[f"{BESIDE}{name}"] = self._plays(self._system(name), systems)
        if value.reviewer:
            parents["reviews"] = self._reviews(value, systems)
        known = [self._known_plays(monitor, seed) for seed in systems.seeds]
        vault = self.loaded.vault
        return suspect_plays_step(monitor, self.honest, systems.seeds, known, vault, parents)

    def outcome(self, systems: Systems) -> Step:
        """See `Scene.outcome`."""
        plays = self._plays(self.honest, systems)
        return outcome_plays_step(plays, self.honest, systems.seeds, self.loaded.vault)

    def _plays(
        self, honest: HonestSystem, systems: Systems, swapped: bool = False
    ) -> tuple[Step, ...]:
        """Steps that play a protocol, some systems each."""
        planted = self._planted(honest, systems)
        return tuple(
            play_step(honest, seeds, swapped, planted) for seeds in _seed_parts(systems.seeds)
        )

    def _reviews(self, monitor: ProtocolMonitor, systems: Systems) -> tuple[Step, ...]:
        untrusted = monitor.reviewer == UNTRUSTED
        planted = self._planted(self.honest, systems) if untrusted else None
        reviewer, honeypots = monitor.reviewer, monitor.honeypots
        if not untrusted and is_embedded([reviewer]):
            programs_of({"reviewer": [reviewer]})  # raises UserError
        return tuple(
            review_step(plays, twins, self.honest, seeds, planted, reviewer, honeypots)
            for plays, twins, seeds in zip(
                self._plays(self.honest, systems),
                self._plays(self.honest, systems.twins()),
                _seed_parts(systems.seeds),
                strict=True,
            )
        )

    def _planted(self, honest: HonestSystem, systems: Systems) -> NamedPlant | None:
        """The plant; None in honest systems, and for a protocol that it cannot corrupt."""
        named = name_plant(systems.plant, systems.strength)
        return named if systems.plant.value.corrupts(honest.rules) else None

    def _known_plays(self, monitor: Built[ProtocolMonitor], seed: int) -> Known:
        """Which plays of a system a monitor receives with their ground truth."""
        rules = self.honest.rules
        asked = [
            number
            for number, question in enumerate(self.honest.questions)
            for _ in setups(rules, question)
        ]
        question = np.array(asked)
        watched, reserved = divide(self.honest, seed)
        own = np.flatnonzero(np.isin(question, watched))
        spare = np.flatnonzero(np.isin(question, reserved))
        value = monitor.value
        check_budget(monitor, "trusted", len(spare), "plays that are not watched")
        check_budget(monitor, "honeypots", len(spare), "plays that are not watched")
        check_budget(monitor, "audits", len(own), "watched plays")
        rng = seeded(f"known {self.honest.fingerprint} {seed}")
        trusted = rng.permutation(spare)[: value.trusted]
        audited = rng.permutation(len(own))[: value.audits]
        return Known(trusted, audited, np.concatenate([question[trusted], question[own[audited]]]))

    def _system(self, protocol: str) -> HonestSystem:
        """The honest system under a protocol."""
        built = PROTOCOLS.build(protocol)
        filled = fill_roles(built.value, {**MODELS, **self.test.models})
        models = {role: tuple(members) for role, (_, members) in filled.items()}
        programs_of({role: names for role, names in models.items() if is_embedded(names)})
        questions, fingerprint = self.loaded.questions, self.loaded.fingerprint
        calls = str(Store().folder / "calls") if not all(map(is_embedded, models.values())) else ""
        return HonestSystem(built.label, built.identity, questions, fingerprint, models, calls)

    def _check_roles(self) -> None:
        """Raise UnknownNameError for a role of no protocol that the test plays."""
        beside = [name for one in self.test.built_monitors for name in one.value.protocols]
        systems = [self.honest, *map(self._system, beside)]
        known = dict.fromkeys([*MODELS, *(role for one in systems for role in one.rules.roles)])
        for role in self.test.models:
            if role not in known:
                raise UnknownNameError("role", role, known)

    def _check_phrase(self, plant: Built[Any]) -> None:
        """Raise UserError if the phrase of a plant occurs in the questions."""
        phrase = plant.value.phrase
        for question in self.loaded.questions if phrase else ():
            texts = (question.text, question.hidden, *question.choices)
            if any(phrase.casefold() in text.casefold() for text in texts):
                raise UserError(
                    f"the phrase {phrase!r} of the plant {shown(plant.label)!r} occurs in the "
                    f"question {question.id!r}; choose another phrase"
                )


def _seed_parts(seeds: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Seeds in parts of a step each."""
    return [seeds[at : at + AT_ONCE] for at in range(0, len(seeds), AT_ONCE)]
