"""Given objects as methods of a study: functions and `Method` objects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from truing.errors import UserError
from truing.functions import function_name, keep_function, load_function, takes
from truing.given import GivenObject, keep_alias, shortened
from truing.methods._method import METHODS, Method
from truing.specification import Specification
from truing.students import give_rungs

REFERENCES = ("naive", "oracle", "shuffled")
FORM = "a method is a function (weak, belief, progress) -> (targets, weights)"


GivenMethod: TypeAlias = str | Method | Callable[..., Any]
"""A name, a rule, a `Method`, or a function that returns a `Method`."""

GivenMethods: TypeAlias = (
    GivenMethod | Sequence[GivenMethod | Mapping[str, GivenMethod]] | Mapping[str, GivenMethod]
)
"""Methods as a user passes them: one, a list, or a dict with a name in tables for each."""


def give_methods(given: object) -> list[str]:
    """Specifications of the methods that a user gave, as names or objects.

    Args:
        given: one or a list of: a name; a function (weak (n, k), belief (n, k), progress 0..1) ->
            (targets (n, k), weights (n,)); a `Method`; a function that returns a `Method`; a dict
            with a name in tables for each of these.

    Raises:
        UserError: an object that cannot be a method, or that other processes cannot receive.

    Examples:
        >>> from truing.methods import give_methods
        >>> def mix(weak, belief, progress):
        ...     return (weak + belief) / 2, weak[:, 0] * 0 + 1
        >>> [name.partition("@")[0] for name in give_methods(["naive", mix])]
        ['naive', 'mix']
        >>> give_methods({"gentle": "confidence,alpha_max=0.5"})[0].partition("@")[0]
        'gentle'
    """
    if isinstance(given, Mapping):
        return [_specification_of(name, one) for name, one in given.items()]
    if isinstance(given, list | tuple):
        return [name for one in given for name in give_methods(one)]
    return [_registered(given) or _keep(given)]


def _specification_of(name: object, one: object) -> str:
    """Specification of a method to which a user gave a name."""
    if not isinstance(name, str):
        raise UserError(f"methods: the keys of a dict are names, got {shortened(name)}")
    registered = _registered(one)
    if registered is None:
        return _keep(one, name)
    if registered in REFERENCES:
        raise UserError(
            f"methods: {registered} is a reference and keeps its name; write {registered!r} "
            "without a dict"
        )
    return keep_alias(_free(name), registered)


def _registered(one: object) -> str | None:
    """Specification of a name or of a registered function; None for any other object."""
    found = METHODS.given(one)
    if found is None or "rungs" not in Specification.parse(found).arguments:
        return found
    asked = Specification.parse(found)
    rungs = give_rungs(asked.arguments["rungs"])
    return str(replace(asked, arguments={**asked.arguments, "rungs": rungs}))


def _keep(one: object, name: str = "") -> str:
    """Keep a function or a `Method`; returns its specification."""
    if isinstance(one, Method):
        return keep_function(one, _free(name or function_name(one.targets)))
    if not callable(one):
        raise UserError(
            "methods must be a name, a function, a list of these or a dict that names them, got "
            f"{shortened(one)}; {FORM}"
        )
    if isinstance(one, type) and not issubclass(one, Method):
        raise UserError(f"{one.__name__} is a class; pass an object, {one.__name__}(...); {FORM}")
    if not (takes(one, 3) or takes(one, 0)):
        raise UserError(f"{function_name(one)}{inspect.signature(one)} is not a method; {FORM}")
    return keep_function(one, _free(name or function_name(one)))


def _free(name: str) -> str:
    """The name, if no other method has it.

    Raises:
        UserError: it is the name of a reference, with which results are compared.
    """
    if name in REFERENCES:
        raise UserError(f"methods: {name!r} is the name of a built-in method; choose another name")
    return name


def adapt_method(given: GivenObject) -> Callable[..., Any]:
    """Factory of a given method: a rule, a `Method`, or a function that returns one."""
    loaded = load_function(given)
    if not isinstance(loaded, Method) and takes(loaded, 0):
        return loaded

    def make() -> Method:
        return loaded if isinstance(loaded, Method) else Method(targets=loaded)

    return make


METHODS.adapt = adapt_method
