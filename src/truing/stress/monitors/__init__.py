"""Monitors, one file per monitor. Importing this package registers them."""

from truing.stress._monitor import MONITORS
from truing.stress.monitors import _cue_effects, _reviewers  # noqa: F401  (registers the monitors)

__all__ = ["MONITORS"]
