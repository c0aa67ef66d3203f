"""Monitors, one file per monitor or small family. Importing this package registers them."""

from truing.stress._monitor import MONITORS
from truing.stress.monitors import (  # noqa: F401  (registers the monitors)
    _calibration,
    _capa,
    _ccs,
    _confidence,
    _consistency,
    _control,
    _cue_effects,
    _difference_of_means,
    _disagreement,
    _elicitation,
    _ensemble,
    _influence,
    _inheritance,
    _labels,
    _misfit,
    _neighbors,
    _noise_injection,
    _phrases,
    _play_disagreement,
    _probe,
    _quotes,
    _reviewers,
    _sequential,
    _spot_check,
    _trusted_loss,
    _verdict_check,
)
from truing.stress.monitors._answers import distance, surprise
from truing.stress.monitors._ask import ask_monitor
from truing.stress.monitors._given import GivenMonitor, GivenMonitors, give_monitors
from truing.stress.monitors._heads import cross_fitted, fitted_beliefs

__all__ = [
    "MONITORS",
    "GivenMonitor",
    "GivenMonitors",
    "ask_monitor",
    "cross_fitted",
    "distance",
    "fitted_beliefs",
    "give_monitors",
    "surprise",
]
