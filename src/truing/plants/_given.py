"""Given objects as plants: functions and objects."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from truing.errors import UserError
from truing.functions import function_name, keep_function, load_function, takes
from truing.given import GivenObject, keep_alias, shortened
from truing.plants._plant import PLANTS, StudyPlant
from truing.specification import Specification

FORM = "a plant is a function (planting, strength, rng) -> Planted, or a plant object"
OF_A_FUNCTION = {"planting", "strength", "rng"}

PlantLike: TypeAlias = str | StudyPlant | Callable[..., Any]
"""A plant as a user passes it: a name, `file.py:name`, an object such as a `StudyPlant`, a function
(planting, strength, rng) -> Planted, or a function that returns a plant."""

PlantsLike: TypeAlias = (
    PlantLike | Sequence[PlantLike | Mapping[str, PlantLike]] | Mapping[str, PlantLike]
)
"""Plants as a user passes them: one, a list, or a dict with a name in tables for each."""


def give_plants(given: object) -> list[str]:
    """Specifications of the plants that a user gave, as names or objects.

    Args:
        given: one or a list of: a name; `file.py:name`; a function (planting, strength, rng) ->
            `Planted`, which corrupts a student; a `StudyPlant` or a plant of another kind; a
            function that returns a plant; a dict with a name in tables for each of these.

    Raises:
        UserError: an object that cannot be a plant, or that other processes cannot receive.

    Examples:
        >>> from truing.plants import Planted, give_plants
        >>> def all_first(planting, strength, rng):
        ...     changed = rng.random(len(planting.labels)) < strength
        ...     labels = planting.labels.copy()
        ...     labels[changed] = [1.0] + [0.0] * (labels.shape[1] - 1)
        ...     return Planted(labels, changed)
        >>> [name.partition("@")[0] for name in give_plants(["backdoor", all_first])]
        ['backdoor', 'all_first']
    """
    if isinstance(given, Mapping):
        return [_named(name, one) for name, one in given.items()]
    if isinstance(given, list | tuple):
        return [name for one in given for name in give_plants(one)]
    return [_registered(given) or _keep(given)]


def _named(name: object, one: object) -> str:
    """Specification of a plant to which a user gave a name."""
    if not isinstance(name, str):
        raise UserError(f"plants: the keys of a dict are names, got {shortened(name)}")
    registered = _registered(one)
    return _keep(one, name) if registered is None else keep_alias(name, registered)


def _registered(one: object) -> str | None:
    """Specification of a name or of a registered function; None for any other object."""
    found = PLANTS.given(one)
    asked = Specification.parse(found or "")
    if found is None or asked.arguments or not PLANTS.contains(found):
        return found
    factory = PLANTS.find(asked.name)[0]
    if set(factory.annotations) == OF_A_FUNCTION:  # file.py:name of a plant's function itself
        return keep_function(factory.make, factory.name)
    return found


def _keep(one: Any, name: str = "") -> str:
    """Keep a function or a plant; returns its specification."""
    if isinstance(one, type):
        raise UserError(f"{one.__name__} is a class; pass an object, {one.__name__}(...); {FORM}")
    if hasattr(one, "kind"):
        return keep_function(one, name or function_name(getattr(one, "change", one)))
    if not callable(one):
        raise UserError(
            "plants must be a name, a function, a plant, a list of these or a dict that names "
            f"them, got {shortened(one)}; {FORM}"
        )
    if not (takes(one, 3) or takes(one, 0)):
        raise UserError(f"{function_name(one)}{inspect.signature(one)} is not a plant; {FORM}")
    return keep_function(one, name or None)


def adapt_plant(given: GivenObject) -> Callable[..., Any]:
    """Factory of a given plant: a function of a student's labels, a plant, or its factory."""
    loaded = load_function(given)
    if hasattr(loaded, "kind"):
        return lambda: loaded
    return loaded if takes(loaded, 0) else lambda: StudyPlant(loaded)


PLANTS.adapt = adapt_plant
