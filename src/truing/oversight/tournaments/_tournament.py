"""Tournament: which debaters play each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from truing.arguments import read_number
from truing.errors import UnknownNameError, UserError
from truing.specification import Specification

Kind = Literal["round-robin", "swiss"]
LEAST = 2  # debaters


@dataclass(frozen=True)
class Tournament:
    """Which debaters play each other; both seats are always played.

    Attributes:
        kind: `round-robin` (all pairs on all questions) or `swiss` (the questions are divided into
            rounds; in each round debaters with similar ratings play each other).
        rounds: number of Swiss rounds; None for the smallest integer that is at least log2 of the
            number of debaters.
    """

    kind: Kind
    rounds: int | None = None

    def __str__(self) -> str:
        return self.kind if self.rounds is None else f"{self.kind},rounds={self.rounds}"

    def count(self, debaters: int) -> int:
        """Number of rounds with a number of debaters.

        Examples:
            >>> from truing.oversight.tournaments import Tournament
            >>> Tournament("swiss").count(8), Tournament("round-robin").count(8)
            (3, 1)
        """
        if self.kind == "round-robin":
            return 1
        return self.rounds or math.ceil(math.log2(debaters))


def read_tournament(text: str, debaters: int, questions: int) -> Tournament | None:
    """A tournament by its specification: `round-robin`, `swiss` or `swiss,rounds=4`.

    Args:
        text: the specification; empty for no tournament.
        debaters: number of different debaters.
        questions: number of questions.

    Raises:
        UserError: the specification is wrong, there are fewer than two debaters, or there are more
            rounds than questions.

    Examples:
        >>> from truing.oversight.tournaments import read_tournament
        >>> read_tournament("swiss,rounds=3", debaters=4, questions=30)
        Tournament(kind='swiss', rounds=3)
    """
    if not text:
        return None
    asked = Specification.parse(text)
    if asked.name not in get_args(Kind):
        raise UnknownNameError("tournament", asked.name, get_args(Kind))
    kind: Kind = "swiss" if asked.name == "swiss" else "round-robin"
    rounds = _rounds(asked, kind)
    if debaters < LEAST:
        raise UserError(
            f"tournament {text!r} needs two or more different debaters, got {debaters}; repeat "
            "--debater MODEL (in Python: debater=[...])"
        )
    made = Tournament(kind, rounds)
    if made.count(debaters) > questions:
        raise UserError(
            f"tournament {text!r} has {made.count(debaters)} rounds, but there are only "
            f"{questions} questions, and each round needs one; use fewer rounds or more questions"
        )
    return made


def _rounds(asked: Specification, kind: Kind) -> int | None:
    allowed = {"rounds"} if kind == "swiss" else set()
    for name in asked.arguments:
        if name not in allowed:
            raise UserError(
                f"tournament {kind!r} has no argument {name!r}; allowed: round-robin, swiss and "
                "swiss,rounds=N"
            )
    if "rounds" not in asked.arguments:
        return None
    given = asked.arguments["rounds"]
    try:
        rounds = int(read_number("rounds", int, given))
    except ValueError:
        rounds = 0
    if rounds < 1:
        raise UserError(f"rounds of a tournament must be an integer, 1 or more, got {given!r}")
    return rounds
