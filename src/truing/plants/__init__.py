"""Plants: misbehaviour that is planted on purpose, one file per plant."""

from truing.plants import (  # noqa: F401  (registers the built-in plants)
    _backdoor,
    _biased_judge,
    _biased_supervisor,
    _colluding_debaters,
    _dead_weak_label,
    _liar,
    _lucky_seed,
    _lying_consultant,
    _most_common_answer,
    _off_by_one,
    _persuadable_judge,
    _sandbagger,
    _scored_otherwise,
    _shift_failure,
    _silent_critic,
    _sycophant,
    _test_leakage,
)
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
from truing.plants._planted_host import PlantedHost
from truing.plants._protocol_plant import (
    PLANTED_PROMPTS_VERSION,
    Act,
    Part,
    ProtocolPlant,
    is_chosen,
)
from truing.plants._scored_otherwise import SCORED
from truing.plants._trigger import Trigger

__all__ = [
    "PLANTED_PROMPTS_VERSION",
    "PLANTS",
    "SCORED",
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
    "plant",
    "planted_file",
]
