"""Plants: misbehaviour that is planted on purpose, one file per plant."""

from truing.plants import (  # noqa: F401  (registers the built-in plants)
    _backdoor,
    _biased_judge,
    _biased_supervisor,
    _colluding_debaters,
    _liar,
    _lying_consultant,
    _persuadable_judge,
    _sandbagger,
    _shift_failure,
    _silent_critic,
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
from truing.plants._planted_host import PlantedHost
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
    "is_chosen",
    "plant",
]
