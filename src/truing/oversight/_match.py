"""Match: a protocol and the models that play it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from truing.oversight.rules import PROTOCOLS, Protocol, fill_roles


@dataclass(frozen=True)
class Match:
    """A protocol and the models that play it.

    Several models of the judge's role are a panel. Several models of the role of a speaker for
    each answer argue for one answer each, in the order of the question set.

    Attributes:
        protocol: shortest specification of the protocol.
        models: specifications of the models by role; only roles that the protocol uses.
        names: name to record for a model; by default its specification.

    Examples:
        >>> from truing.oversight import Match
        >>> models = {"judge": ("truing/judge",), "debater": ("openai/a", "openai/b")}
        >>> match = Match.of("debate", models)
        >>> match.players()
        Players(judge='truing/judge', agent='openai/a, openai/b', arguing=('openai/a', 'openai/b'))
        >>> Match.of("blind", models).models
        {'judge': ('truing/judge',)}
    """

    protocol: str
    models: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls,
        protocol: str,
        models: Mapping[str, Sequence[str]],
        names: Mapping[str, str] | None = None,
    ) -> Match:
        """The match of a protocol and the models that it uses among those given.

        Args:
            protocol: specification.
            models: models by role.
            names: name to record for a model; by default its specification.

        Raises:
            UserError: the protocol is unknown, or a role has no model.
        """
        built = PROTOCOLS.build(protocol)
        filled = fill_roles(built.value, models)
        used = {name: tuple(found) for name, found in filled.values()}
        return cls(built.label, used, names or {})

    @property
    def rules(self) -> Protocol:
        """The rules of the protocol."""
        return PROTOCOLS.build(self.protocol).value

    @property
    def judging(self) -> tuple[str, ...]:
        """Specifications of the models that give verdicts: the judge, or the panel."""
        _, found = fill_roles(self.rules, self.models)[self.rules.judge.model]
        return tuple(found)

    def players(self) -> Players:
        """Names of the models that play."""
        filled = fill_roles(self.rules, self.shown)
        return Players.of(self.rules, {role: found for role, (_, found) in filled.items()})

    @property
    def shown(self) -> dict[str, list[str]]:
        """Names to record by role."""
        return {
            role: [self.names.get(one, one) for one in found] for role, found in self.models.items()
        }

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        models = {role: list(names) for role, names in sorted(self.models.items())}
        return {"protocol": self.protocol, "models": models}


@dataclass(frozen=True)
class Players:
    """Names of the models that played.

    Attributes:
        judge: the judge; the members of a panel in one text, separated by commas.
        agent: the speakers' models without duplicates, in the order of their seats.
        arguing: models of the speakers for each answer, each of which argues for one answer, in
            the order of the question set; a single model argues for all answers. Empty without
            such speakers.
    """

    judge: str
    agent: str
    arguing: tuple[str, ...] = ()

    @classmethod
    def of(cls, rules: Protocol, names: Mapping[str, Sequence[str]]) -> Players:
        """The names of models by role of the protocol."""
        speaking = [
            one
            for s in rules.speakers
            for one in (names[s.model] if s.each else names[s.model][:1])
        ]
        each = [tuple(names[s.model]) for s in rules.speakers if s.each]
        return cls(
            ", ".join(names[rules.judge.model]),
            ", ".join(dict.fromkeys(speaking)),
            each[0] if each else (),
        )

    def argued_by(self, answers: int) -> tuple[str, ...]:
        """Model that argued for each answer, in the order of the question set."""
        count = len(self.arguing)
        return tuple(self.arguing[i % count] for i in range(answers if count else 0))
