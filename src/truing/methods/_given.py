"""Given objects as methods of a study: functions and `Method` objects."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

from truing.errors import UserError
from truing.functions import function_name, keep_function, load_function
from truing.given import GivenObject
from truing.methods._method import METHODS, Method

FORM = "a method is a function (weak, belief, progress) -> (targets, weights)"


GivenMethod: TypeAlias = str | Method | Callable[..., Any]
"""A name, a rule, a `Method`, or a function that returns a `Method`."""


def give_methods(given: object) -> list[str]:
    """Specifications of the methods that a user gave, as names or objects.

    Args:
        given: one or a list of: a name; a function (weak (n, k), belief (n, k), progress 0..1) ->
            (targets (n, k), weights (n,)); a `Method`; a function that returns a `Method`.

    Raises:
        UserError: an object that cannot be a method, or that other processes cannot receive.

    Examples:
        >>> from truing.methods import give_methods
        >>> def mix(weak, belief, progress):
        ...     return (weak + belief) / 2, weak[:, 0] * 0 + 1
        >>> [name.partition("@")[0] for name in give_methods(["naive", mix])]
        ['naive', 'mix']
    """
    several = list(given) if isinstance(given, list | tuple) else [given]
    return [_give(one) for one in several]


def _give(one: object) -> str:
    registered = METHODS.given(one)
    if registered is not None:
        return registered
    if isinstance(one, Method):
        return keep_function(one, function_name(one.targets))
    if not callable(one):
        raise UserError(
            f"methods must be a name, a function or a list of them, got {one!r}; {FORM}"
        )
    if not (_takes(one, 3) or _takes(one, 0)):
        raise UserError(f"{function_name(one)}{inspect.signature(one)} is not a method; {FORM}")
    return keep_function(one)


def adapt_method(given: GivenObject) -> Callable[..., Any]:
    """Factory of a given method: a rule, a `Method`, or a function that returns one."""
    loaded = load_function(given)
    if not isinstance(loaded, Method) and _takes(loaded, 0):
        return loaded

    def make() -> Method:
        return loaded if isinstance(loaded, Method) else Method(targets=loaded)

    return make


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether a function can be called with some number of arguments and no more are needed."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # a function in C has no signature
        return count == 3
    return True


METHODS.adapt = adapt_method
