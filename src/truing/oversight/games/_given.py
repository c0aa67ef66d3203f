"""Given games: a function in place of a game's name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from truing.errors import UserError
from truing.functions import keep_function, load_function
from truing.given import GivenObject
from truing.oversight.games._game import GAMES, PlayGame

FORM = (
    "a game is a name, a function (rng, watch) -> Outcome, or a function that takes the game's "
    "arguments and returns such a function"
)


def give_game(given: object) -> str:
    """Specification of the game that a user gave, as a name or a function.

    Raises:
        UserError: the object cannot be a game.

    Examples:
        >>> from truing.oversight.games import Outcome, give_game
        >>> def toss(rng, watch):
        ...     return Outcome({"heads": int(rng.random() < 0.5)})
        >>> give_game(toss).partition("@")[0]
        'toss'
    """
    registered = GAMES.given(given)
    if registered is not None:
        return registered
    if not inspect.isfunction(given):
        raise UserError(f"cannot play {given!r}; {FORM}")
    return keep_function(given, factory=not _plays(given))


def adapt_game(given: GivenObject) -> Callable[..., PlayGame]:
    """Factory of a given function that plays a game."""
    play = load_function(given)
    return lambda: play


def _plays(function: Callable[..., Any]) -> bool:
    """Whether a function needs a generator and a callback: it plays, and takes no arguments."""
    parameters = inspect.signature(function).parameters.values()
    needed = [one for one in parameters if one.default is one.empty]
    return len(needed) == 2


GAMES.adapt = adapt_game
