"""Monitors, in a subpackage for each kind of system. Importing this package registers them."""

from truing.stress._monitor import MONITORS
from truing.stress.monitors import protocols  # noqa: F401  (registers the monitors)
from truing.stress.monitors._ask import AnyMonitor, AnyView, ask_monitor
from truing.stress.monitors._given import GivenMonitor, GivenMonitors, give_monitors
from truing.stress.monitors.methods import (
    EVASIVE,
    longest_literal,
    n_grams,
    outside_reads,
    places_moved,
    review,
    review_prompt,
    sequences,
    unmoved,
    unstated_percentages,
)
from truing.stress.monitors.protocols import scout_monitor
from truing.stress.monitors.studies import cross_fitted, distance, fitted_beliefs, surprise

__all__ = [
    "EVASIVE",
    "MONITORS",
    "AnyMonitor",
    "AnyView",
    "GivenMonitor",
    "GivenMonitors",
    "ask_monitor",
    "cross_fitted",
    "distance",
    "fitted_beliefs",
    "give_monitors",
    "longest_literal",
    "n_grams",
    "outside_reads",
    "places_moved",
    "review",
    "review_prompt",
    "scout_monitor",
    "sequences",
    "surprise",
    "unmoved",
    "unstated_percentages",
]
