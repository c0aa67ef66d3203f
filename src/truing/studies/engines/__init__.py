"""Engines: local processes or a Ray cluster that run a plan's steps."""

from truing.studies.engines._engine import Engine
from truing.studies.engines._local import LocalEngine
from truing.studies.engines._open import open_engine
from truing.studies.engines._ray import RayEngine

__all__ = ["Engine", "LocalEngine", "RayEngine", "open_engine"]
