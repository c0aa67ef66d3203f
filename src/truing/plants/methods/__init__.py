"""Plants of submitted method files: sabotage in their code, one file per plant."""

from truing.plants.methods._dead_weak_label import dead_weak_label
from truing.plants.methods._lucky_seed import lucky_seed
from truing.plants.methods._most_common_answer import most_common_answer
from truing.plants.methods._off_by_one import off_by_one
from truing.plants.methods._scored_otherwise import SCORED, scored_otherwise
from truing.plants.methods._test_leakage import test_leakage

__all__ = [
    "SCORED",
    "dead_weak_label",
    "lucky_seed",
    "most_common_answer",
    "off_by_one",
    "scored_otherwise",
    "test_leakage",
]
