"""Cast: the judges, the debaters and the other models of a run, and the matches that they play."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from truing.errors import UserError
from truing.oversight._match import Match
from truing.oversight.rules import PROTOCOLS, Protocol
from truing.tasks import Item

PAIR = 2  # answers of a question, one for each of two debaters


@dataclass(frozen=True)
class Cast:
    """The models of a run.

    Attributes:
        judges: each judge; several models are a panel.
        debaters: models of all speakers without a model of their own.
        roles: models of other roles.
    """

    judges: tuple[tuple[str, ...], ...] = ()
    debaters: tuple[str, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def models(self) -> dict[str, tuple[str, ...]]:
        """All models by role."""
        judging = dict.fromkeys(name for names in self.judges for name in names)
        found = {"judge": tuple(judging), "debater": self.debaters, **self.roles}
        return {role: names for role, names in found.items() if names}

    def matches(self, protocols: Sequence[str], questions: Sequence[Item]) -> tuple[Match, ...]:
        """A match for each protocol, judge and debater.

        Protocols with a speaker for each answer are played by all ordered pairs of debaters:
        (a, b) and (b, a) are the two seats, and (a, a) is self-play.

        Args:
            protocols: specifications.
            questions: the questions; pairs of different debaters need exactly two answers.

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
        for protocol in protocols:
            rules = PROTOCOLS.build(protocol).value
            for judge, seats in product(self.judges or [()], self._seats(rules)):
                match = Match.of(protocol, {**self.roles, "judge": judge, "debater": seats})
                _check_answers(match, questions)
                found.setdefault(repr(match.to_json()), match)
        return tuple(found.values())

    def _seats(self, rules: Protocol) -> Iterator[tuple[str, ...]]:
        """Debaters of each match: one, or one for each of two answers."""
        if not self.debaters:
            yield ()
        for one in self.debaters:
            if any(speaker.each for speaker in rules.speakers):
                yield from (tuple(dict.fromkeys([one, other])) for other in self.debaters)
            else:
                yield (one,)


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
