"""Monitors of supervisors and students, one file per monitor or small family."""

from truing.stress.monitors.studies._answers import distance, surprise
from truing.stress.monitors.studies._calibration import calibration
from truing.stress.monitors.studies._capa import capa
from truing.stress.monitors.studies._ccs import ccs
from truing.stress.monitors.studies._confidence import confidence
from truing.stress.monitors.studies._consistency import consistency
from truing.stress.monitors.studies._control import random
from truing.stress.monitors.studies._difference_of_means import difference_of_means
from truing.stress.monitors.studies._disagreement import agreement, disagreement
from truing.stress.monitors.studies._elicitation import elicitation
from truing.stress.monitors.studies._ensemble import ensemble
from truing.stress.monitors.studies._heads import cross_fitted, fitted_beliefs
from truing.stress.monitors.studies._influence import influence
from truing.stress.monitors.studies._inheritance import inheritance
from truing.stress.monitors.studies._labels import class_balance, most_common_answer
from truing.stress.monitors.studies._misfit import misfit
from truing.stress.monitors.studies._neighbors import neighbors
from truing.stress.monitors.studies._noise_injection import noise_injection
from truing.stress.monitors.studies._probe import probe
from truing.stress.monitors.studies._sequential import sequential_spot_check
from truing.stress.monitors.studies._spot_check import spot_check
from truing.stress.monitors.studies._trusted_loss import trusted_loss

__all__ = [
    "agreement",
    "calibration",
    "capa",
    "ccs",
    "class_balance",
    "confidence",
    "consistency",
    "cross_fitted",
    "difference_of_means",
    "disagreement",
    "distance",
    "elicitation",
    "ensemble",
    "fitted_beliefs",
    "influence",
    "inheritance",
    "misfit",
    "most_common_answer",
    "neighbors",
    "noise_injection",
    "probe",
    "random",
    "sequential_spot_check",
    "spot_check",
    "surprise",
    "trusted_loss",
]
