"""Plants of protocols: what judges and speakers do wrong, one file per plant."""

from truing.plants.protocols._biased_judge import biased_judge
from truing.plants.protocols._colluding_debaters import colluding_debaters
from truing.plants.protocols._lying_consultant import lying_consultant
from truing.plants.protocols._persuadable_judge import persuadable_judge
from truing.plants.protocols._silent_critic import silent_critic

__all__ = [
    "biased_judge",
    "colluding_debaters",
    "lying_consultant",
    "persuadable_judge",
    "silent_critic",
]
