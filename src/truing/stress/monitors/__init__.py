"""Monitors, one file per monitor or small family. Importing this package registers them."""

from truing.stress._monitor import MONITORS
from truing.stress.monitors import (  # noqa: F401  (registers the monitors)
    _answer_shares,
    _behaves_otherwise,
    _calibration,
    _capa,
    _ccs,
    _code_review,
    _confidence,
    _consistency,
    _control,
    _cue_effects,
    _dead_weak_label,
    _difference_of_means,
    _disagreement,
    _elicitation,
    _ensemble,
    _influence,
    _inheritance,
    _label_leak,
    _labels,
    _misfit,
    _n_gram,
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
from truing.stress.monitors._code_review import review_prompt
from truing.stress.monitors._embedded_reviewer import review
from truing.stress.monitors._given import GivenMonitor, GivenMonitors, give_monitors
from truing.stress.monitors._heads import cross_fitted, fitted_beliefs
from truing.stress.monitors._source import n_grams, outside_reads

__all__ = [
    "MONITORS",
    "GivenMonitor",
    "GivenMonitors",
    "ask_monitor",
    "cross_fitted",
    "distance",
    "fitted_beliefs",
    "give_monitors",
    "n_grams",
    "outside_reads",
    "review",
    "review_prompt",
    "surprise",
]
