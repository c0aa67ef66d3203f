"""Stressed: plants with a strength, as a user names them in a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from truing.errors import UserError
from truing.given import shortened, shown
from truing.plants import PLANTS, PlantsLike, StudyPlant, check_strength, give_plants
from truing.registry import Built
from truing.specification import Specification

FORM = "NAME,strength=NUMBER (backdoor,strength=0.05)"

Stress: TypeAlias = str | tuple[PlantsLike, float] | Sequence[str | tuple[PlantsLike, float]]
"""Plants as a user passes them: `NAME,strength=NUMBER`, a pair (plant, strength), or a list."""


@dataclass(frozen=True)
class Stressed:
    """A plant of a study and its strength.

    Attributes:
        plant: the plant.
        strength: its strength, above 0 and at most 1.
    """

    plant: Built[StudyPlant]
    strength: float

    @property
    def label(self) -> str:
        """Shortest specification with the strength."""
        return with_strength(self.plant.label, self.strength)


def with_strength(plant: str, strength: float) -> str:
    """Specification of a plant with its strength, `backdoor,strength=0.05`."""
    asked = Specification.parse(plant)
    return str(Specification(asked.name, {**asked.arguments, "strength": f"{strength:.12g}"}))


def give_stress(given: object) -> list[str]:
    """Specifications of plants with their strengths.

    Args:
        given: one or a list of: `NAME,strength=NUMBER`; a pair of a plant, as `give_plants` takes
            it, and its strength.

    Raises:
        UserError: another object, or a strength out of range.

    Examples:
        >>> from truing.studies import give_stress
        >>> give_stress(["liar,strength=0.2", ("backdoor", 0.05)])
        ['liar,strength=0.2', 'backdoor,strength=0.05']
    """
    if isinstance(given, str):
        return [given]
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], int | float):
        check_strength(given[1])
        return [with_strength(name, given[1]) for name in give_plants(given[0])]
    if isinstance(given, list | tuple):
        return [name for one in given for name in give_stress(one)]
    raise UserError(
        f"stress must be {FORM}, a pair (plant, strength), or a list, got {shortened(given)}"
    )


def parse_stressed(specification: str) -> Stressed:
    """Parse a plant with its strength.

    Raises:
        UserError: no strength, a strength that is not above 0 and at most 1, an unknown plant, or a
            plant that does not corrupt the labels of a study.
    """
    if not specification:
        raise UserError("stress must not be empty; write PLANT,strength=0.05")
    asked = Specification.parse(specification)
    arguments = dict(asked.arguments)
    given = arguments.pop("strength", None)
    name = shown(asked.name)
    if given is None:
        raise UserError(f"stress={specification!r} has no strength; write {name},strength=0.05")
    try:
        strength = float(given)
    except ValueError:
        raise UserError(f"strength must be a number above 0, at most 1, got {given!r}") from None
    if not 0 < strength <= 1:
        raise UserError(
            f"stress={specification!r}: strength must be above 0 and at most 1, got {strength:g}; "
            "the row without a plant is the honest twin, whose strength is 0"
        )
    plant = PLANTS.build(Specification(asked.name, arguments))
    if plant.value.kind != "study":
        raise UserError(
            f"plant {name!r} corrupts a {plant.value.kind}; a study needs a plant of its "
            "supervisor or student: `truing list plants` lists plants with their kind"
        )
    found = cast(Built[StudyPlant], plant)
    if found.value.learns == "truth":
        raise UserError(
            f"plant {name!r} learns the ground truth in place of weak labels, so it replaces the "
            "methods of a study; use it with `truing stress`"
        )
    return Stressed(found, strength)
