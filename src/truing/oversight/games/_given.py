"""Given games: a function in place of a game's name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from truing.errors import UserError
from truing.functions import function_name, keep_function, load_function
from truing.given import GivenObject
from truing.oversight.games._game import GAMES, PlayGame

FORM = (
    "a game is a name, a function (rng, watch) -> Outcome, or a function that takes the game's "
    "arguments and returns such a function"
)


def give_game(given: object, arguments: Iterable[str] = ()) -> str:
    """Specification of the game that a user gave, as a name or a function.

    Args:
        given: the name or the function.
        arguments: names of the arguments that the user gave.

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
    needed = _needed(given)
    if len(needed) == 2:  # a generator and a callback: it plays, and takes no arguments
        return keep_function(given)
    if missing := [name for name in needed if name not in arguments]:
        raise UserError(
            f"the function {function_name(given)}{inspect.signature(given)} needs "
            f"{', '.join(missing)}, which the arguments of the game do not contain; {FORM}"
        )
    return keep_function(given, factory=True)


def adapt_game(given: GivenObject) -> Callable[..., PlayGame]:
    """Factory of a given function that plays a game."""
    play = load_function(given)
    return lambda: play


def _needed(function: Callable[..., Any]) -> list[str]:
    """Names of the parameters of a function that have no default."""
    parameters = inspect.signature(function).parameters.values()
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one.name for one in parameters if one.default is one.empty and one.kind not in optional]


GAMES.adapt = adapt_game
