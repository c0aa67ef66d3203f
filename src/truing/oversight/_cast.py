"""Cast: the judges, the debaters and the other models of a run, and the matches that they play."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from truing.errors import UserError
from truing.given import find, is_object
from truing.oversight._match import Match
from truing.oversight._model_specification import MODEL_FILE
from truing.oversight.rules import PROTOCOLS
from truing.tasks import Item

Seats = Callable[[str, str], Iterable[Mapping[str, tuple[str, ...]]]]
"""Function from a protocol and the name of a judge to models of the speakers, by role."""

PAIR = 2  # answers of a question, one for each of two debaters


@dataclass(frozen=True)
class Cast:
    """The models of a run.

    Attributes:
        judges: each judge; several models are a panel.
        debaters: models of all speakers that `roles` does not name.
        roles: models of other roles.
    """

    judges: tuple[tuple[str, ...], ...] = ()
    debaters: tuple[str, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def names(self) -> dict[str, str]:
        """The name to record for each model.

        A model that was given as an object has Inspect's name, unless another model of the run has
        the same name. All other names are specifications.
        """
        every = list(dict.fromkeys(name for names in self.models.values() for name in names))
        short = {one: model_name(one) if is_object(one) else one for one in every}
        counts = Counter(short.values())
        return {one: name if counts[name] == 1 else one for one, name in short.items()}

    @property
    def models(self) -> dict[str, tuple[str, ...]]:
        """All models by role."""
        judging = dict.fromkeys(name for names in self.judges for name in names)
        found = {"judge": tuple(judging), "debater": self.debaters, **self.roles}
        return {role: names for role, names in found.items() if names}

    def matches(
        self, protocols: Sequence[str], questions: Sequence[Item], seats: Seats | None = None
    ) -> tuple[Match, ...]:
        """A match for each protocol, judge and debater.

        Without `seats`, protocols with a speaker for each answer are played by all ordered pairs of
        debaters: (a, b) and (b, a) are the two seats, and (a, a) is self-play.

        Args:
            protocols: specifications.
            questions: the questions; pairs of different debaters need exactly two answers.
            seats: function from a protocol and the name of a judge to the models of the speakers in
                each match, by role.

        Raises:
            UserError: a protocol is unknown, a role has no model, or a question does not have two
                answers.

        Examples:
            >>> from truing.oversight import Cast
            >>> cast = Cast(judges=(("j",), ("k", "l")), debaters=("a", "b"))
            >>> [one.players().agent for one in cast.matches(["debate"], [])[:4]]
            ['a', 'a, b', 'b, a', 'b']
            >>> [one.players().judge for one in cast.matches(["blind"], [])]
            ['j', 'k, l']
        """
        found: dict[str, Match] = {}
        for protocol, judge in product(protocols, self.judges or [()]):
            judging = ", ".join(self.names[one] for one in judge)
            for seated in seats(protocol, judging) if seats else self._cross_play(protocol):
                models = {"judge": judge, **seated, **self.roles}
                match = Match.of(protocol, models, self.names)
                _check_answers(match, questions)
                found.setdefault(str(match.to_json()), match)
        return tuple(found.values())

    def _cross_play(self, protocol: str) -> Iterator[Mapping[str, tuple[str, ...]]]:
        """Debaters of each match: one, or one for each of two answers."""
        speakers = PROTOCOLS.build(protocol).value.speakers
        seats = 1 + any(one.each for one in speakers)
        if not self.debaters:
            yield {}
        for seated in product(self.debaters, repeat=seats):
            yield {"debater": tuple(dict.fromkeys(seated))}


def _check_answers(match: Match, questions: Sequence[Item]) -> None:
    """Raise UserError if two models argue for the answers of a question without two answers."""
    arguing = match.players().arguing
    if len(arguing) < PAIR:
        return
    for one in questions:
        if len(one.choices) != len(arguing):
            raise UserError(
                f"{match.protocol}: question {one.id!r} has {len(one.choices)} answers, but "
                f"{len(arguing)} models argue for one answer each ({', '.join(arguing)}); use "
                "questions with as many answers, or one debater in each run"
            )


def model_name(specification: str) -> str:
    """Inspect's name of a model that was given as an object."""
    return str(json.loads(find(specification).files[MODEL_FILE])["model"])
