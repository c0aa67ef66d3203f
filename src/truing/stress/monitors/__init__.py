"""Monitors, one file per monitor. Importing this package registers them."""

from truing.stress._monitor import MONITORS

__all__ = ["MONITORS"]
