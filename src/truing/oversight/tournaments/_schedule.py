"""Schedule: the matches of a run, round after round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from truing.errors import UserError
from truing.oversight._cast import Cast, Seats
from truing.oversight._match import Match
from truing.oversight.rules import PROTOCOLS, Protocol
from truing.oversight.tournaments._game import Game, criticizes, has_games
from truing.oversight.tournaments._pairs import Pair, swiss_pairs
from truing.oversight.tournaments._rating import rate_games
from truing.oversight.tournaments._tournament import Tournament
from truing.tasks import Item

MEAN_RATING = 1500.0  # of the agents that games connect
FEWEST_REFITS = 40  # a ranking needs no intervals


@dataclass(frozen=True)
class Round:
    """Matches that are played on the same questions.

    Attributes:
        matches: the matches.
        asked: places of the questions in the question set.
    """

    matches: tuple[Match, ...]
    asked: Sequence[int]


@dataclass(frozen=True)
class Schedule:
    """The matches of a run.

    Without a tournament there is one round, in which the cast plays all protocols. In a Swiss
    tournament each question belongs to one round, and all protocols are played on it in this
    round. The pairs of a round follow from the ratings in the games of all earlier rounds, for
    each protocol and judge separately. In the first round, neighbors in the order of the debaters
    meet. Agents that speak alone, as in a consultancy, play all questions in any case, so that all
    of them meet.

    Attributes:
        cast: the models.
        protocols: specifications of the protocols.
        questions: the questions.
        tournament: the tournament; None for a grid.
        blocks: places of the questions of each round of a grid; empty for one round.

    Raises:
        UserError: a protocol is unknown, a role has no model, no protocol has games, or a question
            does not have an answer for each debater.

    Examples:
        >>> from truing.oversight import Cast
        >>> from truing.oversight.tournaments import Schedule, Tournament
        >>> cast = Cast(judges=(("j",),), debaters=("a", "b", "c", "d"))
        >>> schedule = Schedule(cast, ("debate",), (), Tournament("swiss"))
        >>> [match.players().agent for match in schedule.round(0, []).matches]
        ['a, b', 'b, a', 'c, d', 'd, c']
    """

    cast: Cast
    protocols: tuple[str, ...]
    questions: tuple[Item, ...]
    tournament: Tournament | None = None
    blocks: Sequence[Sequence[int]] = ()

    @cached_property
    def planned(self) -> tuple[Round, ...]:
        """All rounds as if there were no games: their numbers of matches are exact."""
        return tuple(self._round(number, []) for number in range(self._count))

    def round(self, number: int, games: Sequence[Game]) -> Round:
        """A round. It depends on the games of earlier rounds only.

        Args:
            number: number of the round, from 0.
            games: games of all earlier rounds; other games change nothing.
        """
        return self._round(number, games) if self._is_swiss else self.planned[number]

    @property
    def _is_swiss(self) -> bool:
        return self.tournament is not None and self.tournament.kind == "swiss"

    @property
    def _count(self) -> int:
        """Number of rounds."""
        if self.tournament:
            return self.tournament.count(len(self.cast.debaters))
        return len(self.blocks) or 1

    def _round(self, number: int, games: Sequence[Game]) -> Round:
        asked: Sequence[int] = range(number, len(self.questions), self._count)
        if self.blocks:
            asked = self.blocks[number]
        seats = self._seats(number, games) if self.tournament else None
        return Round(self.cast.matches(self.protocols, self.questions, seats), asked)

    def _seats(self, number: int, games: Sequence[Game]) -> Seats:
        """Function that gives the speakers of each match of a protocol and judge."""
        rules = {label: PROTOCOLS.build(label).value for label in self.protocols}
        if not any(map(has_games, rules.values())):
            raise UserError(
                f"no protocol of this tournament has games, got {', '.join(rules)}; add debate, "
                "critique, or consultancy with assignment=both or fixed"
            )

        def seats(label: str, judge: str) -> Iterator[Mapping[str, tuple[str, ...]]]:
            if not _is_paired(rules[label]):
                yield from ({"debater": (one,)} for one in self.cast.debaters)
                return
            pairs = list(permutations(self.cast.debaters, 2))
            if self._is_swiss:
                played = [one for one in games if (one.protocol, one.judge) == (label, judge)]
                new = self._pairs(number, played)
                pairs = [seated for one, other in new for seated in ((one, other), (other, one))]
            yield from (_seated(rules[label], pair) for pair in pairs)

        return seats

    def _pairs(self, number: int, games: Sequence[Game]) -> list[Pair]:
        """Pairs of a Swiss round under one protocol and judge."""
        rounds = {one.id: place % self._count for place, one in enumerate(self.questions)}
        met: list[Pair] = []
        new: list[Pair] = []
        for earlier in range(number + 1):
            new = swiss_pairs(
                self._ranked([one for one in games if rounds[one.question] < earlier]), met
            )
            met += new
        return new

    def _ranked(self, games: Sequence[Game]) -> list[str]:
        """The debaters, best rating first; debaters without a game keep their order at the mean."""
        ratings = {one.agent: one.rating.value for one in rate_games(games, FEWEST_REFITS)}

        def falling(name: str) -> float:
            return -(ratings.get(self.cast.names[name]) or MEAN_RATING)

        return sorted(self.cast.debaters, key=falling)


def _is_paired(rules: Protocol) -> bool:
    """Whether two agents meet in one play."""
    return any(one.each for one in rules.speakers) or criticizes(rules)


def _seated(rules: Protocol, pair: Pair) -> dict[str, tuple[str, ...]]:
    """The models of two agents who meet in one play."""
    if any(one.each for one in rules.speakers):
        return {"debater": pair}
    roles = {one.aim: one.model for one in rules.speakers}
    return {roles["argue"]: pair[:1], roles["criticize"]: pair[1:]}
