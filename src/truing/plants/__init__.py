"""Plants: misbehaviour that is planted on purpose, one file per plant."""

from truing.plants import (  # noqa: F401  (registers the built-in plants)
    _backdoor,
    _biased_supervisor,
    _liar,
    _sandbagger,
    _shift_failure,
    _sycophant,
)
from truing.plants._given import PlantLike, PlantsLike, give_plants
from truing.plants._plant import (
    PLANTS,
    Change,
    Planted,
    Planting,
    PlantKind,
    StudyPlant,
    check_strength,
    plant,
)
from truing.plants._trigger import Trigger

__all__ = [
    "PLANTS",
    "Change",
    "PlantKind",
    "PlantLike",
    "Planted",
    "Planting",
    "PlantsLike",
    "StudyPlant",
    "Trigger",
    "check_strength",
    "give_plants",
    "plant",
]
