"""Given researchers: a `Researcher`, or a function that returns one, in place of a name."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from truing.errors import UserError
from truing.functions import function_name, keep_function, load_function
from truing.given import GivenObject, shortened
from truing.research.researchers._researcher import RESEARCHERS, Researcher


def give_researchers(given: object) -> list[str]:
    """Specifications of the researchers that a user gave, as names or objects.

    Args:
        given: a name, a `Researcher`, a function that returns a `Researcher`, or a list of these.

    Raises:
        UserError: an object cannot be a researcher, or there is none.

    Examples:
        >>> from truing.research.researchers import give_researchers
        >>> give_researchers(["search", "random"])
        ['search', 'random']
    """
    several = list(given) if isinstance(given, list | tuple) else [given]
    if not several:
        raise UserError(f"researchers must have one or more names, got {shortened(given)}")
    return [_give(one) for one in several]


def _give(one: object) -> str:
    registered = RESEARCHERS.given(one) if one != "" else None
    if registered is not None:
        return registered
    if isinstance(one, Researcher):
        return keep_function(one, function_name(one.begin))
    if inspect.isfunction(one):
        return keep_function(one, factory=True)
    raise UserError(
        f"a researcher must be a name, a Researcher, or a function that returns a Researcher, got "
        f"{one!r}"
    )


def adapt_researcher(given: GivenObject) -> Callable[..., Researcher]:
    """Factory of a given `Researcher`."""
    made = load_function(given)
    return lambda: made


RESEARCHERS.adapt = adapt_researcher
