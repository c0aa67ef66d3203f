"""Engines: where a plan's work runs."""

from truing.studies.engines._engine import Engine
from truing.studies.engines._local import LocalEngine

__all__ = ["Engine", "LocalEngine"]
