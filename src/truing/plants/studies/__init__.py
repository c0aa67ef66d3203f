"""Plants of studies: what a supervisor or a student does wrong, one file per plant."""

from truing.plants.studies._backdoor import backdoor
from truing.plants.studies._biased_supervisor import biased_supervisor
from truing.plants.studies._liar import liar
from truing.plants.studies._sandbagger import sandbagger
from truing.plants.studies._shift_failure import shift_failure
from truing.plants.studies._sycophant import sycophant

__all__ = ["backdoor", "biased_supervisor", "liar", "sandbagger", "shift_failure", "sycophant"]
