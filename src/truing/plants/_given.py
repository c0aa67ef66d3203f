"""Given objects as plants: functions and objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from truing.given_extensions import GivenExtensions
from truing.plants._plant import PLANTS, StudyPlant

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
    return GIVEN.give(given)


GIVEN = GivenExtensions(
    PLANTS,
    "plants",
    "a plant is a function (planting, strength, rng) -> Planted, or a plant object",
    ("planting", "strength", "rng"),
    "change",
    StudyPlant,
)
PLANTS.adapt = GIVEN.adapt
