"""Check of plants of all kinds; another file per kind contains its contract."""

from __future__ import annotations

from collections.abc import Sequence

from truing.errors import UserError
from truing.given import shown
from truing.plants import (
    PLANTS,
    MethodPlant,
    PlantLike,
    ProtocolPlant,
    StudyPlant,
    check_strength,
    give_plants,
)
from truing.studies import World
from truing.tasks import load_task
from truing.testing._contract import Checked
from truing.testing._method_systems import METHOD_PLANT, MethodPlantCase
from truing.testing._planted_plays import PLANTED_PLAYS, PlantedPlaysCase
from truing.testing._study_plants import STUDY_PLANT, StudyPlantCase

STRENGTHS = (0.1, 0.5, 1.0)


def check_plant(
    plant: PlantLike,
    task: str = "digits",
    strengths: Sequence[float] = STRENGTHS,
    protocol: str = "",
) -> Checked:
    """Check a plant: the planted system and its honest twin.

    A plant of a study is checked on a task. The weak labels are simulated: 70% are correct. The
    features are the inputs themselves, or for texts counts of letters. A plant of a protocol is
    checked on plays of embedded agents, and a plant of a method on simulated labels.

    Args:
        plant: name of a plant, `path/to/file.py:name`, or an object that `StressTest(plants=...)`
            takes: a function (planting, strength, rng) -> `Planted`, or a plant object.
        task: specification of the task of a study.
        strengths: strengths that are checked besides 0.
        protocol: the protocol that a plant of a protocol corrupts; by default the plant's own
            example.

    Returns:
        The conditions that were checked.

    Raises:
        ContractError: a condition is violated. The message names the condition and a remedy.
        UserError: there is no such plant or task, a strength is not from 0 to 1, the task has the
            plant's trigger already, or the plant cannot corrupt the protocol.

    Examples:
        >>> from truing.testing import check_plant
        >>> print(check_plant("liar", task="digits"))
        plant 'liar': 7 conditions are satisfied
        - labels are probabilities of each item's choices, with a mark for each item
        - strength 0 leaves all labels as they are and marks no item
        - planted system and twin answer differently only about marked items
        - items that are marked at a strength are marked at each larger strength
        - the same seed leads to the same labels, also after labels for another seed
        - no ground truth is read from a vault
        - the arrays and inputs that the plant receives stay as they are
        not checked:
        - the trigger changes inputs, and not their shape: the plant has no trigger
        - learned copies do not decrease with the strength: the plant has no trigger
    """
    for strength in strengths:
        check_strength(strength)
    (specification,) = give_plants(plant)
    name, built = shown(specification), PLANTS.build(specification)
    if isinstance(built.value, MethodPlant):
        above = tuple(sorted({float(one) for one in strengths if one}))
        return METHOD_PLANT.check(name, MethodPlantCase(built.value, above))
    if isinstance(built.value, ProtocolPlant):
        return PLANTED_PLAYS.check(name, PlantedPlaysCase.of(specification, protocol, strengths))
    if not isinstance(built.value, StudyPlant):
        raise UserError(f"{name!r} is a plant of the kind {built.value.kind}, which is unknown")
    world = World(load_task(task), built)
    steps = tuple(sorted({0.0, *map(float, strengths)}))
    return STUDY_PLANT.check(name, StudyPlantCase(built.value, world, steps))
