"""Plants: misbehaviour that is planted on purpose, in a subpackage for each kind of system."""

from truing.plants import methods, protocols, studies  # noqa: F401  (registers the built-in plants)
from truing.plants._given import PlantLike, PlantsLike, give_plants
from truing.plants._method_file import MethodFile, honest_file, load_method
from truing.plants._method_plant import MethodPlant, leak, planted_file
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
from truing.plants._planted_host import PlantedHost, part_of
from truing.plants._protocol_plant import (
    PLANTED_PROMPTS_VERSION,
    Act,
    Part,
    ProtocolPlant,
    is_chosen,
)
from truing.plants._trigger import Trigger

__all__ = [
    "PLANTED_PROMPTS_VERSION",
    "PLANTS",
    "Act",
    "Change",
    "MethodFile",
    "MethodPlant",
    "Part",
    "PlantKind",
    "PlantLike",
    "Planted",
    "PlantedHost",
    "Planting",
    "PlantsLike",
    "ProtocolPlant",
    "StudyPlant",
    "Trigger",
    "check_strength",
    "give_plants",
    "honest_file",
    "is_chosen",
    "leak",
    "load_method",
    "part_of",
    "plant",
    "planted_file",
]
