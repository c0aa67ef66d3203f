"""Allowed compositions: how many combinations of a contest's space need few enough model calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from truing.methods import Choice, Whole
from truing.research._problem_config import OversightContest
from truing.research.problems._contest_costs import calls_of_play
from truing.research.problems._declaration import read_declaration
from truing.research.problems._declaration_space import DECLARATIONS, declare
from truing.tasks import Item

BY_NAME = {one.name: one for one in DECLARATIONS.arguments}
GROWING = ("rounds", "best_of", "panel", "asks")  # more of them never needs fewer model calls


def count_all() -> int:
    """Number of combinations of the arguments on which the number of model calls may depend."""
    return sum(_weight(kind) for kind in _kinds()) * len(list(_grown()))


def count_allowed(config: OversightContest, asked: Sequence[Item], enough: float) -> int:
    """Number of combinations within the contest's limit on model calls per play.

    A play is counted in milliseconds, and there are hundreds of combinations. So combinations that
    exceed a refused one in every argument of `GROWING` are refused without a count, and counting
    stops at `enough`.

    Args:
        config: the contest.
        asked: the questions of all climb sets.
        enough: number at which counting stops.
    """
    allowed = 0
    for kind in _kinds():
        refused: list[tuple[int, ...]] = []
        for grown in _grown():
            if any(all(a >= b for a, b in zip(grown, one, strict=True)) for one in refused):
                continue
            if _calls(config, asked, kind, grown) > config.most_calls:
                refused.append(grown)
            elif (allowed := allowed + _weight(kind)) >= enough:
                return allowed
    return allowed


def _kinds() -> Iterator[dict[str, str]]:
    """Values of the arguments that do not grow and on which the number of calls may depend."""
    speakers, assignment = _options("speakers"), _options("assignment")
    for kind in ({"speakers": one, "assignment": two} for one in speakers for two in assignment):
        if BY_NAME["assignment"].active(kind) or kind["assignment"] == assignment[0]:
            yield kind


def _weight(kind: dict[str, str]) -> int:
    """Number of orders of the speakers, which need equally many calls."""
    return len(_options("order")) if BY_NAME["order"].active(kind) else 1


def _grown() -> Iterator[tuple[int, ...]]:
    """Places of the values of the arguments that grow, smallest first."""
    return product(*(range(len(_options(name))) for name in GROWING))


def _options(name: str) -> Sequence[Any]:
    """All values of an argument, smallest or default first."""
    argument = BY_NAME[name]
    if isinstance(argument, Choice):
        return argument.options
    assert isinstance(argument, Whole), "numbers of this space are whole"
    return range(argument.low, argument.high + 1)


def _calls(
    config: OversightContest, asked: Sequence[Item], kind: dict[str, str], grown: Sequence[int]
) -> int:
    """Number of model calls of a play of a combination."""
    pairs = zip(GROWING, grown, strict=True)
    values = {**kind, **{name: _options(name)[place] for name, place in pairs}}
    found = DECLARATIONS.specification({**DECLARATIONS.defaults(), **values})
    return calls_of_play(read_declaration(declare(found)), asked, config)
