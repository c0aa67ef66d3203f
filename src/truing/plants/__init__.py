"""Plants: misbehaviour that is planted on purpose, one file per plant."""

from truing.plants import _backdoor, _liar, _sycophant  # noqa: F401  (registers the built-in plants)
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
    "Planted",
    "Planting",
    "StudyPlant",
    "Trigger",
    "check_strength",
    "plant",
]
